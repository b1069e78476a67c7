import { m } from '$lib/paraglide/messages';

const systemRoles: Readonly<Record<string, () => string>> = {
  admin: m.role_admin,
  manager: m.role_manager,
  sales: m.role_sales,
  marketing: m.role_marketing,
  medical_rep: m.role_medical_rep,
  district_manager: m.role_district_manager,
  viewer: m.role_viewer,
};

const systemHints: Readonly<Record<string, () => string>> = {
  admin: m.role_admin_hint,
  manager: m.role_manager_hint,
  sales: m.role_sales_hint,
  marketing: m.role_marketing_hint,
  medical_rep: m.role_medical_rep_hint,
  district_manager: m.role_district_manager_hint,
  viewer: m.role_viewer_hint,
};

/** Whom a role is meant for, in the reader's language where it comes with Tandem. */
export function roleDescription(role: {
  key: string;
  description: string | null;
  is_system: boolean;
}): string {
  return (role.is_system ? systemHints[role.key]?.() : undefined) ?? role.description ?? '';
}

/** What a role is called: the system's in the reader's language, an organisation's own as it was named. */
export function roleName(role: { key: string; name: string; is_system: boolean }): string {
  return (role.is_system ? systemRoles[role.key]?.() : undefined) ?? role.name;
}
