import * as z from 'zod/mini';
import type { FieldValue } from '$lib/domain/patch';
import { unwrap } from '$lib/supabase/errors';
import type { DataContext } from '../context';
import { settingKeys } from './keys';
import type { Setting } from './schema';

const answerSchema = z.object({
  applied: z.array(z.string()),
  conflicts: z.array(
    z.object({
      key: z.string(),
      yours: z.unknown(),
      theirs: z.string(),
      by: z.nullish(z.string()),
      at: z.nullish(z.string()),
    }),
  ),
});

interface SettingsPatch {
  changes: Readonly<Record<string, FieldValue>>;
  seen: Readonly<Record<string, FieldValue>>;
}

/**
 * Changes settings, each where it still is what the person saw; all or none when a value does not fit.
 *
 * @throws AppError `settings_update_denied`, `invalid_setting`, `second_factor_first`, `organization_not_found`
 */
export async function saveSettings(data: DataContext, { changes, seen }: SettingsPatch) {
  const { client, queryClient, orgId, userId } = data;
  const answer = await client.rpc('save_settings', {
    org_id: orgId,
    changes: JSON.parse(JSON.stringify(changes)),
    seen: JSON.parse(JSON.stringify(seen)),
  });
  const { applied, conflicts } = answerSchema.parse(unwrap(answer));
  const theirs = new Map(conflicts.map((conflict) => [conflict.key, conflict]));
  // On screen at once; the announcement brings the rest.
  queryClient.setQueryData<Setting[]>(settingKeys.list(orgId), (settings) =>
    settings?.map((setting) => {
      const other = theirs.get(setting.key);
      if (other) {
        const { theirs: value, by = null, at } = other;
        return { ...setting, value, updated_by: by, updated_at: at ?? setting.updated_at };
      }
      if (!(setting.key in changes)) return setting;
      const value = String(changes[setting.key]);
      return { ...setting, value, updated_by: userId, updated_at: new Date().toISOString() };
    }),
  );
  void queryClient.invalidateQueries({ queryKey: settingKeys.all(orgId) });
  return { applied, conflicts: conflicts.map(({ key, ...rest }) => ({ field: key, ...rest })) };
}
