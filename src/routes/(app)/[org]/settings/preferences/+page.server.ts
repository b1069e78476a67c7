import { fail } from '@sveltejs/kit';
import { z } from 'zod';
import type { Setting, SettingConflict, SettingsOutcome } from '$lib/data/settings/schema';
import { timeZones } from '$lib/domain/dates';
import { errorWords } from '$lib/error-words';
import { settingProblem } from '$lib/features/preferences/preference-words';
import { m } from '$lib/paraglide/messages';
import { formStatus } from '$lib/server/form-status';
import { requireSignedIn } from '$lib/server/guards';
import { organizationOf } from '$lib/server/organization-of';
import { readForm } from '$lib/server/read-form';
import { readSettingsChanges } from '$lib/server/settings-changes';
import { toAppError, unwrap } from '$lib/supabase/errors';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ parent, locals }) => {
  const { organization } = await parent();
  const settings: Setting[] = unwrap(
    await locals.supabase.rpc('organization_settings', { org_id: organization.id }),
  );
  const zone = settings.find(({ is_time_zone }) => is_time_zone)?.value ?? 'UTC';
  return { settings, timeZones: timeZones(zone) };
};

const answer = z.object({
  applied: z.array(z.string()),
  conflicts: z.array(
    z.object({ key: z.string(), yours: z.string(), theirs: z.string(), by: z.string().nullable() }),
  ),
});

export const actions: Actions = {
  save: async (event) => {
    await requireSignedIn(event);
    const { supabase } = event.locals;
    const { group, changes, seen } = readSettingsChanges(await readForm(event.request));
    const sent = Object.fromEntries(
      Object.entries(changes).filter((entry): entry is [string, string] => entry[1] !== null),
    );
    const outcome = (fields: Partial<SettingsOutcome>): SettingsOutcome => ({
      group,
      ok: false,
      text: '',
      errors: {},
      conflicts: [],
      sent,
      seen,
      ...fields,
    });

    const org_id = await organizationOf(event);
    const saved = await supabase.rpc('save_settings', { org_id, changes, seen });
    if (saved.error) {
      const problem = toAppError(saved.error, saved.status);
      const refused = problem.field === undefined ? undefined : await settingOf(problem.field);
      return fail(formStatus(problem), {
        outcome: refused
          ? outcome({
              text: m.setting_not_saved(),
              errors: {
                [refused.key]:
                  problem.code === 'invalid_setting' ? settingProblem(refused) : errorWords(problem),
              },
            })
          : outcome({ text: errorWords(problem) }),
      });
    }
    const { conflicts } = answer.parse(saved.data);
    if (conflicts.length > 0) return fail(409, { outcome: conflicted(conflicts) });
    return { outcome: outcome({ ok: true, text: m.saved() }) };

    function conflicted(found: SettingConflict[]): SettingsOutcome {
      return outcome({ text: m.setting_some_not_saved(), conflicts: found });
    }
    async function settingOf(key: string): Promise<Setting | undefined> {
      const { data } = await supabase.rpc('organization_settings', { org_id });
      return data?.find((setting) => setting.key === key);
    }
  },
};
