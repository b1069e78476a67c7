type Client = App.Locals['supabase'];

/** Does what makes Auth end sessions, which it does without telling anybody: the open pages of those that ended leave at once. */
export async function announceEnded<Result>(supabase: Client, act: () => Promise<Result>): Promise<Result> {
  const { data: sessions } = await supabase.rpc('my_sessions');
  const result = await act();
  await supabase.rpc('announce_ended_sessions', { session_ids: (sessions ?? []).map(({ id }) => id) });
  return result;
}
