import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Turns what the CLI prints when a statement fails into one line: file, line and message.
 *
 * @param output everything `supabase db push` wrote.
 * @param workdir folder that holds `supabase/`.
 */
export async function describeFailure(output: string, workdir: string): Promise<string> {
  const message = /^ERROR: (.*)$/m.exec(output)?.[1] ?? lastLine(output);
  const file = failingFile(output);
  if (!file) return `The migrations could not be applied: ${message}`;
  const content = await readFile(join(workdir, file), 'utf8').catch(() => '');
  const line = failingLine(output, content);
  return `${file}${line === undefined ? '' : `:${line}`}: ${message}`;
}

function failingFile(output: string): string | undefined {
  const steps = [...output.matchAll(/^(?:Applying migration|Seeding data from) (.+?)\.\.\.$/gm)];
  const name = steps.at(-1)?.[1];
  if (!name) return undefined;
  return name.includes('/') ? name : `supabase/migrations/${name}`;
}

/** The statement is printed after the message, with a caret below the place when Postgres named one. */
function failingLine(output: string, content: string): number | undefined {
  const printed = /^At statement: \d+\n([\s\S]*?)(?:\nTry rerunning|$(?![\s\S]))/m.exec(output)?.[1];
  if (!printed) return undefined;
  const lines = printed.split('\n');
  const caret = lines.findIndex((line) => /^\s*\^\s*$/.test(line));
  const statement = lines
    .filter((_, index) => index !== caret)
    .join('\n')
    .trim();
  const start = content.indexOf(statement);
  if (start === -1) return undefined;
  const first = content.slice(0, start).split('\n').length;
  return caret > 0 ? first + caret - 1 : first;
}

function lastLine(output: string): string {
  return output.trim().split('\n').at(-1) ?? 'the supabase CLI failed';
}
