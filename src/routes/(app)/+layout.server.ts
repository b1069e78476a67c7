import { requireSignedIn } from '$lib/server/guards';
import { appEnv } from '$lib/server/env';
import { unwrap } from '$lib/supabase/errors';
import type { LayoutServerLoad } from './$types';

/** Who looks, and which organisations they can switch between. */
export const load: LayoutServerLoad = async (event) => {
  const { supabase } = event.locals;
  const signedIn = await requireSignedIn(event);
  const { browserUrl, publishableKey, demoFile } = appEnv();

  const [profile, organizations] = await Promise.all([
    supabase.from('profiles').select().eq('id', signedIn.id).single(),
    supabase.from('organizations').select().is('deleted_at', null).order('name'),
  ]);
  return {
    me: unwrap(profile),
    organizations: unwrap(organizations),
    backend: {
      url: browserUrl === 'same-origin' ? event.url.origin : browserUrl,
      publishableKey,
    },
    demo: demoFile !== undefined,
  };
};
