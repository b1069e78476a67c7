import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vite';
import { messagesConfig } from './messages.config.ts';
import { chunkGroups } from './vite.chunks.ts';
import { plainIcons } from './vite.icons.ts';

/** In development the API is reached through the app's own origin, exactly as the production server does it. */
const api = process.env.PUBLIC_SUPABASE_URL ?? 'http://127.0.0.1:54321';
const proxied = { target: api, changeOrigin: false, ws: true };

export default defineConfig({
  plugins: [plainIcons(), tailwindcss(), paraglideVitePlugin(messagesConfig), sveltekit()],
  // `light-dark()` and the newest colour syntax are left as written; older browsers than these are not supported.
  build: { cssTarget: ['chrome123', 'firefox120', 'safari17.5'] },
  environments: {
    client: { build: { rolldownOptions: { output: { codeSplitting: { groups: chunkGroups } } } } },
  },
  server: {
    fs: { allow: ['supabase/functions/_shared'] },
    proxy: {
      '/rest/v1': proxied,
      '/auth/v1': proxied,
      '/storage/v1': proxied,
      '/realtime/v1': proxied,
      '/functions/v1': proxied,
    },
  },
});
