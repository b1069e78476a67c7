import { json } from '@sveltejs/kit';
import { openApi } from '$lib/server/api/openapi';
import { inOneShape, methodNotAllowed } from '$lib/server/api/serve';

/** Anyone may read what the API looks like. */
export const GET = inOneShape(({ url }) =>
  json(openApi(url.origin), { headers: { 'cache-control': 'public, max-age=300' } }),
);
export const fallback = methodNotAllowed;
