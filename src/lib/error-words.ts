import { m } from '$lib/paraglide/messages';
import { toAppError, type AppErrorKind } from '$lib/supabase/errors';

type Words = Readonly<Record<string, () => string>>;

/**
 * What any page may have to say at once: errors of loading it, of the network, of cards and customers. The others are in
 * `error-words-later.ts`, which is loaded when the page has come to rest. Named one by one, so that a page only loads the
 * messages that can be needed.
 */
const atOnce: Words = {
  already_exists: m.error_already_exists,
  audit_read_denied: m.error_audit_read_denied,
  changed_meanwhile: m.error_changed_meanwhile,
  customer_moved: m.error_customer_moved,
  customer_not_found: m.error_customer_not_found,
  customers_assign_denied: m.error_customers_assign_denied,
  customers_delete_denied: m.error_customers_delete_denied,
  customers_update_denied: m.error_customers_update_denied,
  invalid_patch: m.error_invalid_value,
  invalid_value: m.error_invalid_value,
  lost_reason_required: m.error_lost_reason_required,
  not_allowed: m.error_not_allowed,
  not_found: m.error_not_found,
  not_signed_in: m.error_not_signed_in,
  number_out_of_range: m.error_number_out_of_range,
  organization_not_found: m.error_organization_not_found,
  owner_inactive: m.error_owner_inactive,
  page_not_found: m.error_page_not_found,
  permission_missing: m.error_not_allowed,
  product_not_found: m.error_product_not_found,
  record_not_found: m.error_record_not_found,
  reference_missing: m.error_reference_missing,
  role_not_found: m.error_role_not_found,
  second_factor_first: m.error_second_factor_first,
  session_expired: m.error_session_expired,
  session_not_found: m.error_session_not_found,
  too_many_requests: m.error_too_many_requests,
  took_too_long: m.error_took_too_long,
  too_many_rows: m.error_too_many_rows,
  trash_read_denied: m.error_trash_read_denied,
  unreachable: m.error_unreachable,
  value_required: m.error_value_required,
  value_too_long: m.error_value_too_long,
  viewing_as_read_only: m.error_viewing_as_read_only,
};

let later: Words = {};

/** Takes in the words of the rarer errors. */
export function learnErrorWords(words: Words): void {
  later = words;
}

/** Has the words of the rarer errors loaded. Without a network there is one error to speak of, and its words are here. */
export async function loadErrorWords(): Promise<void> {
  await import('./error-words-later').catch(() => undefined);
}

const byKind: Readonly<Record<AppErrorKind, () => string>> = {
  auth: m.error_session_expired,
  forbidden: m.error_not_allowed,
  not_found: m.error_not_found,
  conflict: m.error_changed_meanwhile,
  invalid: m.error_invalid_value,
  rate: m.error_too_many_requests,
  network: m.error_unreachable,
  bug: m.error_unexpected,
};

/** The sentence a person reads for an error: that of its machine code, else that of its kind. */
export function errorWords(cause: unknown): string {
  const { code, kind } = toAppError(cause);
  return wordsOf(code, byKind[kind]);
}

/** The sentence for a machine code that came without its error (an error page). */
export function errorWordsForCode(code: string | undefined): string {
  return wordsOf(code ?? '', m.error_unexpected);
}

function wordsOf(code: string, otherwise: () => string): string {
  const words = atOnce[code] ?? later[code];
  if (!words) void loadErrorWords();
  return (words ?? otherwise)();
}
