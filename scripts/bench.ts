/**
 * `npm run bench -- NAME [--json]`: runs one benchmark of tests/bench (or all with no name). With `--json` every
 * row is one JSON object a line on standard output, and nothing else is.
 */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { BenchRow } from '../tests/bench/row.ts';

const folder = new URL('../tests/bench/', import.meta.url);
const names = readdirSync(fileURLToPath(folder))
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => file.replace('.bench.ts', ''));

const usage = `Usage: npm run bench -- [NAME …] [--json]\nBenchmarks: ${names.join(', ')}`;
const { values, positionals: wanted } = parsedArguments();
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const json = values.json === true;
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`No such benchmark: ${unknown.join(', ')}. There are: ${names.join(', ')}`);
  process.exit(2);
}

function parsedArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    });
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    process.exit(2);
  }
}

function show(row: BenchRow): string {
  if (json) return JSON.stringify(row);
  const against = row.baseline === null ? '' : ` (baseline ${row.baseline}, ratio ${row.ratio ?? '–'})`;
  return `${row.bench.padEnd(10)} ${row.metric.padEnd(28)} ${row.value} ${row.unit}${against}`;
}

for (const name of wanted.length > 0 ? wanted : names) {
  const module: { run: () => AsyncIterable<BenchRow> } = await import(
    new URL(`${name}.bench.ts`, folder).href
  );
  for await (const row of module.run()) console.log(show(row));
}
process.exit(0);
