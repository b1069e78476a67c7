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

/** What people call a setting; its key until somebody has named it. */
export const settingName = (key: string): string => words[key]?.name() ?? key;

export const settingDescription = (key: string): string | undefined => words[key]?.description();

/** A value as people read it: "On", "العربية", "Africa/Cairo". */
export function settingValueWords(key: string, value: unknown): string {
  const text = String(value ?? '');
  if (text === 'true') return m.setting_on();
  if (text === 'false') return m.setting_off();
  if (key === 'region.language' && (text === 'en' || text === 'ar')) return languageNames[text];
  return text.replaceAll('_', ' ');
}
