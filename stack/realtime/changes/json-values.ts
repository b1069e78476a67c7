/** Values of the replication stream (text, as Postgres writes it) as the JSON that `to_jsonb` makes of them. */

/** A type as `realtime.describe_types` tells it. */
export interface TypeDescription {
  readonly id: number;
  /** Qualified and quoted. */
  readonly name: string;
  readonly kind: 'plain' | 'domain' | 'array' | 'composite' | 'cast';
  /** Of a domain the type below it, of an array that of its elements. */
  readonly of: number;
  /** What stands between the elements of an array of this type. */
  readonly delimiter: string;
}

/** @returns JSON text; null when the text is not what the type writes */
export type Conversion = (text: string) => string | null;

/** Types that have the same id in every database. */
const oid = {
  bool: 16,
  bytea: 17,
  int8: 20,
  int2: 21,
  int4: 23,
  json: 114,
  float4: 700,
  float8: 701,
  timestamp: 1114,
  timestamptz: 1184,
  numeric: 1700,
  jsonb: 3802,
} as const;

const string: Conversion = JSON.stringify;
const asWritten: Conversion = (text) => text;
const finiteNumber = /^-?\d/;
const unsignedZero = (text: string) => (text === '-0' ? '0' : text);

/** JSON knows no NaN and no infinity; as a value of a column they become null, in an array strings. */
const columnNumber: Conversion = (text) => (finiteNumber.test(text) ? unsignedZero(text) : 'null');
const elementNumber: Conversion = (text) => (finiteNumber.test(text) ? unsignedZero(text) : string(text));

/** `2026-11-21 04:10:34+00 BC` becomes `2026-11-21T04:10:34+00:00 BC`; the stream's time zone is UTC. */
const timestamp: Conversion = (text) => string(text.replace(' ', 'T'));
const timestampWithZone: Conversion = (text) =>
  string(text.replace(' ', 'T').replace(/\+00(?= BC$|$)/, '+00:00'));

const everywhere = new Map<number, Conversion>([
  [oid.bool, (text) => (text === 't' ? 'true' : 'false')],
  [oid.int2, asWritten],
  [oid.int4, asWritten],
  [oid.int8, asWritten],
  [oid.json, asWritten],
  [oid.jsonb, asWritten],
  [oid.timestamp, timestamp],
  [oid.timestamptz, timestampWithZone],
]);
const inColumns = new Map<number, Conversion>([
  [oid.float4, columnNumber],
  [oid.float8, columnNumber],
  [oid.numeric, columnNumber],
  // The hosted server sends the bare digits, and clients rely on it.
  [oid.bytea, (text) => string(text.startsWith('\\x') ? text.slice(2) : text)],
]);
const inArrays = new Map<number, Conversion>([
  [oid.float4, elementNumber],
  [oid.float8, elementNumber],
  [oid.numeric, elementNumber],
]);

/**
 * How a column's values are converted without asking the database.
 * @returns null when only the database can: composite types, and types with a cast to JSON
 */
export function conversionOf(
  typeId: number,
  types: ReadonlyMap<number, TypeDescription>,
  place: 'column' | 'element' = 'column',
): Conversion | null {
  const known = everywhere.get(typeId) ?? (place === 'column' ? inColumns : inArrays).get(typeId);
  if (known) return known;
  const type = types.get(typeId);
  switch (type?.kind) {
    case 'plain':
      return string;
    case 'domain':
      return conversionOf(type.of, types, place);
    case 'array': {
      const element = conversionOf(type.of, types, 'element');
      return element && ((text) => arrayToJson(text, type.delimiter, element));
    }
    default:
      return null;
  }
}

/** A dimension written in front of an array whose subscripts do not begin with 1: `[0:1]={a,b}`. */
const bounds = /^(\[-?\d+:-?\d+\])+=/;

/** @returns null when the text is no array */
export function arrayToJson(text: string, delimiter: string, element: Conversion): string | null {
  const reader = new ArrayReader(text, bounds.exec(text)?.[0].length ?? 0, delimiter, element);
  return reader.whole();
}

/** Reads `{1,NULL,"quoted \" text",{…}}` front to back. */
class ArrayReader {
  readonly #text: string;
  readonly #delimiter: string;
  readonly #element: Conversion;
  #at: number;

  constructor(text: string, start: number, delimiter: string, element: Conversion) {
    this.#text = text;
    this.#at = start;
    this.#delimiter = delimiter;
    this.#element = element;
  }

  whole(): string | null {
    const json = this.#array();
    return this.#at === this.#text.length ? json : null;
  }

  #array(): string | null {
    if (this.#text[this.#at] !== '{') return null;
    this.#at++;
    const elements: string[] = [];
    while (this.#text[this.#at] !== '}') {
      if (elements.length > 0 && this.#text[this.#at++] !== this.#delimiter) return null;
      const json = this.#text[this.#at] === '{' ? this.#array() : this.#value();
      if (json === null) return null;
      elements.push(json);
    }
    this.#at++;
    return `[${elements.join(',')}]`;
  }

  #value(): string | null {
    if (this.#text[this.#at] === '"') {
      const quoted = this.#quoted();
      return quoted === null ? null : this.#element(quoted);
    }
    const start = this.#at;
    while (this.#at < this.#text.length && !this.#ends(this.#text[this.#at])) this.#at++;
    const bare = this.#text.slice(start, this.#at);
    if (bare === '') return null;
    return bare === 'NULL' ? 'null' : this.#element(bare);
  }

  #ends(character: string | undefined): boolean {
    return character === this.#delimiter || character === '}';
  }

  #quoted(): string | null {
    let value = '';
    for (let from = ++this.#at; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at];
      if (character !== '"' && character !== '\\') continue;
      value += this.#text.slice(from, this.#at++);
      if (character === '"') return value;
      from = this.#at; // the escaped character stands for itself
    }
    return null;
  }
}
