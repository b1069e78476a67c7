import type { Setting } from '$lib/data/settings/schema';
import { languageNames } from '$lib/language-names';
import { m } from '$lib/paraglide/messages';

interface Words {
  name: () => string;
  description: () => string;
}

const words: Readonly<Record<string, Words>> = {
  'region.time_zone': { name: m.setting_region_time_zone, description: m.setting_region_time_zone_hint },
  'region.language': { name: m.setting_region_language, description: m.setting_region_language_hint },
  'products.active_limit': {
    name: m.setting_products_active_limit,
    description: m.setting_products_active_limit_hint,
  },
  'security.require_second_factor': {
    name: m.setting_security_require_second_factor,
    description: m.setting_security_require_second_factor_hint,
  },
  'trash.retention_days': {
    name: m.setting_trash_retention_days,
    description: m.setting_trash_retention_days_hint,
  },
};

const groups: Readonly<Record<string, Words>> = {
  region: { name: m.setting_group_region, description: m.setting_group_region_hint },
  products: { name: m.module_products, description: m.setting_group_products_hint },
  security: { name: m.setting_group_security, description: m.setting_group_security_hint },
  trash: { name: m.settings_trash, description: m.setting_group_trash_hint },
};

/** What people call a group of settings; its key until somebody has named it. */
export const groupName = (group: string): string => groups[group]?.name() ?? group;
export const groupDescription = (group: string): string => groups[group]?.description() ?? '';

export const settingName = ({ key }: Pick<Setting, 'key'>): string => words[key]?.name() ?? key;

export const settingDescription = ({ key, description }: Pick<Setting, 'key' | 'description'>): string =>
  words[key]?.description() ?? description;

/** A value as people read it: "On", "العربية", "Africa/Cairo". */
export function valueWords(setting: Pick<Setting, 'key' | 'value_type'>, value: string): string {
  if (setting.value_type === 'boolean') return value === 'true' ? m.setting_on() : m.setting_off();
  if (setting.key === 'region.language' && (value === 'en' || value === 'ar')) return languageNames[value];
  return value.replaceAll('_', ' ');
}

/** What a setting needs, said when it was refused. */
export function settingProblem(setting: Setting): string {
  const { value_type: type, minimum, maximum } = setting;
  if ((type === 'integer' || type === 'number') && minimum !== null && maximum !== null) {
    return type === 'integer'
      ? m.setting_needs_whole_between({ minimum, maximum })
      : m.setting_needs_between({ minimum, maximum });
  }
  return m.error_invalid_value();
}
