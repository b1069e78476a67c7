/** Names of conditions that a filter can run into ("PostgreSQL Error Codes" of the Postgres manual). */
const conditionNames: Readonly<Record<string, string>> = {
  '22003': 'numeric_value_out_of_range',
  '22007': 'invalid_datetime_format',
  '22008': 'datetime_field_overflow',
  '22023': 'invalid_parameter_value',
  '22025': 'invalid_escape_sequence',
  '22P02': 'invalid_text_representation',
  '22P03': 'invalid_binary_representation',
  '2201B': 'invalid_regular_expression',
  '23502': 'not_null_violation',
  '23514': 'check_violation',
  '42501': 'insufficient_privilege',
  '42704': 'undefined_object',
  '42725': 'ambiguous_function',
  '42804': 'datatype_mismatch',
  '42883': 'undefined_function',
  '54000': 'program_limit_exceeded',
  '54001': 'statement_too_complex',
  '57014': 'query_canceled',
  P0001: 'raise_exception',
};

/** A database error as the hosted server words it: `ERROR 22P02 (invalid_text_representation) …`. */
export function postgresException(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('message' in error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // What a cancelled statement says of itself was replaced on its way here.
  if (code === 'QueryCanceled')
    return postgresException({ code: '57014', message: 'canceling statement due to statement timeout' });
  const name = conditionNames[code];
  return `ERROR ${code}${name ? ` (${name})` : ''} ${String(error.message)}`;
}
