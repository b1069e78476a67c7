import { describe, expect, it } from 'vitest';
import { MemoryAttempts } from './memory-attempts';

function setUp(most?: number) {
  const clock = { now: 1_000_000 };
  return { clock, attempts: new MemoryAttempts(most, () => clock.now) };
}
type Attempts = MemoryAttempts;

const fail = (attempts: Attempts, times: number, account: () => string, address: () => string | null) => {
  for (let count = 0; count < times; count++) {
    const attempt = attempts.begin(account(), address());
    expect(attempt.retryAfter).toBeNull();
    void attempt.finish?.('failed');
  }
};
let last = 0;
const another = (): string => `one ${++last}`;

describe('MemoryAttempts', () => {
  it('refuses after five failures of an account or of an address, until the first is 15 minutes old', () => {
    const { attempts, clock } = setUp();
    fail(attempts, 5, () => 'ada', another);
    expect(attempts.begin('ada', another()).retryAfter).toBe(900);
    clock.now += 899_000;
    expect(attempts.begin('ada', another()).retryAfter).toBe(1);
    clock.now += 1_000;
    expect(attempts.begin('ada', another()).retryAfter).toBeNull();
    fail(attempts, 5, another, () => '192.0.2.1');
    expect(attempts.begin(another(), '192.0.2.1').retryAfter).toBe(900);
  });

  it('forgives the account when it succeeds, never the address', () => {
    const { attempts } = setUp();
    fail(
      attempts,
      4,
      () => 'ada',
      () => '192.0.2.1',
    );
    void attempts.begin('ada', '192.0.2.1').finish?.('succeeded');
    fail(
      attempts,
      1,
      () => 'ada',
      () => '192.0.2.1',
    );
    expect(attempts.begin(another(), '192.0.2.1').retryAfter).toBe(900);
    expect(attempts.begin('ada', another()).retryAfter).toBeNull();
  });

  it('counts tries under way, and not those that Auth never looked at', () => {
    const { attempts } = setUp();
    const tries = Array.from({ length: 8 }, () => attempts.begin('ada', null));
    expect(tries.filter(({ retryAfter }) => retryAfter === null)).toHaveLength(5);
    for (const attempt of tries) void attempt.finish?.('abandoned');
    expect(attempts.begin('ada', null).retryAfter).toBeNull();
  });

  it('remembers no more than it may', () => {
    const { attempts } = setUp(100);
    fail(attempts, 1_000, another, another);
    expect(attempts.size).toBeLessThanOrEqual(100);
  });
});
