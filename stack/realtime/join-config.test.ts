import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJoin } from './join-config.ts';
import { parseReplay } from './replay.ts';

describe('the payload of a join', () => {
  it('is read as the official client writes it', () => {
    const binding = { event: '*', schema: 'public', table: 't' };
    expect(
      parseJoin({
        config: {
          broadcast: { ack: true, self: 'True', replay: { since: 1 }, replication_ready: true },
          presence: { enabled: true, key: 'k' },
          postgres_changes: [binding, null],
          postgres_changes_options: { wait: true, timeout: 60_000 },
          private: 'false',
        },
        access_token: 'token',
      }),
    ).toEqual({
      isPrivate: false,
      broadcast: { ack: true, self: true, replicationReady: true, replay: { since: 1 } },
      presence: { enabled: true, key: 'k' },
      postgresChanges: [binding],
      changesWaitMs: 20_000,
      token: 'token',
    });
  });

  it('waits for changes as long as it says, within limits, or not at all', () => {
    const wait = (postgres_changes_options: unknown) =>
      parseJoin({ config: { postgres_changes_options } }).changesWaitMs;
    expect([{ wait: true }, { wait: 'TRUE', timeout: 50 }, { wait: true, timeout: -1 }].map(wait)).toEqual([
      15_000, 50, 15_000,
    ]);
    expect([undefined, { wait: false, timeout: 5 }, 'wait', { timeout: 5 }].map(wait)).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });

  it('prefers user_token, as older clients send it', () => {
    expect(parseJoin({ user_token: 'a', access_token: 'b' }).token).toBe('a');
  });

  it('never fails, and an empty presence key becomes one of its own', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (payload, config) => {
        for (const { presence } of [parseJoin(payload), parseJoin({ config })])
          expect(presence.key).not.toBe('');
      }),
    );
  });
});

describe('what a join wants replayed', () => {
  it('is at most what the server gives', () => {
    expect(parseReplay({ since: 5, limit: 100 }, true, 25)).toEqual({ since: 5, limit: 25 });
    expect(parseReplay({ since: 5 }, true, 25)).toEqual({ since: 5, limit: 25 });
    expect(parseReplay(undefined, false, 25)).toBeNull();
  });

  it.each([[{}], [{ since: 'x' }], [{ since: 1.5 }], [{ since: 1e300 }], [{ since: 1, limit: -1 }]])(
    'is refused as %j',
    (replay) => {
      expect(() => parseReplay(replay, true, 25)).toThrow('Replay params are not valid');
    },
  );

  it('is not to be had on public channels', () => {
    expect(() => parseReplay({ since: 1 }, false, 25)).toThrow('Replay is not allowed for public channels');
  });
});
