import { requireSignedIn } from '$lib/server/guards';
import { appEnv } from '$lib/server/env';
import { unwrap } from '$lib/supabase/errors';
import { endSession } from '$lib/supabase/server';
import type { LayoutServerLoad } from './$types';

/** Who looks, and which organisations they can switch between. */
export const load: LayoutServerLoad = async (event) => {
  const { supabase } = event.locals;
  // A session that was ended from elsewhere is forgotten here too.
  if ((await event.locals.session())?.state === 'ended') await endSession(supabase, event);
  const signedIn = await requireSignedIn(event);
  const { browserUrl, publishableKey, demoFile } = appEnv();

  const [profile, organizations, asking] = await Promise.all([
    supabase.from('profiles').select().eq('id', signedIn.id).single(),
    supabase.from('organizations').select().is('deleted_at', null).order('name'),
    supabase.rpc('organizations_asking_second_factor'),
  ]);
  return {
    me: unwrap(profile),
    organizations: unwrap(organizations),
    /** Those that show this session nothing: they ask for a second factor. */
    asking: unwrap(asking),
    backend: {
      url: browserUrl === 'same-origin' ? event.url.origin : browserUrl,
      publishableKey,
    },
    demo: demoFile !== undefined,
  };
};
