import { setTimeout as delay } from 'node:timers/promises';
import { echoBindings, subscribeToChanges } from './changes/joining.ts';
import { Channel } from './channel.ts';
import { RealtimeError, unauthorizedRead } from './errors.ts';
import { parseJoin, type JoinConfig } from './join-config.ts';
import { describe } from './logger.ts';
import type { EventPush } from './messages.ts';
import { publicPermissions, readPermissions, type Permissions } from './permissions.ts';
import { parseReplay, type ReplayRequest } from './replay.ts';
import type { RealtimeSocket } from './socket.ts';
import { isApiKey, type VerifiedToken } from './tokens.ts';

const topicPrefix = 'realtime:';

/** Everything a join was granted. */
interface Admission {
  readonly channel: string;
  readonly config: JoinConfig;
  readonly token: VerifiedToken;
  readonly tokenText: string;
  readonly permissions: Readonly<Permissions>;
  readonly replay: ReplayRequest | null;
}

/** Answers a `phx_join`: admits the channel or says why not. Never throws. */
export async function joinChannel(socket: RealtimeSocket, push: EventPush): Promise<void> {
  const previous = socket.channels.get(push.topic);
  if (previous) previous.close();
  if (!push.topic.startsWith(topicPrefix)) {
    socket.reply(push, 'error', { reason: 'unmatched topic' });
    return;
  }
  try {
    await open(socket, push, await admit(socket, push));
  } catch (error) {
    await refuse(socket, push, error);
  }
}

async function admit(socket: RealtimeSocket, push: EventPush): Promise<Admission> {
  socket.joining++;
  try {
    return await check(socket, push);
  } finally {
    socket.joining--;
  }
}

/** Makes the checks in the order of the hosted server. */
async function check(socket: RealtimeSocket, push: EventPush): Promise<Admission> {
  const { limits, rates, authorizer } = socket.context;
  const channel = push.topic.slice(topicPrefix.length);
  if (channel === '') throw new RealtimeError('TopicNameRequired', 'You must provide a topic name');
  const config = parseJoin(push.payload);
  if (socket.context.isShuttingDown())
    throw new RealtimeError('RealtimeRestarting', 'Realtime is restarting, please standby');
  if (limits.privateOnly && !config.isPrivate)
    throw new RealtimeError('PrivateOnly', 'This project only allows private channels');
  if (!rates.joins.allow())
    throw new RealtimeError('ClientJoinRateLimitReached', 'Too many joins per second');
  if (socket.channelCount > limits.maxChannelsPerSocket)
    throw new RealtimeError('ChannelRateLimitReached', 'Too many channels');

  const tokenText = config.token === null || isApiKey(config.token) ? socket.connection.apiKey : config.token;
  const token = await socket.context.tokens.verify(tokenText);
  const subject = { channel, token, headersJson: socket.connection.headersJson };
  const permissions = config.isPrivate
    ? await readPermissions(authorizer, subject, config.presence.enabled)
    : publicPermissions;
  const replay = parseReplay(config.broadcast.replay, config.isPrivate, limits.maxReplayedMessages);
  if (replay && !permissions.readBroadcast) throw unauthorizedRead(channel);
  return { channel, config, token, tokenText, permissions, replay };
}

/** Subscribes first and holds live broadcasts back, so that nothing falls between replay and live. */
async function open(socket: RealtimeSocket, push: EventPush, admission: Admission): Promise<void> {
  if (!socket.isOpen) return;
  const echoed = echoBindings(admission.config);
  const channel = new Channel(socket, push, admission);
  try {
    const replay = admission.replay
      ? await socket.context.replayer.read(admission.channel, admission.replay)
      : null;
    const announceChanges = await subscribeToChanges(channel, echoed);
    if (!socket.isOpen) return channel.dispose();
    if (channel.isClosed) throw streamRestarted();
    socket.reply(push, 'ok', { postgres_changes: echoed });
    announceChanges();
    channel.start(replay);
  } catch (error) {
    channel.dispose();
    throw error;
  }
}

const streamRestarted = () =>
  new RealtimeError('InitializingProjectConnection', 'Realtime is initializing the project connection');

async function refuse(socket: RealtimeSocket, push: EventPush, error: unknown): Promise<void> {
  const { limits, logger } = socket.context;
  const known = error instanceof RealtimeError;
  if (known) logger.debug(`refused a join: ${error.reason}`);
  else logger.error(`a join failed`, describe(error));
  if (limits.joinErrorDelayMs > 0) await delay(limits.joinErrorDelayMs, undefined, { ref: false });
  socket.reply(push, 'error', { reason: known ? error.reason : 'Unknown Error on Channel' });
  if (known && error.code === 'ClientJoinRateLimitReached') socket.close(1001, 'disconnect');
}
