import type { Channel } from './channel.ts';
import { RealtimeError } from './errors.ts';
import { readPermissions } from './permissions.ts';
import { isApiKey } from './tokens.ts';
import { isRecord } from './values.ts';

/** Handles an `access_token` message, which has no reply: the channel goes on, or ends saying why. */
export function refreshToken(channel: Channel, payload: unknown): void | Promise<void> {
  const token = isRecord(payload) ? payload['access_token'] : null;
  if (typeof token !== 'string' || isApiKey(token) || token === channel.tokenText) return;
  return apply(channel, token);
}

async function apply(channel: Channel, tokenText: string): Promise<void> {
  const { tokens, authorizer, expiry } = channel.socket.context;
  const before = channel.permissions;
  try {
    const token = await tokens.verify(tokenText);
    if (channel.isClosed) return;
    channel.token = token;
    channel.tokenText = tokenText;
    if (channel.config.isPrivate) {
      const presence = before.readPresence !== null;
      channel.permissions = await readPermissions(authorizer, channel.subject, presence);
    }
    if (channel.isClosed) return;
    const { readBroadcast, readPresence } = channel.permissions;
    const revoked =
      (before.readBroadcast && !readBroadcast) || (before.readPresence && readPresence === false);
    if (revoked)
      channel.shutDown(`You no longer have permission to read from this Channel topic: ${channel.name}`);
    else {
      expiry.watch(channel, token.expiresAt);
      if (before.readPresence === false && readPresence) channel.sendPresenceState();
      await channel.changes?.renew();
    }
  } catch (error) {
    if (!(error instanceof RealtimeError)) throw error;
    // A database that is away says nothing about the right to listen: let the client come back.
    if (isRefusal(error)) channel.shutDown(error.message);
    else channel.crash();
  }
}

const refusals = new Set(['Unauthorized', 'InvalidJWTToken', 'MalformedJWT', 'JwtSignatureError']);
const isRefusal = (error: RealtimeError) => error.code !== null && refusals.has(error.code);
