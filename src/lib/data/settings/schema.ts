import type { Edits } from '../edits/edits.svelte';
import type { Database } from '$lib/supabase/database.types';

type Row = Database['public']['Functions']['organization_settings']['Returns'][number];

/** A setting with what it may be. Types of the API do not say what of a function's answer can be null. */
export type Setting = Omit<Row, 'minimum' | 'maximum' | 'allowed' | 'updated_by'> & {
  minimum: number | null;
  maximum: number | null;
  allowed: string[] | null;
  updated_by: string | null;
};

/** A setting that somebody else changed since the page was loaded. */
export interface SettingConflict {
  key: string;
  yours: string;
  theirs: string;
  by: string | null;
}

/** What came of saving one group of settings, as its form shows it. */
export interface SettingsOutcome {
  group: string;
  ok: boolean;
  text: string;
  /** Words for each setting that was refused. */
  errors: Record<string, string>;
  conflicts: SettingConflict[];
  /** What was sent, so that it is still there when it was refused. */
  sent: Record<string, string>;
  /** What stood there when it was changed. */
  seen: Record<string, string>;
}

/** The settings by group, in the order of the page. */
export function byGroup(settings: readonly Setting[]): { group: string; settings: Setting[] }[] {
  const groups = new Map<string, Setting[]>();
  for (const setting of settings) {
    groups.set(setting.group_name, [...(groups.get(setting.group_name) ?? []), setting]);
  }
  return [...groups].map(([group, members]) => ({ group, settings: members }));
}

/** The settings as this person means them to be: what is true, with what is under way on top. */
export function withUnderWay(
  settings: readonly Setting[],
  edits: Pick<Edits, 'over'>,
  orgId: string,
): readonly Setting[] {
  const values = Object.fromEntries(settings.map(({ key, value }) => [key, value]));
  const meant: Record<string, string> = edits.over('settings', { ...values, id: orgId });
  return settings.map((setting) => {
    const value = meant[setting.key] ?? setting.value;
    return value === setting.value ? setting : { ...setting, value };
  });
}

/** Who gets in is decided now or not at all: such a setting neither waits for a connection nor is taken back by a key. */
export const mayWait = ({ group_name }: Pick<Setting, 'group_name'>): boolean => group_name !== 'security';

/** A value as the database writes it, so that it is known again. */
export function storedAs({ value_type: type }: Pick<Setting, 'value_type'>, given: string): string {
  const text = given.trim();
  const isNumber = (type === 'integer' || type === 'number') && /^-?\d{1,15}(\.\d{1,10})?$/.test(text);
  return isNumber ? String(Number(text)) : text;
}
