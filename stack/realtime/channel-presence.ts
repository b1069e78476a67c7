import type { Channel } from './channel.ts';
import { RealtimeError } from './errors.ts';
import { describe } from './logger.ts';
import type { EventPush } from './messages.ts';
import { isDeeperThan, isRecord, maxNesting } from './values.ts';

/** Handles a `presence` message: track or untrack. */
export function handlePresence(channel: Channel, push: EventPush): void | Promise<void> {
  const payload = isRecord(push.payload) ? push.payload : {};
  const { event } = payload;
  if (typeof event !== 'string') {
    channel.reply(push, 'ok', {});
    return;
  }
  if (!channel.presenceCalls.allow()) {
    channel.shutDown('Client presence rate limit exceeded');
    return;
  }
  switch (event.toLowerCase()) {
    case 'track':
      return track(channel, push, payload['payload'] ?? {});
    case 'untrack':
      untrack(channel);
      channel.reply(push, 'ok', {});
      return;
    default:
      channel.reply(push, 'error', {});
  }
}

function track(channel: Channel, push: EventPush, presence: unknown): void | Promise<void> {
  if (channel.permissions.writePresence === null) return authorize(channel, push, presence);
  if (channel.permissions.writePresence) enter(channel, push, presence);
  else channel.reply(push, 'error', {});
}

/** A channel that joined without presence has not been judged for reading it either. */
async function authorize(channel: Channel, push: EventPush, presence: unknown): Promise<void> {
  const { authorizer, logger } = channel.socket.context;
  try {
    if (channel.permissions.readPresence === null) {
      const readable = await authorizer.allowed('read', channel.subject, ['presence']);
      channel.permissions.readPresence = readable.has('presence');
    }
    const writable = await authorizer.allowed('write', channel.subject, ['presence']);
    channel.permissions.writePresence = writable.has('presence');
  } catch (error) {
    if (!(error instanceof RealtimeError)) throw error;
    logger.warn(`UnableToHandlePresence: ${describe(error)}`);
    channel.reply(push, 'error', {});
    return;
  }
  if (channel.isClosed) return;
  if (channel.permissions.writePresence) enter(channel, push, presence);
  else channel.reply(push, 'error', {});
}

function enter(channel: Channel, push: EventPush, presence: unknown): void {
  const { limits, rates } = channel.socket.context;
  if (!isRecord(presence)) {
    channel.reply(push, 'error', { reason: 'Presence track payload must be a map' });
    return;
  }
  if (isDeeperThan(presence, maxNesting)) {
    channel.reply(push, 'error', { reason: 'Presence track payload is nested too deeply' });
    return;
  }
  const json = JSON.stringify(presence);
  if (json !== channel.tracked) {
    if (json.length > limits.maxPayloadBytes) return channel.shutDown('Track message size exceeded');
    if (!rates.presence.allow()) return channel.shutDown('Too many presence messages per second');
    channel.tracked = json;
    channel.bus.presence.track(channel, channel.config.presence.key, presence);
  }
  channel.reply(push, 'ok', {});
  if (!channel.presenceEnabled) {
    // The first track turns presence on; without the state this client could not use a single diff.
    channel.presenceEnabled = true;
    channel.sendPresenceState();
  }
}

function untrack(channel: Channel): void {
  if (channel.tracked === null) return;
  channel.tracked = null;
  channel.bus.presence.untrack(channel, channel.config.presence.key);
}
