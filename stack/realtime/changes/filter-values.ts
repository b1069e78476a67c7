/**
 * How values of a type compare when all there is of them is the text that Postgres wrote, in UTC and with ISO dates.
 * Types that are missing here are compared by the database.
 */
export interface ValueRules {
  /** A text that is the same for equal values, and for no others. */
  readonly key: (text: string) => string;
  /** Below, at or above zero as `left` is less than, equal to or greater than `right`; null where order is not known. */
  readonly compare: ((left: string, right: string) => number) | null;
}

const same = (text: string) => text;
const byText = (left: string, right: string) => (left < right ? -1 : left > right ? 1 : 0);
/** Types whose text decides about equality, but whose order it does not tell. */
const unordered: ValueRules = { key: same, compare: null };

const integers: ValueRules = { key: same, compare: compareIntegers };
const numerics: ValueRules = { key: plainNumeric, compare: compareNumerics };
const floats: ValueRules = { key: (text) => (text === '-0' ? '0' : text), compare: compareFloats };
const instants: ValueRules = { key: same, compare: compareInstants };
/** `f` sorts before `t`, and digits before letters, as they are meant to. */
const ordered: ValueRules = { key: same, compare: byText };
/** Trailing blanks of `char(n)` mean nothing. */
const padded: ValueRules = { key: (text) => text.replace(/ +$/u, ''), compare: null };

/** By the OIDs of `pg_type`, which are fixed for types that Postgres comes with. */
const rulesByType = new Map<number, ValueRules>([
  ...[20, 21, 23, 26].map((type): [number, ValueRules] => [type, integers]), // int8, int2, int4, oid
  [1700, numerics],
  ...[700, 701].map((type): [number, ValueRules] => [type, floats]), // float4, float8
  ...[1082, 1083, 1114, 1184].map((type): [number, ValueRules] => [type, instants]), // date, time, timestamp, timestamptz
  ...[16, 2950].map((type): [number, ValueRules] => [type, ordered]), // bool, uuid
  ...[17, 19, 25, 1043].map((type): [number, ValueRules] => [type, unordered]), // bytea, name, text, varchar
  [1042, padded], // char(n)
]);

/**
 * @param baseTypeId the type without its domains
 * @returns null when only the database can compare
 */
export function valueRules(baseTypeId: number, isEnum: boolean): ValueRules | null {
  return isEnum ? unordered : (rulesByType.get(baseTypeId) ?? null);
}

/** Whether a text is a date or time that {@link compareInstants} can hold others against. */
export const isPlainInstant = (text: string) =>
  /^(?:\d{4}-\d\d-\d\d|\d\d:)/u.test(text) && !text.endsWith('BC');

function compareIntegers(left: string, right: string): number {
  if (left.length < 16 && right.length < 16) return Number(left) - Number(right);
  const difference = BigInt(left) - BigInt(right);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** A numeric without the zeros behind its last digit: 1.50 is 1.5. */
function plainNumeric(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/u, '') : text;
}

/** NaN counts as greater than everything. */
function compareNumerics(left: string, right: string): number {
  const [leftRank, rightRank] = [numericRank(left), numericRank(right)];
  if (leftRank !== rightRank || leftRank !== 0) return leftRank - rightRank;
  const [isNegative, isOtherNegative] = [left.startsWith('-'), right.startsWith('-')];
  if (isNegative !== isOtherNegative) return isNegative ? -1 : 1;
  return isNegative ? compareDigits(right.slice(1), left.slice(1)) : compareDigits(left, right);
}

const numericRank = (text: string) => ({ '-Infinity': -1, Infinity: 1, NaN: 2 })[text] ?? 0;

/** Both without sign, and as Postgres writes numerics: no leading zeros, no exponent. */
function compareDigits(left: string, right: string): number {
  const [whole = '', fraction = ''] = plainNumeric(left).split('.');
  const [otherWhole = '', otherFraction = ''] = plainNumeric(right).split('.');
  return whole.length - otherWhole.length || byText(whole, otherWhole) || byText(fraction, otherFraction);
}

function compareFloats(left: string, right: string): number {
  const [number, other] = [Number(left), Number(right)];
  if (Number.isNaN(number) || Number.isNaN(other))
    return Number(Number.isNaN(number)) - Number(Number.isNaN(other));
  return number < other ? -1 : number > other ? 1 : 0;
}

/** @param right of the years 1 to 9999, see {@link isPlainInstant} */
function compareInstants(left: string, right: string): number {
  if (left === 'infinity') return 1;
  if (left === '-infinity' || left.endsWith('BC')) return -1;
  // ISO dates sort as texts, as long as the years have the same number of digits.
  return left.indexOf('-') - right.indexOf('-') || byText(left, right);
}
