import type { ChangeKind } from '$lib/domain/audit';
import { m } from '$lib/paraglide/messages';

const kinds: Record<ChangeKind, () => string> = {
  added: m.audit_kind_added,
  changed: m.audit_kind_changed,
  trashed: m.audit_kind_trashed,
  restored: m.audit_kind_restored,
  deleted: m.audit_kind_deleted,
  event: m.audit_kind_event,
};

export const kindWord = (kind: ChangeKind): string => kinds[kind]();

/** An editing session of a note: what was written is not in the trail. */
export const noteKindWord = (kind: ChangeKind): string =>
  kind === 'added' ? m.history_note_begun() : m.history_note_written();

const tables: Readonly<Record<string, () => string>> = {
  api_keys: m.audit_table_api_keys,
  client_types: m.audit_table_client_types,
  customer_notes: m.audit_table_customer_notes,
  customers: m.audit_table_customers,
  interactions: m.audit_table_interactions,
  invitations: m.audit_table_invitations,
  member_roles: m.audit_table_member_roles,
  memberships: m.audit_table_memberships,
  organizations: m.audit_table_organizations,
  product_categories: m.audit_table_product_categories,
  products: m.audit_table_products,
  role_permissions: m.audit_table_role_permissions,
  roles: m.audit_table_roles,
  security: m.audit_table_security,
  settings: m.audit_table_settings,
  specialties: m.audit_table_specialties,
  territories: m.audit_table_territories,
  territory_assignments: m.audit_table_territory_assignments,
};

/** What people call a table; one without a word of its own is called by its name. */
export const tableWord = (table: string): string => tables[table]?.() ?? readable(table);

/** The tables a person can narrow the trail to, by their words. */
export function tableOptions(locale: string): { value: string; label: string }[] {
  return Object.entries(tables)
    .map(([value, word]) => ({ value, label: word() }))
    .sort((a, b) => a.label.localeCompare(b.label, locale));
}

const fields: Readonly<Record<string, () => string>> = {
  accepted_at: m.audit_field_accepted_at,
  accepted_by: m.audit_field_accepted_by,
  acquisition_source: m.customer_source,
  address: m.customer_address,
  api_key_id: m.audit_field_api_key,
  archived_at: m.audit_field_archived_at,
  assigned_by: m.audit_field_assigned_by,
  avatar_color: m.account_color,
  boundary: m.audit_field_boundary,
  category_id: m.audit_field_category,
  channel: m.audit_field_channel,
  client_type_id: m.customer_type,
  closed_lost_reason: m.audit_field_lost_reason,
  code: m.audit_field_code,
  contract_end_date: m.customer_contract_end,
  contract_start_date: m.customer_contract_start,
  corrects_id: m.audit_field_corrects,
  currency: m.field_currency,
  custom_fields: m.audit_field_custom_fields,
  customer_id: m.module_customer,
  deleted_at: m.audit_field_deleted_at,
  deleted_by: m.audit_field_deleted_by,
  description: m.product_description,
  edited_at: m.audit_field_edited_at,
  edited_by: m.audit_field_edited_by,
  email: m.field_email,
  ends_on: m.audit_field_ends_on,
  expected_value: m.customer_value,
  expires_at: m.audit_field_expires_at,
  first_name: m.field_first_name,
  follow_up_at: m.audit_field_follow_up,
  from: m.audit_field_from,
  grade: m.customer_grade,
  invitation_id: m.audit_field_invitation,
  invited_by: m.audit_field_invited_by,
  is_active: m.audit_field_is_active,
  is_archived: m.customer_archived,
  is_primary: m.audit_field_is_primary,
  key: m.audit_field_key,
  last_name: m.field_last_name,
  latitude: m.audit_field_latitude,
  level: m.audit_field_level,
  longitude: m.audit_field_longitude,
  manager_id: m.audit_field_manager,
  name: m.customer_name,
  name_ar: m.territory_name_ar,
  next_action: m.customer_next_step,
  note: m.audit_field_note,
  occurred_at: m.audit_field_occurred_at,
  outcome: m.interaction_outcome,
  owner_id: m.customer_owner,
  parent_id: m.audit_field_parent,
  permission: m.audit_field_permission,
  phase: m.customer_phase,
  phone: m.customer_phone,
  prefix: m.audit_field_prefix,
  product_id: m.customer_product,
  reason: m.audit_field_reason,
  record_id: m.audit_field_record,
  revoked_at: m.audit_field_revoked_at,
  revoked_by: m.audit_field_revoked_by,
  role_id: m.audit_field_role,
  scope: m.audit_field_scope,
  scopes: m.api_keys_scopes,
  sent_at: m.audit_field_sent_at,
  sku: m.product_sku,
  slug: m.audit_field_slug,
  specialty_id: m.customer_specialty,
  starts_on: m.audit_field_starts_on,
  status: m.customer_stage,
  subject: m.audit_field_subject,
  table_name: m.audit_field_table,
  tags: m.customer_tags,
  team: m.audit_field_team,
  territory_id: m.audit_field_territory,
  timezone: m.account_time_zone,
  title: m.audit_field_title,
  type: m.customer_type,
  unit_price: m.product_price,
  user_id: m.audit_field_person,
  value: m.audit_field_value,
};

/** What people call a column. */
export const fieldWord = (field: string): string => fields[field]?.() ?? readable(field);

const events: Readonly<Record<string, () => string>> = {
  api_key_expired: m.audit_event_api_key_expired,
  api_key_inactive: m.audit_event_api_key_inactive,
  api_key_revoked: m.audit_event_api_key_revoked,
  foreign_access: m.audit_event_foreign_access,
  invitation_refused: m.audit_event_invitation_refused,
};

/** What people call a security event. */
export const eventWord = (action: string): string => events[action]?.() ?? readable(action);

/** `is_primary_contact` as "Is primary contact". */
function readable(name: string): string {
  const words = name.replaceAll('_', ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Who did something: a member's name, "API key of …", "System", or somebody who has left. */
export function actorWords(kind: 'user' | 'api_key' | 'system', name: string | null): string {
  if (kind === 'system') return m.audit_system();
  const person = name ?? m.audit_former_member();
  return kind === 'api_key' ? m.audit_api_key({ name: person }) : person;
}
