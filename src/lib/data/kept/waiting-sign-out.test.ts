import { describe, expect, it } from 'vitest';
import { settleSignOut, WAITING } from './waiting-sign-out';

function browser() {
  const names = new Set([WAITING]);
  const marks = {
    has: async (name: string) => names.has(name),
    delete: async (name: string) => names.delete(name),
  };
  return { names, marks };
}

describe('a sign-out that waits for the server', () => {
  it('is over once the server has led elsewhere, or knows of no session', async () => {
    for (const answer of [
      Response.redirect('https://app.test/sign-in', 303),
      new Response(null, { status: 403 }),
    ]) {
      const { names, marks } = browser();
      expect(await settleSignOut(marks, async () => answer)).toBe(true);
      expect(names.size).toBe(0);
      expect(await settleSignOut(marks, () => Promise.reject(new Error('asked again')))).toBe(false);
    }
  });

  it('waits on while there is no network, or a server that fails: the session may still be there', async () => {
    const { names, marks } = browser();
    await expect(settleSignOut(marks, () => Promise.reject(new TypeError('offline')))).rejects.toThrow();
    for (const status of [500, 502, 503]) {
      await expect(settleSignOut(marks, async () => new Response(null, { status }))).rejects.toThrow();
    }
    expect([...names]).toEqual([WAITING]);
  });
});
