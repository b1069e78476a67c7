import { endpoints } from '$lib/server/api/endpoints';
import { methodNotAllowed, serve } from '$lib/server/api/serve';

export const GET = serve(endpoints.listInteractions);
export const POST = serve(endpoints.createInteraction);
export const fallback = methodNotAllowed;
