import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vite';
import { messagesConfig } from './messages.config.ts';

/** In development the API is reached through the app's own origin, exactly as the production server does it. */
const api = process.env.PUBLIC_SUPABASE_URL ?? 'http://127.0.0.1:54321';
const proxied = { target: api, changeOrigin: false, ws: true };

/**
 * What every page needs anyway comes in three files instead of thirty: fewer requests, less said twice, and a `Link` header
 * that proxies accept.
 */
const sharedChunks = [
  {
    name: 'base',
    priority: 2,
    test: /node_modules\/(svelte|clsx|esm-env|devalue|@sveltejs\/kit|mode-watcher|runed|svelte-toolbelt)\/|preload-helper|paraglide\/runtime|messages\/error_|src\/lib\/(paths|error-words|supabase\/errors)/,
  },
  { name: 'icons', priority: 1, test: /@lucide\/svelte/ },
  {
    name: 'components',
    priority: 1,
    test: /tailwind-variants|src\/lib\/components\/(ui\/(button|kbd|skeleton|badge|input|field)|shared\/(Avatar|ErrorState|EmptyState|shell\/PageHeader|shell\/shell-context))/,
  },
];

export default defineConfig({
  plugins: [tailwindcss(), paraglideVitePlugin(messagesConfig), sveltekit()],
  // `light-dark()` and the newest colour syntax are left as written; older browsers than these are not supported.
  build: { cssTarget: ['chrome123', 'firefox120', 'safari17.5'] },
  environments: {
    client: { build: { rolldownOptions: { output: { codeSplitting: { groups: sharedChunks } } } } },
  },
  server: {
    proxy: {
      '/rest/v1': proxied,
      '/auth/v1': proxied,
      '/storage/v1': proxied,
      '/realtime/v1': proxied,
      '/functions/v1': proxied,
    },
  },
});
