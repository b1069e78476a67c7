import { requirePermission } from '$lib/server/guards';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ parent }) => {
  requirePermission((await parent()).access, 'territories:read');
};
