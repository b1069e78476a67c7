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
