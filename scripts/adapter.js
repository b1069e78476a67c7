import { rename, writeFile } from 'node:fs/promises';
import node from '@sveltejs/adapter-node';
import { staticHeaders, workerHeaders } from '../stack/app/static-headers.ts';
import { nameAllImports } from './named-imports.ts';

const out = 'build';

/**
 * adapter-node, whose `node build` sends files without any of the app's headers: the handler it writes is wrapped in one
 * that sets them first. What the app answers itself replaces them.
 *
 * @returns {import('@sveltejs/kit').Adapter}
 */
export function nodeWithHeaders() {
  const adapter = node({ out, precompress: true });
  return {
    ...adapter,
    name: 'node-with-headers',
    async adapt(builder) {
      await nameAllImports(builder);
      await adapter.adapt(builder);
      await rename(`${out}/handler.js`, `${out}/app-handler.js`);
      await writeFile(`${out}/handler.js`, wrapper);
    },
  };
}

const wrapper = `import { handler as app } from './app-handler.js';

const forFiles = ${JSON.stringify(staticHeaders)};
const forWorker = ${JSON.stringify(workerHeaders)};

export function handler(request, response, next) {
  const isWorker = (request.url ?? '').split('?')[0] === '/service-worker.js';
  for (const [name, value] of Object.entries(isWorker ? forWorker : forFiles)) response.setHeader(name, value);
  return app(request, response, next);
}
`;
