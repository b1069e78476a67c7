import { unwrap } from '$lib/supabase/errors';

const asked = new WeakMap<App.Locals, ReturnType<typeof ask>>();

async function ask({ supabase }: App.Locals) {
  const { data } = await supabase.auth.getSession();
  if (!data.session) return [];
  return unwrap(await supabase.from('organizations').select().is('deleted_at', null).order('name'));
}

/** The organisations of this request's person, asked for once: loads that need one of them do not wait for each other. */
export function myOrganizations(locals: App.Locals): ReturnType<typeof ask> {
  let answer = asked.get(locals);
  if (!answer) asked.set(locals, (answer = ask(locals)));
  return answer;
}
