/**
 * The text of a `filter`: `column=[not.]operator.value`, commas meaning AND. Commas inside parentheses and inside
 * values in double quotes belong to the value. Grammar and messages are the hosted server's.
 */
import { BindingError, notation } from './binding-error.ts';

const operators = [
  ...(['eq', 'neq', 'lt', 'lte', 'gt', 'gte', 'in'] as const),
  ...(['like', 'ilike', 'is', 'match', 'imatch', 'isdistinct'] as const),
] as const;

export type FilterOperator = (typeof operators)[number];

/** Far more than the 100 values that a list may have. */
const longestFilter = 100_000;

/** One comparison, as the client wrote it. */
export interface FilterCondition {
  readonly column: string;
  readonly operator: FilterOperator;
  /** Without quotes; the values of `in` as an array literal: `{a,"b,c"}`. */
  readonly operand: string;
  readonly isNegated: boolean;
}

/**
 * Takes a filter apart; blank means no condition.
 * @throws BindingError with the words for the client
 */
export function parseFilter(filter: string): FilterCondition[] {
  if (filter.length > longestFilter) throw badFilter(`filter is longer than ${longestFilter} characters`);
  const text = filter.trim();
  return text === '' ? [] : splitAtCommas(text).map(parseCondition);
}

/** Splits at commas outside of parentheses and quotes. A quote opens only where a value can begin. */
function splitAtCommas(text: string): string[] {
  const parts: string[] = [];
  let [depth, start, isQuoted] = [0, 0, false];
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (isQuoted) {
      if (character === '\\') index++;
      else if (character === '"') isQuoted = false;
    } else if (character === '"' && index > start && '.(,'.includes(text[index - 1] ?? '')) isQuoted = true;
    else if (character === '(') depth++;
    else if (character === ')') depth = Math.max(0, depth - 1);
    else if (character === ',' && depth === 0) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  return [...parts, text.slice(start)];
}

function parseCondition(part: string): FilterCondition {
  const text = part.trim();
  if (text === '') throw badFilter('filter must not contain empty segments (check for extra commas)');
  const [column, comparison] = splitOnce(text, '=');
  if (comparison === null) throw badFilter(notation([text]));
  const isNegated = comparison.startsWith('not.');
  const [operator, value] = splitOnce(isNegated ? comparison.slice(4) : comparison, '.');
  if (value === null) throw badFilter(notation([operator]));
  const known = operators.find((name) => name === operator);
  if (!known) throw badFilter(notation([operator, value]));
  return {
    column,
    operator: known,
    operand: known === 'in' ? arrayLiteral(value) : unquote(value),
    isNegated,
  };
}

function splitOnce(text: string, separator: string): [string, string | null] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, null] : [text.slice(0, at), text.slice(at + 1)];
}

function arrayLiteral(list: string): string {
  if (list.length < 2 || !list.startsWith('(') || !list.endsWith(')'))
    throw badFilter('`in` filter value must be wrapped by parentheses');
  return `{${list.slice(1, -1)}}`;
}

/** Takes quotes and escapes off, unless the quote does not end where the value does. */
function unquote(value: string): string {
  const quoted = /^"((?:[^"\\]|\\[^])*)"$/u.exec(value);
  return quoted?.[1] === undefined ? value : quoted[1].replace(/\\([^])/gu, '$1');
}

const badFilter = (reason: string) => new BindingError(`Error parsing \`filter\` params: ${reason}`);
