import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { HoldEvent } from './events';
import {
  expireHolds,
  follow,
  HoldSender,
  HOLD_TIMEOUT_MS,
  receiveHold,
  receiveRelease,
  type Holds,
} from './holds';

const hold = (fields: Partial<HoldEvent> = {}): HoldEvent => ({
  user_id: 'lena',
  customer_id: 'acme',
  status: 'lead',
  index: 0,
  x: 0,
  y: 0,
  ...fields,
});
const everyone = () => true;

describe('cards in other hands', () => {
  it('are shown only for members, never for a name that a message claims', () => {
    const holds = receiveHold(new Map(), hold({ user_id: 'stranger' }), 0, (id) => id === 'lena');
    expect(holds.size).toBe(0);
    expect(receiveHold(holds, hold(), 0, (id) => id === 'lena').get('lena')?.customer_id).toBe('acme');
  });

  it('end when released, but not by the late release of an earlier card', () => {
    const holds = receiveHold(new Map(), hold({ customer_id: 'second' }), 0, everyone);
    expect(receiveRelease(holds, { user_id: 'lena', customer_id: 'first' })).toBe(holds);
    expect(receiveRelease(holds, { user_id: 'lena', customer_id: 'second' }).size).toBe(0);
  });

  it('end after three seconds without news', () => {
    const holds: Holds = receiveHold(new Map(), hold(), 1_000, everyone);
    expect(expireHolds(holds, 1_000 + HOLD_TIMEOUT_MS - 1)).toBe(holds);
    expect(expireHolds(holds, 1_000 + HOLD_TIMEOUT_MS).size).toBe(0);
  });
});

it('a follower comes nearer with every frame and never overshoots', () => {
  const coordinate = fc.integer({ min: -2000, max: 2000 });
  const position = fc.record({ x: coordinate, y: coordinate });
  fc.assert(
    fc.property(position, position, fc.integer({ min: 1, max: 500 }), (drawn, heard, elapsed) => {
      const next = follow(drawn, heard, elapsed);
      expect(Math.abs(heard.x - next.x)).toBeLessThanOrEqual(Math.abs(heard.x - drawn.x));
      expect((heard.x - drawn.x) * (heard.x - next.x)).toBeGreaterThanOrEqual(0);
    }),
  );
});

describe('telling others', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('happens at most ten times a second, ends with the newest position, and goes on while the hand is still', () => {
    const send = vi.fn();
    const sender = new HoldSender(send, 'me');
    for (let step = 0; step < 100; step++) {
      sender.move(hold({ x: step }));
      vi.advanceTimersByTime(10);
    }
    vi.advanceTimersByTime(100);
    expect(send.mock.calls.length).toBeLessThanOrEqual(12);
    expect(send.mock.lastCall).toEqual(['hold', { ...hold({ x: 99 }), user_id: 'me' }]);
    const sent = send.mock.calls.length;
    vi.advanceTimersByTime(2_500);
    expect(send.mock.calls.length).toBe(sent + 2);
    sender.release();
    vi.advanceTimersByTime(5_000);
    expect(send.mock.lastCall).toEqual(['release', { user_id: 'me', customer_id: 'acme' }]);
    expect(send.mock.calls.length).toBe(sent + 3);
  });
});
