import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { splitSqlStatements } from '@supabase/lite';
import pg from 'pg';

/**
 * Turns what the CLI prints when a statement fails into one line: file, line and message.
 *
 * @param output everything `supabase db push` wrote.
 * @param workdir folder that holds `supabase/`.
 * @param url the database, to find the statement where the CLI does not print it, as with a seed.
 */
export async function describeFailure(output: string, workdir: string, url: string): Promise<string> {
  const message = /^ERROR: (.*)$/m.exec(output)?.[1] ?? lastLine(output);
  const file = failingFile(output);
  if (!file) return `The migrations could not be applied: ${message}`;
  const content = await readFile(join(workdir, file), 'utf8').catch(() => '');
  const line = failingLine(output, content) ?? (await findFailingLine(content, url));
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

/** Runs the file once more, statement by statement, in a transaction that is taken back. */
async function findFailingLine(content: string, url: string): Promise<number | undefined> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('begin');
    let offset = 0;
    for (const statement of splitSqlStatements(content)) {
      const start = content.indexOf(statement.trim(), offset);
      if (start === -1) return undefined;
      offset = start + statement.trim().length;
      try {
        await client.query(statement);
      } catch {
        return content.slice(0, start).split('\n').length;
      }
    }
    return undefined;
  } finally {
    await client.query('rollback').catch(() => undefined);
    await client.end();
  }
}

/** The last line that says something; the CLI ends with advice about itself. */
function lastLine(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('Try rerunning'));
  return lines.at(-1)?.trim() ?? 'the supabase CLI failed';
}
