import { createContext } from 'svelte';
import type { BrowserClient } from './client';

/**
 * The page's client, set once by the shell. It may be read anywhere below it, on the server too (where nothing is
 * sent: queries run in the browser).
 */
export const [useBrowserClient, setBrowserClient] = createContext<BrowserClient>();
