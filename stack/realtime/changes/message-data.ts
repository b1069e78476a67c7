import type { TableFacts } from './catalog.ts';
import type { RawChange, RawRow, RawValue } from './raw-rows.ts';
import type { TableDescription } from './types.ts';

/** Of an oversize row, values up to this many bytes of JSON are sent. */
const shortValueBytes = 64;

const errors = {
  oversize: 'Error 413: Payload Too Large',
  noKey: 'Error 400: Bad Request, no primary key',
  hiddenKey: 'Error 401: Unauthorized',
} as const;

/**
 * JSON text of a message's `data`.
 * @param columns names of those the reader may select and asked for (the key is always asked for)
 */
export function encodeData(
  raw: RawChange,
  facts: TableFacts,
  committedAt: Date,
  columns: ReadonlySet<string>,
): string {
  const { table } = facts;
  const { change, isOversize } = raw;
  const failure = keyFailure(raw, table, columns);
  if (failure !== null) return assemble(raw, null, '[]', failure, () => '{}');
  const names = table.columns.map(({ name }) => name).filter((name) => columns.has(name));
  // Nobody can be asked any more who was allowed to see a deleted row.
  const formerNames =
    change.kind === 'DELETE' && table.rowSecurity
      ? names.filter((name) => table.primaryKey.includes(name))
      : names;
  return assemble(
    raw,
    committedAt,
    describeColumns(table, names),
    isOversize ? errors.oversize : null,
    (row) => encodeRow(row, row === raw.row ? names : formerNames, facts, isOversize),
  );
}

/** Whoever cannot be told which row changed is told that much. A delete tells nothing but what it has. */
function keyFailure(
  { change }: RawChange,
  { primaryKey }: TableDescription,
  columns: ReadonlySet<string>,
): string | null {
  if (change.kind === 'DELETE') return null;
  if (primaryKey.length === 0) return errors.noKey;
  return primaryKey.every((name) => columns.has(name)) ? null : errors.hiddenKey;
}

function assemble(
  { change: { kind, relation }, row, old }: RawChange,
  committedAt: Date | null,
  columns: string,
  error: string | null,
  encode: (row: RawRow) => string,
): string {
  const records =
    (kind === 'DELETE' ? '' : `,"record":${row ? encode(row) : '{}'}`) +
    (kind === 'INSERT' ? '' : `,"old_record":${old ? encode(old) : '{}'}`);
  return (
    `{"schema":${JSON.stringify(relation.schema)},"table":${JSON.stringify(relation.name)},"type":"${kind}"` +
    `,"commit_timestamp":${JSON.stringify(committedAt)},"columns":${columns}${records}` +
    `,"errors":${JSON.stringify(error === null ? null : [error])}}`
  );
}

function encodeRow(row: RawRow, names: readonly string[], facts: TableFacts, isOversize: boolean): string {
  let json = '';
  for (const name of names) {
    const value = row.get(name);
    if (!value || (isOversize && !mayBeShort(value))) continue;
    const encoded = encodeValue(value, facts);
    if (isOversize && Buffer.byteLength(encoded) > shortValueBytes) continue;
    json += `${json === '' ? '' : ','}${JSON.stringify(name)}:${encoded}`;
  }
  return `{${json}}`;
}

/** As the hosted server does, an oversize row's nulls are left out with its long values. */
const mayBeShort = ({ text }: RawValue): boolean => text !== null && text.length <= shortValueBytes;

/** What neither this server nor the database could convert goes out as the text that the stream brought. */
function encodeValue({ typeId, text, json }: RawValue, { conversion }: TableFacts): string {
  if (text === null) return 'null';
  return json ?? conversion(typeId)?.(text) ?? JSON.stringify(text);
}

/** The lists of columns are few and go out with every message. */
const described = new WeakMap<TableDescription, Map<string, string>>();

function describeColumns(table: TableDescription, names: readonly string[]): string {
  const known = described.get(table) ?? new Map<string, string>();
  described.set(table, known);
  const key = names.join('\0');
  let json = known.get(key);
  if (json === undefined) {
    const chosen = new Set(names);
    const columns = table.columns.filter(({ name }) => chosen.has(name));
    json = JSON.stringify(columns.map(({ name, typeName }) => ({ name, type: typeName })));
    known.set(key, json);
  }
  return json;
}
