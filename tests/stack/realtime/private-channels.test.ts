import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { broadcastsOf, joined, refused, subscribe, systemMessagesOf } from './channels.ts';
import { keys, renewToken, signToken } from './harness.ts';
import { roomPolicies } from './policies.ts';
import { RawSocket } from './raw-socket.ts';
import { useRealtime } from './use-realtime.ts';

const { cluster, server } = useRealtime({
  prepare: roomPolicies,
  // Hundreds of joins may be under way on one socket at once.
  limits: { maxChannelsPerSocket: 1_000 },
});

interface Member {
  readonly room: string;
  readonly user: string;
  readonly token: string;
}

async function member(
  room: string = randomUUID(),
  rights: { can_write?: boolean; presence?: boolean; broadcast?: boolean } = {},
): Promise<Member> {
  const user = randomUUID();
  const { can_write = true, presence = true, broadcast = true } = rights;
  await cluster.sql('insert into room_members values ($1, $2, $3, $4, $5)', [
    room,
    user,
    can_write,
    presence,
    broadcast,
  ]);
  return { room, user, token: await signToken({ sub: user }) };
}

const privateChannel = ({ room, token }: Member, config: object = {}, vsn: '1.0.0' | '2.0.0' = '2.0.0') =>
  server.client({ token, vsn }).channel(room, { config: { private: true, ...config } });

const unauthorized = (room: string) =>
  `Unauthorized: You do not have permissions to read from this Channel topic: ${room}`;

describe('joining a private channel', () => {
  it('is granted to whom a select policy admits', async () => {
    await joined(privateChannel(await member()));
  });

  it('is refused to everybody else, with the topic in the reason', async () => {
    const { room } = await member();
    const stranger = { room, user: '', token: await signToken({ sub: randomUUID() }) };
    expect(await refused(privateChannel(stranger))).toBe(unauthorized(room));
    const anonymous = server.client().channel(room, { config: { private: true } });
    expect(await refused(anonymous)).toBe(unauthorized(room));
  });

  it('is granted to the secret key, which no policy binds', async () => {
    await joined(server.client({ key: keys.secret }).channel(randomUUID(), { config: { private: true } }));
  });

  it('leaves no probe behind', async () => {
    await joined(privateChannel(await member()));
    expect(
      await cluster.sql('select * from realtime.messages where topic is not null and payload is null'),
    ).toEqual([]);
  });

  it('is granted right after the broadcast that announces the right to it, however busy the database', async () => {
    const user = randomUUID();
    const token = await signToken({ sub: user });
    const announced = server
      .client({ key: keys.secret })
      .channel('announcements', { config: { private: true } });
    const answers: Promise<unknown>[] = [];
    const raw = await RawSocket.open(server.url, `apikey=${keys.publishable}&vsn=2.0.0`);
    // Asked the moment the announcement arrives: a snapshot taken then may not have the row yet.
    announced.on('broadcast', { event: 'admitted' }, ({ payload }: { payload: { room: string } }) => {
      const ref = `join ${payload.room}`;
      raw.push(ref, ref, `realtime:${payload.room}`, 'phx_join', {
        config: { private: true },
        access_token: token,
      });
      raw.push(ref, null, `realtime:${payload.room}`, 'phx_leave');
      answers.push(raw.reply(ref));
    });
    await joined(announced);
    const writers = Array.from({ length: 6 }, async (_, writer) => {
      const client = new Client({ connectionString: cluster.adminUrl });
      await client.connect();
      for (let n = 0; n < 50; n++) {
        await client.query('begin');
        await client.query('insert into room_members values ($1, $2)', [`${writer}-${n}`, user]);
        await client.query(
          `select realtime.send(jsonb_build_object('room', $1::text), 'admitted', 'announcements')`,
          [`${writer}-${n}`],
        );
        await client.query('commit');
      }
      await client.end();
    });
    await Promise.all(writers);
    await expect.poll(() => answers.length, { timeout: 8_000 }).toBe(300);
    expect(new Set((await Promise.all(answers)).map((answer) => JSON.stringify(answer)))).toEqual(
      new Set([JSON.stringify({ status: 'ok', response: { postgres_changes: [] } })]),
    );
    raw.close();
  });

  it('is refused, not broken, by a role that does not exist or a topic that no text can hold', async () => {
    const token = await signToken({ role: 'nobody_knows', sub: randomUUID() });
    expect(await refused(privateChannel({ room: 'any', user: '', token }))).toBe(unauthorized('any'));
    const { token: known } = await member();
    expect(await refused(privateChannel({ room: 'a\0b', user: '', token: known }))).toBe(
      unauthorized('a\0b'),
    );
  });

  it('never lets a token act as a superuser', async () => {
    const token = await signToken({ role: 'supabase_admin' });
    expect(await refused(privateChannel({ room: 'any', user: '', token }))).toBe(unauthorized('any'));
  });
});

