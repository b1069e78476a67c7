import { randomUUID } from 'node:crypto';
import type { RealtimeChannel } from '@supabase/supabase-js';
import { describe, expect, it } from 'vitest';
import { Inbox, joined, refused, subscribe, systemMessagesOf } from './channels.ts';
import { signToken } from './harness.ts';
import { roomPolicies } from './policies.ts';
import { useRealtime } from './use-realtime.ts';

const { cluster, server } = useRealtime({
  prepare: roomPolicies,
  limits: { presenceCallsPerWindow: 20, maxPayloadBytes: 10_000 },
});

/** What a channel's presence looks like whenever it has changed: key → tracked fields. */
function presenceOf(channel: RealtimeChannel): Inbox<Record<string, unknown[]>> {
  const inbox = new Inbox<Record<string, unknown[]>>();
  channel.on('presence', { event: 'sync' }, () => inbox.push(fields(channel.presenceState())));
  return inbox;
}

function fields(state: Record<string, { presence_ref: string }[]>): Record<string, unknown[]> {
  return Object.fromEntries(
    Object.entries(state).map(([key, metas]) => [
      key,
      metas.map((meta) =>
        Object.fromEntries(Object.entries(meta).filter(([name]) => name !== 'presence_ref')),
      ),
    ]),
  );
}

const same = (expected: unknown) => (state: unknown) => JSON.stringify(state) === JSON.stringify(expected);
const withKey = (key: string) => ({ config: { presence: { key } } });

describe.each(['1.0.0', '2.0.0'] as const)('presence over protocol %s', (vsn) => {
  it('tells everybody who is there, who comes and who goes', async () => {
    const topic = randomUUID();
    const ada = server.client({ vsn }).channel(topic, withKey('ada'));
    const ben = server.client({ vsn }).channel(topic, withKey('ben'));
    const [seenByAda, seenByBen] = [presenceOf(ada), presenceOf(ben)];
    await joined(ada);
    expect(await ada.track({ page: 'board' })).toBe('ok');
    await seenByAda.find(same({ ada: [{ page: 'board' }] }));
    await joined(ben);
    await seenByBen.find(same({ ada: [{ page: 'board' }] }));
    expect(await ben.track({ page: 'card' })).toBe('ok');
    await seenByAda.find(same({ ada: [{ page: 'board' }], ben: [{ page: 'card' }] }));
    expect(await ben.untrack()).toBe('ok');
    await expect
      .poll(() => fields(ada.presenceState()), { timeout: 8_000 })
      .toEqual({ ada: [{ page: 'board' }] });
  });

  it('replaces what a channel tracked, and lets it go with its socket', async () => {
    const topic = randomUUID();
    const watcher = server.client({ vsn }).channel(topic);
    const seen = presenceOf(watcher);
    const client = server.client({ vsn });
    const channel = client.channel(topic, withKey('eve'));
    await Promise.all([joined(watcher), joined(channel)]);
    await channel.track({ n: 1 });
    await seen.find(same({ eve: [{ n: 1 }] }));
    await channel.track({ n: 2 });
    await seen.find(same({ eve: [{ n: 2 }] }));
    await client.realtime.disconnect();
    await expect.poll(() => watcher.presenceState(), { timeout: 8_000 }).toEqual({});
  });
});

