import type { AuthorizationSubject, Authorizer } from './authorization.ts';
import { unauthorizedRead } from './errors.ts';

/** What a channel may do; null where the policies have not been asked yet. */
export interface Permissions {
  readBroadcast: boolean;
  readPresence: boolean | null;
  writeBroadcast: boolean | null;
  writePresence: boolean | null;
}

/** A public channel is open to everyone who may connect. */
export const publicPermissions: Readonly<Permissions> = {
  readBroadcast: true,
  readPresence: true,
  writeBroadcast: true,
  writePresence: true,
};

/**
 * Evaluates the read policies of a private channel. Writing is judged when it is first tried.
 * @param presence whether to ask for presence as well; if not, that too is judged when first needed
 * @throws RealtimeError Unauthorized when nothing may be read, or that the database cannot be asked
 */
export async function readPermissions(
  authorizer: Authorizer,
  subject: AuthorizationSubject,
  presence: boolean,
): Promise<Permissions> {
  const allowed = await authorizer.allowed(
    'read',
    subject,
    presence ? ['broadcast', 'presence'] : ['broadcast'],
  );
  if (allowed.size === 0) throw unauthorizedRead(subject.channel);
  return {
    readBroadcast: allowed.has('broadcast'),
    readPresence: presence ? allowed.has('presence') : null,
    writeBroadcast: null,
    writePresence: null,
  };
}
