import { afterEach, describe, expect, it, vi } from 'vitest';
import { createRefreshOnce } from './refresh-once';

const address = 'http://api.example/auth/v1/token?grant_type=refresh_token';
const request = (token: string) => ({ method: 'POST', body: JSON.stringify({ refresh_token: token }) });

function server() {
  let count = 0;
  return vi.fn<typeof fetch>(async () => Response.json({ answer: ++count }));
}

afterEach(() => vi.useRealTimers());

describe('createRefreshOnce', () => {
  it('exchanges a token once for requests at the same time and shortly after', async () => {
    const send = server();
    const refresh = createRefreshOnce(send);
    const answers = await Promise.all([refresh(address, request('a')), refresh(address, request('a'))]);
    const late = await refresh(address, request('a'));
    expect(await Promise.all([...answers, late].map((answer) => answer.json()))).toEqual([
      { answer: 1 },
      { answer: 1 },
      { answer: 1 },
    ]);
    expect(send).toHaveBeenCalledTimes(1);
  });

  it('keeps different tokens apart', async () => {
    const send = server();
    const refresh = createRefreshOnce(send);
    await refresh(address, request('a'));
    expect(await (await refresh(address, request('b'))).json()).toEqual({ answer: 2 });
  });

  it('forgets after ten seconds', async () => {
    vi.useFakeTimers();
    const send = server();
    const refresh = createRefreshOnce(send);
    await refresh(address, request('a'));
    vi.advanceTimersByTime(10_001);
    await refresh(address, request('a'));
    expect(send).toHaveBeenCalledTimes(2);
  });

  it('does not keep a refusal or a failure', async () => {
    const send = vi
      .fn<typeof fetch>()
      .mockResolvedValueOnce(new Response('{}', { status: 400 }))
      .mockRejectedValueOnce(new TypeError('fetch failed'))
      .mockResolvedValueOnce(Response.json({ answer: 1 }));
    const refresh = createRefreshOnce(send);
    expect((await refresh(address, request('a'))).status).toBe(400);
    await expect(refresh(address, request('a'))).rejects.toThrow('fetch failed');
    expect((await refresh(address, request('a'))).status).toBe(200);
  });

  it('leaves every other request alone', async () => {
    const send = server();
    const refresh = createRefreshOnce(send);
    await refresh('http://api.example/rest/v1/customers');
    await refresh('http://api.example/rest/v1/customers');
    expect(send).toHaveBeenCalledTimes(2);
  });
});
