/** The program behind `startSeparately`: a stack without the app, until a signal. Options come as JSON. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { supervise } from '../../../stack/lifecycle/supervisor.ts';
import { type StackOptions, startStack } from '../../../stack/main.ts';

await supervise(async (undo, fail) => {
  const options: StackOptions = JSON.parse(process.argv[2] ?? '{}');
  const stack = await startStack({ ...options, log: (line) => console.error(line) });
  undo.push({ part: 'the stack', end: () => stack.stop(), isWhole: true });
  stack.ended.then(fail, fail);
  const pidFile = await readFile(join(options.dataDir, 'postgres', 'postmaster.pid'), 'utf8');
  const postgresPid = Number(pidFile.split('\n')[0]);
  const { url, adminUrl, keys } = stack;
  process.stdout.write(`${JSON.stringify({ url, adminUrl, secretKey: keys.secret_key, postgresPid })}\n`);
});
