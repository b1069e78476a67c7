import { expect, test } from 'vitest';
import { viewingAs } from './view-as';

const role = '7d1f6f0e-6f5c-4e57-9d5b-0c6d2a6f3a11';
const rest = 'http://127.0.0.1:1/rest/v1';

/** Sends nowhere; remembers what would have been sent. */
function recorder(status = 200) {
  const sent: { url: string; header: string | null }[] = [];
  const send: typeof fetch = (input, init) => {
    sent.push({ url: String(input), header: new Headers(init?.headers).get('x-tandem-view-as') });
    return Promise.resolve(new Response('{}', { status }));
  };
  return { sent, send };
}

test('reads carry the role, and nothing but requests for data does', async () => {
  const { sent, send } = recorder();
  const viewing = viewingAs(send, () => role);
  await viewing(`${rest}/customers?select=id`);
  await viewing(`${rest}/rpc/board_cards`, { method: 'POST' });
  await viewing('http://127.0.0.1:1/auth/v1/token', { method: 'POST' });
  expect(sent.map(({ header }) => header)).toEqual([role, role, null]);
});

test('a write to a table is refused in words without being sent', async () => {
  const { sent, send } = recorder();
  const viewing = viewingAs(send, () => role);
  for (const method of ['POST', 'PATCH', 'DELETE']) {
    const answer = await viewing(`${rest}/customers`, { method });
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ message: 'viewing_as_read_only' });
  }
  expect(sent).toEqual([]);
});

test('what the database refuses is explained by the view', async () => {
  const answer = await viewingAs(recorder(403).send, () => role)(`${rest}/rpc/move_customer`, {
    method: 'POST',
  });
  expect(await answer.json()).toMatchObject({ code: 'PT403', message: 'viewing_as_read_only' });
});

test('without a role everything goes through as it is', async () => {
  const { sent, send } = recorder(403);
  const answer = await viewingAs(send, () => null)(`${rest}/customers`, { method: 'PATCH' });
  expect([answer.status, await answer.text(), sent[0]?.header]).toEqual([403, '{}', null]);
});