describe('presence', () => {
  it('keeps one entry per channel under a shared key', async () => {
    const topic = randomUUID();
    const tabs = [1, 2].map(() => server.client().channel(topic, withKey('same')));
    const watcher = server.client().channel(topic);
    const seen = presenceOf(watcher);
    await Promise.all([...tabs, watcher].map(joined));
    await Promise.all(tabs.map((tab, index) => tab.track({ tab: index })));
    const state = await seen.find(({ same: metas }) => metas?.length === 2);
    expect(state['same']).toHaveLength(2);
  });

  it('is turned on by the first track, with the state of before', async () => {
    const topic = randomUUID();
    const early = server.client().channel(topic, withKey('early'));
    await joined(early);
    await early.track({ first: true });
    const late = server.client().channel(topic, withKey('late'));
    await joined(late); // no presence callback: joined without presence
    await late.track({ first: false });
    const states = new Inbox<unknown>();
    const poll = setInterval(() => states.push(Object.keys(late.presenceState()).sort()), 5);
    await states.find(same(['early', 'late'])).finally(() => clearInterval(poll));
  });

  it('comes through a crowd joining at once complete and without doubles', async () => {
    const topic = randomUUID();
    const crowd = Array.from({ length: 30 }, (_, index) =>
      server.client().channel(topic, withKey(`p${String(index).padStart(2, '0')}`)),
    );
    const seen = crowd.map(presenceOf);
    await Promise.all(crowd.map(async (channel, index) => (await joined(channel), channel.track({ index }))));
    await Promise.all(seen.map((inbox) => inbox.find((state) => Object.keys(state).length === 30)));
    for (const channel of crowd)
      expect(Object.values(channel.presenceState()).every((metas) => metas.length === 1)).toBe(true);
  });

  it('survives keys and fields named like the machinery of objects', async () => {
    const topic = randomUUID();
    const odd = server.client().channel(topic, withKey('constructor'));
    const seen = presenceOf(odd);
    await joined(odd);
    expect(await odd.track({ toString: 1, phx_ref: 'mine' })).toBe('ok');
    const state = await seen.find((value) => Object.hasOwn(value, 'constructor'));
    expect(Object.entries(state)).toEqual([['constructor', [{ toString: 1 }]]]);
  });

  it('refuses what is not a map and ends a channel that exceeds the limits', async () => {
    const channel = server.client().channel(randomUUID());
    const system = systemMessagesOf(channel);
    const status = subscribe(channel);
    await status.find((change) => change.status === 'SUBSCRIBED');
    expect(await channel.send({ type: 'presence', event: 'track', payload: [1] })).toBe('error');
    expect(await channel.send({ type: 'presence', event: 'dance', payload: {} })).toBe('error');
    void channel.track({ text: 'x'.repeat(20_000) });
    await status.find((change) => change.status === 'CLOSED');
    expect(system.values).toMatchObject([{ status: 'error', message: 'Track message size exceeded' }]);
  });

  it('ends a channel that calls too often', async () => {
    const channel = server.client().channel(randomUUID());
    const system = systemMessagesOf(channel);
    const status = subscribe(channel);
    await status.find((change) => change.status === 'SUBSCRIBED');
    for (let n = 0; n < 21; n++) void channel.track({ n });
    await status.find((change) => change.status === 'CLOSED');
    expect(system.values).toMatchObject([
      { status: 'error', message: 'Client presence rate limit exceeded' },
    ]);
  });
});

describe('presence on a private channel', () => {
  const member = async (room: string, presence: boolean, can_write = true) => {
    const user = randomUUID();
    await cluster.sql('insert into room_members values ($1, $2, $3, $4)', [room, user, can_write, presence]);
    return server.client({ token: await signToken({ sub: user }) });
  };
  const config = (key: string) => ({ config: { private: true, presence: { key, enabled: true } } });

  it('is hidden from whom the policy denies it, and not theirs to write', async () => {
    const room = randomUUID();
    const seer = (await member(room, true)).channel(room, config('seer'));
    const blind = (await member(room, false)).channel(room, config('blind'));
    const silent = (await member(room, true, false)).channel(room, config('silent'));
    const [seen, unseen] = [presenceOf(seer), presenceOf(blind)];
    await Promise.all([seer, blind, silent].map(joined));
    expect(await blind.track({})).toBe('error');
    expect(await silent.track({})).toBe('error');
    expect(await seer.track({ here: true })).toBe('ok');
    await seen.find(same({ seer: [{ here: true }] }));
    expect(unseen.values).toEqual([]);
  });

  it('alone does not admit whom no policy lets in', async () => {
    const client = server.client({ token: await signToken({ sub: randomUUID() }) });
    expect(await refused(client.channel('room', config('x')))).toMatch(/^Unauthorized: /);
  });
});
