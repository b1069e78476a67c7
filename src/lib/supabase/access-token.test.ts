import { describe, expect, it, vi } from 'vitest';
import { createAccessTokenSource } from './access-token';

const issue = (access_token: string, expires_at: number) => ({ access_token, expires_at });

describe('createAccessTokenSource', () => {
  it('asks once for any number of callers at the same time', async () => {
    const request = vi.fn(async () => issue('one', 3600));
    const accessToken = createAccessTokenSource({ request, onSignedOut: vi.fn(), now: () => 0 });
    expect(await Promise.all([accessToken(), accessToken(), accessToken()])).toEqual(['one', 'one', 'one']);
    expect(request).toHaveBeenCalledTimes(1);
  });

  it('asks again a minute before the token ends', async () => {
    let seconds = 0;
    const request = vi.fn(async () => issue(`at ${seconds}`, seconds + 300));
    const accessToken = createAccessTokenSource({ request, onSignedOut: vi.fn(), now: () => seconds * 1000 });
    expect(await accessToken()).toBe('at 0');
    seconds = 239;
    expect(await accessToken()).toBe('at 0');
    seconds = 240;
    expect(await accessToken()).toBe('at 240');
  });

  it('tells that the session has ended', async () => {
    const onSignedOut = vi.fn();
    const accessToken = createAccessTokenSource({ request: async () => null, onSignedOut });
    expect(await accessToken()).toBeNull();
    expect(onSignedOut).toHaveBeenCalledTimes(1);
  });

  it('does not remember a failure', async () => {
    const request = vi
      .fn()
      .mockRejectedValueOnce(new TypeError('Failed to fetch'))
      .mockResolvedValueOnce(issue('two', 3600));
    const accessToken = createAccessTokenSource({ request, onSignedOut: vi.fn(), now: () => 0 });
    await expect(accessToken()).rejects.toThrow();
    expect(await accessToken()).toBe('two');
  });
});
