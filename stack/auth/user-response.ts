import type { UserRow } from './user-store.ts';

/** A user in the form of GoTrue's API, which the official client types as `User`. */
export function userResponse(user: UserRow): Record<string, unknown> {
  return withoutUndefined({
    id: user.id,
    aud: user.aud,
    role: user.role,
    email: user.email ?? '',
    phone: user.phone ?? '',
    email_confirmed_at: stamp(user.email_confirmed_at),
    phone_confirmed_at: stamp(user.phone_confirmed_at),
    confirmed_at: stamp(user.confirmed_at),
    invited_at: stamp(user.invited_at),
    confirmation_sent_at: stamp(user.confirmation_sent_at),
    recovery_sent_at: stamp(user.recovery_sent_at),
    new_email: user.email_change ?? undefined,
    email_change_sent_at: stamp(user.email_change_sent_at),
    last_sign_in_at: stamp(user.last_sign_in_at),
    banned_until: stamp(user.banned_until),
    deleted_at: stamp(user.deleted_at),
    app_metadata: user.raw_app_meta_data,
    user_metadata: user.raw_user_meta_data,
    identities: user.identities.map(({ id, provider_id: providerId, ...identity }) => ({
      identity_id: id,
      id: providerId,
      ...identity,
    })),
    factors: user.factors.length > 0 ? user.factors : undefined,
    created_at: stamp(user.created_at),
    updated_at: stamp(user.updated_at),
    is_anonymous: user.is_anonymous,
  });
}

function stamp(date: Date | null): string | undefined {
  return date?.toISOString();
}

function withoutUndefined(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}
