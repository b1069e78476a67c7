import type { Setting } from '$lib/data/settings/schema';
import { m } from '$lib/paraglide/messages';

interface Words {
  name: () => string;
  description: () => string;
}

const groups: Readonly<Record<string, Words>> = {
  region: { name: m.setting_group_region, description: m.setting_group_region_hint },
  products: { name: m.module_products, description: m.setting_group_products_hint },
  security: { name: m.setting_group_security, description: m.setting_group_security_hint },
  trash: { name: m.settings_trash, description: m.setting_group_trash_hint },
};

/** What people call a group of settings; its key until somebody has named it. */
export const groupName = (group: string): string => groups[group]?.name() ?? group;
export const groupDescription = (group: string): string => groups[group]?.description() ?? '';

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
