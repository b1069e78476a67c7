import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';
import { nodeWithHeaders } from './scripts/adapter.js';

/** Our own components use runes; packages decide for themselves. */
const runes = ({ filename }) => (filename.split(/[/\\]/).includes('node_modules') ? undefined : true);

/** @type {import('@sveltejs/kit').Config} */
const config = {
  preprocess: vitePreprocess({ script: false }),
  compilerOptions: { runes },
  kit: {
    // What the browser and an edge function have to decide alike is written once, where the function can be deployed from.
    alias: { $functions: 'supabase/functions/_shared' },
    adapter: nodeWithHeaders(),
    // Addresses are compared with the current one while rendering on the server too, so they are written in full.
    paths: { relative: false },
    // A nonce per page. `style-src-attr` stays open because positions of floating layers, widths of columns and the
    // colours of people are style attributes; style sheets themselves only come from this origin.
    csp: {
      mode: 'nonce',
      directives: {
        'default-src': ['self'],
        'script-src': ['self'],
        'style-src': ['self'],
        'style-src-attr': ['unsafe-inline'],
        'img-src': ['self', 'data:', 'blob:'],
        'font-src': ['self'],
        'connect-src': ['self'],
        'worker-src': ['self'],
        'object-src': ['none'],
        'base-uri': ['none'],
        'form-action': ['self'],
        'frame-ancestors': ['none'],
      },
    },
    // The shell registers the worker once the page is at rest: nobody waits for what is only needed without a network.
    serviceWorker: { register: false },
    version: { pollInterval: 0 },
    typescript: {
      // Tests that drive the stack are checked with it (stack/tsconfig.json): they run in Node, this is browser code.
      config: (config) => {
        config.include = config.include.filter((path) => !path.startsWith('../test'));
        config.include.push('../messages.config.ts', '../vitest.config.ts', '../playwright.config.ts');
        // This one plays the app itself against the stack.
        config.include.push('../tests/simulation/**/*.ts');
      },
    },
  },
};

export default config;
