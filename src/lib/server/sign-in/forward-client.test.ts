import { describe, expect, it, vi } from 'vitest';
import { forwardClient } from './forward-client';

const env = {
  supabaseUrl: 'http://api.example',
  publishableKey: 'sb_publishable_p',
  secretKey: 'sb_secret_s',
};
const client = { address: '192.0.2.1', userAgent: 'Mozilla/5.0 (X11)', requestId: 'request-1' };
const session = '0b7c1d3e-0000-4000-8000-000000000001';
const token = ['e30', Buffer.from(JSON.stringify({ session_id: session })).toString('base64url'), 'x'].join(
  '.',
);

function setUp(answer: () => Response, secretKey: string | undefined = env.secretKey) {
  const send = vi.fn<typeof fetch>(async () => answer());
  const note = vi.fn(async () => {});
  const forward = forwardClient(send, { ...env, secretKey }, client, note);
  const sent = () => new Headers(send.mock.lastCall?.[1]?.headers);
  return { forward, note, sent };
}
const publishable = { apikey: env.publishableKey, authorization: `Bearer ${env.publishableKey}` };

describe('forwardClient', () => {
  it('tells Auth the address with the secret key, and keeps which browser it was', async () => {
    const { forward, note, sent } = setUp(() => Response.json({ access_token: token }));
    await forward('http://api.example/auth/v1/token?grant_type=password', {
      method: 'POST',
      headers: publishable,
    });
    expect(Object.fromEntries(sent())).toEqual({
      apikey: env.secretKey,
      authorization: `Bearer ${env.secretKey}`,
      'sb-forwarded-for': '192.0.2.1',
    });
    expect(note).toHaveBeenCalledExactlyOnceWith(session, client);
  });

  it('leaves the token of a person as it is', async () => {
    const { forward, note, sent } = setUp(() => Response.json({ id: 'x' }));
    const headers = { ...publishable, authorization: 'Bearer a.b.c' };
    await forward('http://api.example/auth/v1/user', { headers });
    expect(sent().get('authorization')).toBe('Bearer a.b.c');
    expect(note).not.toHaveBeenCalled();
  });

  it.each([
    'http://api.example/rest/v1/customers',
    'http://api.example/storage/v1/object/x',
    'http://api.example.evil.example/auth/v1/token',
    'http://api.example/rest/v1/../auth/v1/token',
  ])('never shows the secret key to %s', async (address) => {
    const { forward, sent } = setUp(() => new Response());
    await forward(address, { method: 'POST', headers: publishable });
    expect(Object.fromEntries(sent())).toMatchObject(publishable);
    expect(JSON.stringify([...sent()])).not.toContain(env.secretKey);
  });

  it('tells the trail from where and by which request data are asked for', async () => {
    const { forward, sent } = setUp(() => new Response());
    await forward('http://api.example/rest/v1/customers', { headers: publishable });
    expect(Object.fromEntries(sent())).toEqual({
      ...publishable,
      'x-forwarded-for': '192.0.2.1',
      'x-request-id': 'request-1',
    });
  });

  it('names the browser to Auth where there is no secret key', async () => {
    const { forward, note, sent } = setUp(() => Response.json({ access_token: token }), '');
    await forward('http://api.example/auth/v1/token', { method: 'POST', headers: publishable });
    expect(sent().get('user-agent')).toBe(client.userAgent);
    expect(sent().get('apikey')).toBe(env.publishableKey);
    expect(note).not.toHaveBeenCalled();
  });
});
