/**
 * `npm run audit:verify -- export.jsonl [--contains HASH]`: verifies an exported audit trail without a database. Exits
 * with 0 when all is as it was written, 1 when something is broken, 2 when the file is no export.
 */
import { createReadStream } from 'node:fs';
import { parseArgs } from 'node:util';
import { readLines } from './audit/read-lines.ts';
import { type Broken, UnreadableExport, verifyExport } from './audit/verify.ts';

const usage = `Usage: npm run audit:verify -- export.jsonl [--contains HASH] [--json]

  export.jsonl      the whole trail, from the audit page; "-" reads standard input
  --contains HASH   the hash of a seal noted earlier, which has to be in the chain
  --json            the result as one line of JSON`;

const words: Record<Broken['reason'], (broken: Broken) => string> = {
  changed: ({ id }) => `Row ${id} was changed.`,
  values_changed: ({ id }) => `The values of row ${id} were changed.`,
  removed: ({ id }) =>
    id ? `Row ${id} was removed.` : 'Rows at the end, which no seal covers yet, were removed.',
  inserted: ({ id }) => `Row ${id} was inserted: no seal knows it.`,
  reordered: ({ id }) => `Row ${id} is not in its place.`,
  seal_changed: ({ seal }) => `Seal ${seal} was changed.`,
  seal_removed: ({ seal }) => `Seal ${seal} was removed.`,
  head_missing: () =>
    'The seal with the given hash is not in the chain: the trail was cut off or written anew.',
};

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { contains: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  const [file, ...more] = positionals;
  if (values.help) {
    console.log(usage);
    return 0;
  }
  if (file === undefined || more.length > 0) throw new UnreadableExport(0, `Name one file.\n\n${usage}`);
  if (values.contains !== undefined && !/^[0-9a-f]{64}$/.test(values.contains)) {
    throw new UnreadableExport(0, '--contains takes the hash of a seal: 64 hexadecimal digits.');
  }
  const input = file === '-' ? process.stdin : createReadStream(file);
  const result = await verifyExport(readLines(input), values.contains);
  if (values.json) {
    console.log(JSON.stringify(result));
  } else if (result.broken) {
    const { table_name, record_id, at, seal } = result.broken;
    console.log(`BROKEN  ${words[result.broken.reason](result.broken)}`);
    if (table_name) console.log(`        ${table_name} ${record_id ?? ''} at ${at}`);
    if (seal) console.log(`        in seal ${seal}; ${result.rows} rows before it are as they were written`);
  } else {
    console.log(`OK  ${result.rows} rows in ${result.seals} seals are as they were written.`);
    if (result.unsealed > 0) console.log(`    ${result.unsealed} newer rows are not sealed yet.`);
    if (result.head) console.log(`    Last seal: ${result.head.number} ${result.head.hash}`);
  }
  return result.ok ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const message =
    error instanceof UnreadableExport
      ? error.message
      : code === 'ENOENT'
        ? 'There is no such file.'
        : code === 'EISDIR'
          ? 'This is a folder; name the file in it.'
          : code === 'EACCES'
            ? 'This file may not be read.'
            : typeof code === 'string' && code.startsWith('ERR_PARSE_ARGS')
              ? `${String(error)}\n\n${usage}`
              : String(error);
  console.error(message);
  process.exitCode = 2;
}
