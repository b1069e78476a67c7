import Building2 from '@lucide/svelte/icons/building-2';
import SlidersHorizontal from '@lucide/svelte/icons/sliders-horizontal';
import ShieldCheck from '@lucide/svelte/icons/shield-check';
import ScrollText from '@lucide/svelte/icons/scroll-text';
import Trash2 from '@lucide/svelte/icons/trash-2';
import Users from '@lucide/svelte/icons/users';
import KeyRound from '@lucide/svelte/icons/key-round';
import MapIcon from '@lucide/svelte/icons/map';
import { can, type Access } from '$lib/domain/permissions';
import { m } from '$lib/paraglide/messages';
import { paths } from '$lib/paths';
import type { Section } from './section';

interface SettingsSection extends Omit<Section, 'href' | 'label'> {
  path: (org: string) => string;
  label: () => string;
  /** Who lacks it does not see the entry; without one every member does. */
  permission?: string;
}

/** The pages of an organisation's settings, one line each, in the order of their navigation. */
const sections: readonly SettingsSection[] = [
  { path: paths.settingsGeneral, label: m.settings_general, icon: Building2 },
  { path: paths.settingsMembers, label: m.members, icon: Users, permission: 'members:read', wide: true },
  {
    path: (org) => paths.settingsTerritories(org),
    label: m.territories,
    icon: MapIcon,
    permission: 'territories:read',
    wide: true,
  },
  {
    path: paths.settingsRoles,
    label: m.settings_roles,
    icon: ShieldCheck,
    permission: 'members:read',
    wide: true,
  },
  { path: paths.settingsPreferences, label: m.settings_preferences, icon: SlidersHorizontal },
  { path: paths.settingsTrash, label: m.settings_trash, icon: Trash2, permission: 'trash:read' },
  {
    path: paths.settingsAudit,
    label: m.settings_audit,
    icon: ScrollText,
    permission: 'audit:read',
    wide: true,
  },
  { path: paths.settingsApiKeys, label: m.api_keys_title, icon: KeyRound, permission: 'api_keys:read' },
];

/** The settings the person may look at in this organisation. */
export function settingsSections(org: string, access: Access): Section[] {
  return sections
    .filter(({ permission }) => !permission || can(access, permission))
    .map(({ path, label, icon, wide }) => ({ href: path(org), label: label(), icon, wide: wide ?? false }));
}
