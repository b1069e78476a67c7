import type { PostgresType } from 'postgres';

type Serialize = (value: unknown) => string;

const asText: Serialize = (value) => (value instanceof Date ? value.toISOString() : String(value));

/** A type of Postgres by its number, with the ways between its text and a value. */
function read(type: number, parse: (text: string) => unknown, serialize: Serialize = asText): PostgresType {
  return { to: type, from: [type], serialize, parse };
}

/** `2026-11-21 06:23:11.5+00` as JSON of Postgres has it: `2026-11-21T06:23:11.5+00:00`. */
export function isoTimestamp(text: string): string {
  return text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00');
}

/** A number, as JSON of Postgres has it, except for what JSON has no number for. */
export function jsonNumber(text: string): number | string {
  const number = Number(text);
  return Number.isFinite(number) ? number : text;
}

const timestamps = {
  timestamp: read(1114, isoTimestamp),
  timestamptz: read(1184, isoTimestamp),
};

/**
 * JSON of a request, which arrives as text for an argument of a function and as a value for a column. Text that is no
 * JSON is a JSON string, as PostgREST takes it.
 */
export function requestJson(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  try {
    JSON.parse(value);
    return value;
  } catch {
    return JSON.stringify(value);
  }
}

/** Values as PostgREST takes and answers them. */
export const postgrestValues: Record<string, PostgresType> = {
  ...timestamps,
  numeric: read(1700, jsonNumber),
  json: read(114, (text) => JSON.parse(text), requestJson),
  jsonb: read(3802, (text) => JSON.parse(text), requestJson),
};

const preparedJson: Serialize = (value) => (typeof value === 'string' ? value : JSON.stringify(value));

/**
 * Values for the auth and storage servers, which turn objects into JSON text before they write them. Turned into JSON
 * once more, as the driver would, a user's metadata became one long string that no trigger can look into.
 */
export const serverValues: Record<string, PostgresType> = {
  ...timestamps,
  json: read(114, (text) => JSON.parse(text), preparedJson),
  jsonb: read(3802, (text) => JSON.parse(text), preparedJson),
};
