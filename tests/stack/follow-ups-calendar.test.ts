import { randomUUID } from 'node:crypto';
import type { SupabaseClient } from '@supabase/supabase-js';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestStack, type TestStack } from '../../stack/testing.ts';
import { signedIn, visitor } from './support/clients.ts';

let stack: TestStack;
let planner: SupabaseClient;
let stranger: SupabaseClient;

interface Row {
  id: string;
}

async function must<Value>(
  answer: PromiseLike<{ data: Value; error: { message: string } | null }>,
): Promise<NonNullable<Value>> {
  const { data, error } = await answer;
  if (error || data === null || data === undefined) throw new Error(error?.message ?? 'no data');
  return data;
}

const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

async function calendarOf(client: SupabaseClient): Promise<string> {
  const answer = await client.functions.invoke<Blob | string>('follow-ups-calendar', { method: 'GET' });
  if (answer.error) throw new Error(`${answer.response?.status}`);
  return typeof answer.data === 'string' ? answer.data : ((await answer.data?.text()) ?? '');
}

beforeAll(async () => {
  stack = await startTestStack();
  planner = (await signedIn(stack)).client;
  stranger = (await signedIn(stack)).client;
  const organization = await must(
    planner.rpc('create_organization', { name: 'Calendar test' }).single<Row>(),
  );
  await must(stranger.rpc('create_organization', { name: 'Strangers' }).single<Row>());
  const customer = await must(
    planner
      .from('customers')
      .insert({ org_id: organization.id, name: 'Übersee, Hafen' })
      .select('id')
      .single<Row>(),
  );
  const contact = { org_id: organization.id, customer_id: customer.id, type: 'call', channel: 'phone' };
  const first = await must(
    planner
      .from('interactions')
      .insert({ ...contact, subject: 'Order', next_action: 'Wrong day', follow_up_at: inDays(2) })
      .select('id')
      .single<Row>(),
  );
  await must(
    planner
      .from('interactions')
      .insert([
        {
          ...contact,
          subject: 'Order',
          next_action: 'Send offer',
          follow_up_at: inDays(3),
          corrects_id: first.id,
        },
        { ...contact, subject: 'No follow-up' },
      ])
      .select('id'),
  );
});

afterAll(async () => {
  await stack.stop();
});

describe('the follow-ups calendar', () => {
  it('holds the planner’s own follow-ups, the corrected one left out', async () => {
    const calendar = await calendarOf(planner);
    expect(calendar).toMatch(/^BEGIN:VCALENDAR\r\n/);
    expect(calendar.match(/BEGIN:VEVENT/g)).toHaveLength(1);
    expect(calendar).toContain('SUMMARY:Übersee\\, Hafen: Send offer\r\n');
  });

  it('shows nothing of another organisation', async () => {
    expect(await calendarOf(stranger)).not.toContain('VEVENT');
  });

  it('asks a visitor to sign in', async () => {
    const { response, error } = await visitor(stack).functions.invoke('follow-ups-calendar', {
      method: 'GET',
    });
    expect(error).not.toBeNull();
    expect(response?.status).toBe(401);
    expect(await response?.json()).toMatchObject({ error: { code: 'sign_in_required' } });
    const bare = await fetch(`${stack.url}/functions/v1/follow-ups-calendar`);
    expect([bare.status, await bare.json()]).toMatchObject([
      401,
      { message: 'Missing authorization header' },
    ]);
  });

  it('refuses other methods', async () => {
    const { response } = await planner.functions.invoke('follow-ups-calendar', { method: 'POST', body: {} });
    expect([response?.status, response?.headers.get('allow')]).toEqual([405, 'GET, OPTIONS']);
  });

  it('answers 404 for a function that does not exist', async () => {
    const { response } = await planner.functions.invoke(`none-${randomUUID()}`);
    expect(response?.status).toBe(404);
  });

  it('can be called from the database, as webhooks and jobs do', async () => {
    const owner = new Client({ connectionString: stack.postgresUrl });
    await owner.connect();
    try {
      const { rows } = await owner.query<{ id: string }>(
        `select net.http_get($1, headers := jsonb_build_object('apikey', $2::text)) as id`,
        [`${stack.url}/functions/v1/follow-ups-calendar`, stack.secretKey],
      );
      await expect
        .poll(
          async () =>
            (await owner.query('select status_code from net._http_response where id = $1', [rows[0]?.id]))
              .rows,
          { timeout: 5_000 },
        )
        .toEqual([{ status_code: 401 }]);
    } finally {
      await owner.end();
    }
  });
});
