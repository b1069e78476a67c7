import { redirect } from '@sveltejs/kit';
import { paths } from '$lib/paths';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = () => redirect(307, paths.accountProfile());
