import { endpoints } from '$lib/server/api/endpoints';
import { methodNotAllowed, serve } from '$lib/server/api/serve';

export const GET = serve(endpoints.me);
export const fallback = methodNotAllowed;
