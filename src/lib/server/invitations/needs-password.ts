/** Set on an account that an invitation made, until its owner has chosen a password. */
export const needsPasswordKey = 'needs_password';

/** Whether who is signed in came by an invitation and has no password yet. */
export async function needsPassword(supabase: App.Locals['supabase']): Promise<boolean> {
  const { data } = await supabase.auth.getUser();
  return data.user?.user_metadata[needsPasswordKey] === true;
}
