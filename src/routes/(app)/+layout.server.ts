import { requireSignedIn } from '$lib/server/guards';
import { myOrganizations } from '$lib/server/my-organizations';
import { appEnv } from '$lib/server/env';
import { unwrap } from '$lib/supabase/errors';
import { endSession } from '$lib/supabase/server';
import { personIdOf } from '$lib/supabase/session-id';
import type { LayoutServerLoad } from './$types';

/** Who looks, and which organisations they can switch between. */
export const load: LayoutServerLoad = async (event) => {
  const { locals, url } = event;
  const own = readOwn(locals);
  // Asked beside what the session is good for: one that is good for nothing is shown nothing, and led away below.
  own.catch(() => undefined);
  // A session that was ended from elsewhere is forgotten here too.
  if ((await locals.session())?.state === 'ended') await endSession(locals.supabase, event);
  await requireSignedIn(event);

  const { browserUrl, publishableKey, demoFile } = appEnv();
  return {
    ...(await own),
    backend: {
      url: browserUrl === 'same-origin' ? url.origin : browserUrl,
      publishableKey,
    },
    demo: demoFile !== undefined,
  };
};

async function readOwn(locals: App.Locals) {
  const { supabase } = locals;
  const { data } = await supabase.auth.getSession();
  // The database verifies the token, and shows nobody another's.
  const me = data.session ? personIdOf(data.session.access_token) : undefined;
  if (me === undefined) throw new Error('Nobody is signed in.');
  const [profile, organizations, asking] = await Promise.all([
    supabase.from('profiles').select().eq('id', me).single(),
    myOrganizations(locals),
    supabase.rpc('organizations_asking_second_factor'),
  ]);
  return {
    me: unwrap(profile),
    organizations,
    /** Those that show this session nothing: they ask for a second factor. */
    asking: unwrap(asking),
  };
}
