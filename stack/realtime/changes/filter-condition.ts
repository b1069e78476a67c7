/** A checked comparison, made ready to be asked of every row. */
import type { FilterOperator } from './filter-grammar.ts';
import { isPlainInstant, valueRules, type ValueRules } from './filter-values.ts';

/** A value of a row as text; null is SQL null. */
export type ColumnValue = string | null;

/** What the database found out about a comparison with a column of one type. */
export interface CheckedOperand {
  readonly column: string;
  readonly typeId: number;
  /** The type without its domains. */
  readonly baseTypeId: number;
  readonly isEnum: boolean;
  readonly isGenerated: boolean;
  readonly operator: FilterOperator;
  readonly isNegated: boolean;
  /** As the client wrote it. */
  readonly operand: string;
  /** As the column's type writes it; a list for `in`; null where the operand is no value of the type. */
  readonly values: readonly ColumnValue[] | null;
  /** With whose rights the database compares. */
  readonly role: string;
}

/** A comparison for the database: what is needed besides the row's value. */
export interface DatabaseTest {
  readonly key: string;
  readonly role: string;
  readonly typeId: number;
  readonly operator: FilterOperator;
  readonly operand: string;
}

export interface Condition {
  /** The same for conditions that mean the same. */
  readonly key: string;
  readonly column: string;
  readonly typeId: number;
  readonly isGenerated: boolean;
  /** Keys of the values that satisfy it, for a look-up; null when it is to be tested. */
  readonly lookup: readonly string[] | null;
  readonly rules: ValueRules | null;
  /** Whether a value satisfies it; null when only the database can tell. */
  readonly test: ((value: ColumnValue) => boolean) | null;
  /** Turns the database's answer, null for unknown, into whether the value satisfies it. */
  readonly judge: (answer: boolean | null) => boolean;
  readonly inDatabase: DatabaseTest;
}

/** Compiles a comparison. Unknown (a comparison with null) is not satisfied, negated or not, as in SQL. */
export function compileCondition(checked: CheckedOperand): Condition {
  const { column, typeId, operator, isNegated, operand, role } = checked;
  const rules = valueRules(checked.baseTypeId, checked.isEnum);
  const truth = rules ? truthOf(checked, rules) : truthOf(checked, null);
  const judge = (answer: boolean | null) => answer !== null && answer !== isNegated;
  const databaseKey = JSON.stringify([role, typeId, operator, operand]);
  return {
    key: JSON.stringify([column, isNegated, databaseKey]),
    column,
    typeId,
    isGenerated: checked.isGenerated,
    lookup: rules && !isNegated ? lookupKeys(checked, rules) : null,
    rules,
    test: truth && ((value) => judge(truth(value))),
    judge,
    inDatabase: { key: databaseKey, role, typeId, operator, operand },
  };
}

function lookupKeys({ operator, values }: CheckedOperand, rules: ValueRules): string[] | null {
  if ((operator !== 'eq' && operator !== 'in') || values === null) return null;
  return [...new Set(values.filter((value) => value !== null).map(rules.key))];
}

type Truth = (value: ColumnValue) => boolean | null;

const orders = {
  lt: (difference: number) => difference < 0,
  lte: (difference: number) => difference <= 0,
  gt: (difference: number) => difference > 0,
  gte: (difference: number) => difference >= 0,
};

/** The SQL meaning of an operator, or null when it takes the database to know it. */
function truthOf(
  { operator, operand, values, baseTypeId }: CheckedOperand,
  rules: ValueRules | null,
): Truth | null {
  if (operator === 'is') return isTruth(operand);
  const first = values?.[0] ?? null;
  if (!rules || values === null) return null;
  switch (operator) {
    case 'eq':
    case 'neq':
    case 'isdistinct':
      return first === null ? null : equality(operator, rules.key(first), rules);
    case 'in':
      return membership(values, rules);
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte': {
      const { compare } = rules;
      if (!compare || first === null || (instantTypes.has(baseTypeId) && !isPlainInstant(first))) return null;
      return (value) => (value === null ? null : orders[operator](compare(value, first)));
    }
    default:
      return null;
  }
}

const instantTypes = new Set([1082, 1083, 1114, 1184]);

function isTruth(operand: string): Truth {
  if (operand === 'null' || operand === 'unknown') return (value) => value === null;
  const wanted = operand === 'true' ? 't' : 'f';
  return (value) => value === wanted;
}

function equality(operator: 'eq' | 'neq' | 'isdistinct', key: string, rules: ValueRules): Truth {
  if (operator === 'isdistinct') return (value) => value === null || rules.key(value) !== key;
  const wanted = operator === 'eq';
  return (value) => (value === null ? null : (rules.key(value) === key) === wanted);
}

/** A list with a null in it never says that a value is missing from it. */
function membership(values: readonly ColumnValue[], rules: ValueRules): Truth {
  const keys = new Set(values.filter((value) => value !== null).map(rules.key));
  const otherwise = values.includes(null) ? null : false;
  if (values.length === 0) return () => false;
  return (value) => (value === null ? null : keys.has(rules.key(value)) || otherwise);
}