describe('a private channel', () => {
  it('is another channel than the public one of its name', async () => {
    const insider = await member();
    const inside = privateChannel(insider);
    const outside = server.client().channel(insider.room);
    const [heardInside, heardOutside] = [broadcastsOf(inside), broadcastsOf(outside)];
    await Promise.all([joined(inside), joined(outside)]);
    const [privateSender, publicSender] = [
      privateChannel(await member(insider.room)),
      server.client().channel(insider.room),
    ];
    await Promise.all([joined(privateSender), joined(publicSender)]);

    await privateSender.send({ type: 'broadcast', event: 'secret', payload: {} });
    await publicSender.send({ type: 'broadcast', event: 'open', payload: {} });

    await heardInside.count(1);
    await heardOutside.count(1);
    expect(heardInside.values.map(({ event }) => event)).toEqual(['secret']);
    expect(heardOutside.values.map(({ event }) => event)).toEqual(['open']);
  });

  it('takes broadcasts only from whom an insert policy admits, and leaves the others unanswered', async () => {
    const reader = await member(undefined, { can_write: false });
    const writer = await member(reader.room);
    const readerChannel = privateChannel(reader, { broadcast: { ack: true } });
    const writerChannel = privateChannel(writer, { broadcast: { ack: true } });
    const heard = broadcastsOf(writerChannel);
    const heardByReader = broadcastsOf(readerChannel);
    await Promise.all([joined(readerChannel), joined(writerChannel)]);

    const denied = readerChannel.send({ type: 'broadcast', event: 'no', payload: {} }, { timeout: 300 });
    expect(await denied).toBe('timed out');
    expect(await writerChannel.send({ type: 'broadcast', event: 'yes', payload: {} })).toBe('ok');
    await heardByReader.find(({ event }) => event === 'yes');
    expect(heard.values).toEqual([]);
  });

  it('gives no broadcasts to whom only presence is readable', async () => {
    const onlyPresence = await member(undefined, { broadcast: false });
    const writer = await member(onlyPresence.room);
    const channel = privateChannel(onlyPresence, { presence: { enabled: true } });
    const writerChannel = privateChannel(writer);
    const heard = broadcastsOf(channel);
    const witness = privateChannel(await member(onlyPresence.room));
    const heardByWitness = broadcastsOf(witness);
    await Promise.all([joined(channel), joined(writerChannel), joined(witness)]);
    await writerChannel.send({ type: 'broadcast', event: 'words', payload: {} });
    await heardByWitness.count(1);
    expect(heard.values).toEqual([]);
  });

  it('keeps its first answer about sending until a new token comes', async () => {
    const writer = await member();
    const channel = privateChannel(writer, { broadcast: { ack: true } });
    await joined(channel);
    expect(await channel.send({ type: 'broadcast', event: 'one', payload: {} })).toBe('ok');
    await cluster.sql('update room_members set can_write = false where user_id = $1', [writer.user]);
    expect(await channel.send({ type: 'broadcast', event: 'two', payload: {} })).toBe('ok');
  });
});

describe('a new token on a private channel', () => {
  it('keeps the channel when it still admits, and is judged anew for sending', async () => {
    const writer = await member();
    const client = server.client({ token: writer.token });
    const channel = client.channel(writer.room, { config: { private: true, broadcast: { ack: true } } });
    await joined(channel);
    expect(await channel.send({ type: 'broadcast', event: 'one', payload: {} })).toBe('ok');
    await cluster.sql('update room_members set can_write = false where user_id = $1', [writer.user]);
    await renewToken(client, await signToken({ sub: writer.user, session_id: 'two' }));
    expect(await channel.send({ type: 'broadcast', event: 'two', payload: {} }, { timeout: 300 })).toBe(
      'timed out',
    );
    expect(channel.state).toBe('joined');
  });

  it('ends the channel when it no longer admits', async () => {
    const insider = await member();
    const client = server.client({ token: insider.token });
    const channel = client.channel(insider.room, { config: { private: true } });
    const system = systemMessagesOf(channel);
    const status = subscribe(channel);
    await status.find((change) => change.status === 'SUBSCRIBED');
    await renewToken(client, await signToken({ sub: randomUUID() }));
    await status.find((change) => change.status === 'CLOSED');
    expect(system.values).toEqual([
      {
        extension: 'system',
        status: 'error',
        message: `You do not have permissions to read from this Channel topic: ${insider.room}`,
        channel: insider.room,
      },
    ]);
  });

  it('ends the channel when it takes one of two permissions away', async () => {
    const insider = await member();
    const lesser = await member(insider.room, { presence: false });
    const client = server.client({ token: insider.token });
    const config = { private: true, presence: { enabled: true } };
    const channel = client.channel(insider.room, { config });
    const system = systemMessagesOf(channel);
    const status = subscribe(channel);
    await status.find((change) => change.status === 'SUBSCRIBED');
    await renewToken(client, lesser.token);
    await status.find((change) => change.status === 'CLOSED');
    expect(system.values.map(({ message }) => message)).toEqual([
      `You no longer have permission to read from this Channel topic: ${insider.room}`,
    ]);
  });
});
