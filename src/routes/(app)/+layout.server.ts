import { redirect } from '@sveltejs/kit';
import { paths } from '$lib/paths';
import { requireSignedIn } from '$lib/server/guards';
import { appEnv } from '$lib/server/env';
import { unwrap } from '$lib/supabase/errors';
import { endSession } from '$lib/supabase/server';
import type { LayoutServerLoad } from './$types';

/** Who looks, and which organisations they can switch between. */
export const load: LayoutServerLoad = async (event) => {
  const { supabase } = event.locals;
  const signedIn = await requireSignedIn(event);
  const { browserUrl, publishableKey, demoFile } = appEnv();

  const [isOpen, profile, organizations] = await Promise.all([
    supabase.rpc('session_is_open'),
    supabase.from('profiles').select().eq('id', signedIn.id).single(),
    supabase.from('organizations').select().is('deleted_at', null).order('name'),
  ]);
  // Where tokens verify without asking Auth, one outlives its session; a session that was ended shows nothing more.
  if (isOpen.data === false) {
    await endSession(supabase, event);
    redirect(303, paths.signIn(event.url.pathname + event.url.search));
  }
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
