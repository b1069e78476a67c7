import { redirect } from '@sveltejs/kit';
import { paths } from '$lib/paths';
import type { PageLoad } from './$types';

/**
 * A document without content, which the service worker shows for any address while the server cannot be reached: the app
 * starts in it and goes to that address. Whoever opens it by its own address is sent to the start.
 */
export const ssr = false;

export const load: PageLoad = () => redirect(307, paths.home());
