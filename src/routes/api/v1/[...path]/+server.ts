import { notFound } from '$lib/server/api/serve';

export const fallback = notFound;
