import { endpoints } from '$lib/server/api/endpoints';
import { methodNotAllowed, serve } from '$lib/server/api/serve';

export const GET = serve(endpoints.listCustomers);
export const POST = serve(endpoints.createCustomer);
export const fallback = methodNotAllowed;
