import { createClient } from '@supabase/supabase-js';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestStack, type TestStack } from '../../../stack/testing.ts';
import { broadcastsOf, joined } from './channels.ts';
import { RawSocket, refusedUpgrade } from './raw-socket.ts';

let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack();
});
afterAll(async () => {
  await stack?.stop();
});

const clientWith = (key: string) => createClient(stack.url, key, { auth: { persistSession: false } });

it('a person who signed in through the gateway hears their own private channel', async () => {
  const account = { email: 'ada@tandem.example', password: 'correct horse battery staple' };
  const admin = clientWith(stack.secretKey);
  const created = await admin.auth.admin.createUser({ ...account, email_confirm: true });
  expect(created.error).toBeNull();
  const client = clientWith(stack.publishableKey);
  const { data, error } = await client.auth.signInWithPassword(account);
  expect(error).toBeNull();
  await client.realtime.setAuth();

  const topic = `user:${data.user?.id}`;
  const channel = client.channel(topic, { config: { private: true } });
  const heard = broadcastsOf(channel);
  await joined(channel);
  const database = new Client({ connectionString: stack.adminUrl });
  await database.connect();
  await database.query(`select realtime.send('{"n": 1}', 'told', $1)`, [topic]);
  await database.end();
  expect(await heard.find(({ event }) => event === 'told')).toMatchObject({ payload: { n: 1 } });
  await client.removeAllChannels();
});

it('every kind of key connects, and httpSend passes the gateway', async () => {
  for (const key of [stack.publishableKey, stack.secretKey, stack.anonKey, stack.serviceRoleKey]) {
    const client = clientWith(key);
    const channel = client.channel('lobby', { config: { broadcast: { self: true } } });
    const heard = broadcastsOf(channel);
    await joined(channel);
    expect(await channel.httpSend('hello', { key: key.length })).toEqual({ success: true });
    await heard.find(({ event }) => event === 'hello');
    await client.removeAllChannels();
  }
});

it('the self-hosted path works, and other paths are no sockets', async () => {
  const socket = await RawSocket.open(
    stack.url,
    `apikey=${stack.publishableKey}&vsn=2.0.0`,
    '/socket/websocket',
  );
  await socket.heartbeat();
  socket.close();
  const refusal = await refusedUpgrade(stack.url, `apikey=${stack.publishableKey}`, {}, '/realtime/v1/other');
  expect(refusal).toEqual({ status: 404, body: { error: 'There is no WebSocket at this path' } });
});
