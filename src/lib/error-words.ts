import { m } from '$lib/paraglide/messages';
import { toAppError, type AppErrorKind } from '$lib/supabase/errors';

/** Named one by one, so that a page only loads the messages that can be needed. */
const byCode: Readonly<Record<string, () => string>> = {
  account_disabled: m.error_account_disabled,
  api_key_not_found: m.error_api_key_not_found,
  active_product_limit: m.error_active_product_limit,
  already_exists: m.error_already_exists,
  already_member: m.error_already_member,
  already_taken: m.error_already_taken,
  audit_read_denied: m.error_audit_read_denied,
  category_cycle: m.error_category_cycle,
  changed_meanwhile: m.error_changed_meanwhile,
  customer_moved: m.error_customer_moved,
  customer_not_found: m.error_customer_not_found,
  customers_assign_denied: m.error_customers_assign_denied,
  customers_update_denied: m.error_customers_update_denied,
  email_invalid: m.error_email_invalid,
  email_not_confirmed: m.error_email_not_confirmed,
  email_taken: m.error_email_taken,
  interactions_immutable: m.error_interactions_immutable,
  invalid_credentials: m.error_invalid_credentials,
  invalid_date: m.error_invalid_date,
  invalid_patch: m.error_invalid_value,
  invalid_value: m.error_invalid_value,
  invitation_expired: m.error_invitation_expired,
  invitation_for_other: m.error_invitation_for_other,
  invitation_not_found: m.error_invitation_not_found,
  invitation_revoked: m.error_invitation_revoked,
  invitation_used: m.error_invitation_used,
  invitation_withdrawn: m.error_invitation_withdrawn,
  last_admin: m.error_last_admin,
  link_expired: m.error_link_expired,
  lost_reason_required: m.error_lost_reason_required,
  member_exceeds_you: m.error_member_exceeds_you,
  member_not_found: m.error_member_not_found,
  members_invite_denied: m.error_members_invite_denied,
  name_differs: m.error_name_differs,
  not_allowed: m.error_not_allowed,
  not_found: m.error_not_found,
  not_signed_in: m.error_not_signed_in,
  number_out_of_range: m.error_number_out_of_range,
  occurred_in_future: m.error_occurred_in_future,
  organization_fixed: m.error_organization_fixed,
  organization_not_found: m.error_organization_not_found,
  organizations_delete_denied: m.error_organizations_delete_denied,
  owner_inactive: m.error_owner_inactive,
  page_not_found: m.error_page_not_found,
  product_not_found: m.error_product_not_found,
  products_update_denied: m.error_products_update_denied,
  reference_missing: m.error_reference_missing,
  reporting_cycle: m.error_reporting_cycle,
  role_exceeds_yours: m.error_role_exceeds_yours,
  same_password: m.error_same_password,
  scopes_exceed_yours: m.error_scopes_exceed_yours,
  session_expired: m.error_session_expired,
  session_not_found: m.error_session_not_found,
  settings_update_denied: m.error_settings_update_denied,
  sign_up_closed: m.error_sign_up_closed,
  slug_taken: m.error_slug_taken,
  too_many_api_keys: m.error_too_many_api_keys,
  too_many_emails: m.error_too_many_emails,
  too_many_invitations: m.error_too_many_invitations,
  too_many_organizations: m.error_too_many_organizations,
  too_many_requests: m.error_too_many_requests,
  took_too_long: m.error_took_too_long,
  unknown_setting: m.error_unknown_setting,
  unknown_field: m.error_unknown_field,
  unreachable: m.error_unreachable,
  value_required: m.error_value_required,
  value_too_long: m.error_value_too_long,
  weak_password: m.error_weak_password,
};

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
  return (byCode[code] ?? byKind[kind])();
}

/** The sentence for a machine code that came without its error (an error page). */
export function errorWordsForCode(code: string | undefined): string {
  return (byCode[code ?? ''] ?? m.error_unexpected)();
}
