import { endpoints } from '$lib/server/api/endpoints';
import { methodNotAllowed, serve } from '$lib/server/api/serve';

export const GET = serve(endpoints.getCustomer);
export const PATCH = serve(endpoints.updateCustomer);
export const fallback = methodNotAllowed;
