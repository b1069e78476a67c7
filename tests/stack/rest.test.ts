import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestStack, type TestStack } from '../../stack/testing.ts';
import { administrator, type Person, signedIn, visitor } from './support/clients.ts';

let stack: TestStack;
let ann: Person;
let ben: Person;

const schema = `
  create table public.shelves (id int primary key, name text not null);
  create table public.books (
    id uuid primary key default gen_random_uuid(),
    owner_id uuid not null default auth.uid(),
    shelf_id int references public.shelves,
    title text not null unique check (title <> 'forbidden'),
    pages numeric(8, 2),
    extra jsonb,
    added_at timestamptz not null default '2026-01-02 03:04:05+00',
    origin jsonb default nullif(current_setting('request.headers', true), '')::jsonb
  );
  alter table public.shelves enable row level security;
  alter table public.books enable row level security;
  grant select on public.shelves to authenticated, anon;
  grant select, insert, update, delete on public.books to authenticated, service_role;
  create policy shelves_select_all on public.shelves for select to anon, authenticated using (true);
  create policy books_all_owner on public.books for all to authenticated
    using (owner_id = (select auth.uid())) with check (owner_id = (select auth.uid()));
  insert into public.shelves values (1, 'upper'), (2, 'lower');
  create table public.closed (id int);
  create function public.whoami() returns jsonb language sql stable as
    $$ select jsonb_build_object('id', auth.uid(), 'role', auth.role(), 'email', auth.jwt() ->> 'email', 'user', current_user) $$;
  create function public.refuse(state text) returns void language plpgsql as
    $$ begin raise exception 'no_way' using errcode = state, detail = '{"a":1}', hint = 'try less'; end $$;
  grant execute on function public.whoami(), public.refuse(text) to anon, authenticated, service_role;
`;

beforeAll(async () => {
  stack = await startTestStack();
  const client = new pg.Client({ connectionString: stack.postgresUrl });
  await client.connect();
  await client.query(schema);
  await client.end();
  [ann, ben] = await Promise.all([signedIn(stack), signedIn(stack)]);
});
afterAll(() => stack.stop());

describe('rows', () => {
  test('that others have are in no count, whichever way of counting is asked for', async () => {
    await ben.client
      .from('books')
      .insert(Array.from({ length: 40 }, (_, number) => ({ title: `Volume ${number}` })));
    const client = new pg.Client({ connectionString: stack.postgresUrl });
    await client.connect();
    await client.query('analyze public.books');
    await client.end();
    for (const count of ['planned', 'estimated', 'exact'] as const) {
      const counted = await ann.client
        .from('books')
        .select('id', { count, head: true })
        .eq('owner_id', ben.id);
      expect(counted.count, count).toBe(0);
    }
    await ben.client.from('books').delete().eq('owner_id', ben.id);
  });

  test('are written and read by their owner, and by nobody else', async () => {
    const written = await ann.client.from('books').insert({ title: 'Emma', pages: 474.5 }).select().single();
    expect(written.error).toBeNull();
    expect(written.data).toMatchObject({
      owner_id: ann.id,
      pages: 474.5,
      added_at: '2026-01-02T03:04:05+00:00',
    });

    const bens = await ben.client.from('books').select();
    expect(bens).toMatchObject({ error: null, data: [] });
    const servers = await administrator(stack).from('books').select('title').eq('title', 'Emma');
    expect(servers.data).toEqual([{ title: 'Emma' }]);
  });

  test('may not be written in the name of another', async () => {
    const { error, status } = await ann.client.from('books').insert({ title: 'Stolen', owner_id: ben.id });
    expect(status).toBe(403);
    expect(error?.code).toBe('42501');
  });

  test('keep JSON as it was sent', async () => {
    const extra = { tags: ['a', 'ö'], depth: { n: 1.5, none: null }, text: '"quoted"' };
    const { data } = await ann.client
      .from('books')
      .insert({ title: 'Extra', extra })
      .select('extra')
      .single();
    expect(data?.extra).toEqual(extra);
    const scalar = await ann.client
      .from('books')
      .update({ extra: 'just text' })
      .eq('title', 'Extra')
      .select('extra')
      .single();
    expect(scalar.data?.extra).toBe('just text');
  });

  test('embed what they refer to, and are counted', async () => {
    await ann.client.from('books').insert({ title: 'Shelved', shelf_id: 2 });
    const { data, count } = await ann.client
      .from('books')
      .select('title, shelves(name)', { count: 'exact' })
      .eq('title', 'Shelved');
    expect(data).toEqual([{ title: 'Shelved', shelves: { name: 'lower' } }]);
    expect(count).toBe(1);
  });

  test('of a table without a grant stay closed even to a secret key', async () => {
    const results = await Promise.all(
      [visitor(stack), ann.client, administrator(stack)].map((client) => client.from('closed').select()),
    );
    expect(results.map(({ error }) => error?.code)).toEqual(['42501', '42501', '42501']);
    expect(results.map(({ status }) => status)).toEqual([401, 403, 403]);
  });
});

describe('a request', () => {
  test('carries the identity of its token into the database', async () => {
    const mine = await ann.client.rpc('whoami');
    expect(mine.data).toEqual({ id: ann.id, role: 'authenticated', email: ann.email, user: 'authenticated' });
    expect((await visitor(stack).rpc('whoami')).data).toMatchObject({ id: null, user: 'anon' });
    expect((await administrator(stack).rpc('whoami')).data).toMatchObject({ id: null, user: 'service_role' });
  });

  test.each([
    ['PT409', 409],
    ['PT422', 422],
    ['P0001', 400],
    ['23514', 400],
    ['23505', 409],
    ['40001', 409],
    ['22000', 400],
    ['54001', 400],
    ['28000', 403],
  ])('refused by the database with %s is answered with %i, message and detail', async (state, status) => {
    const result = await ann.client.rpc('refuse', { state });
    expect(result.status).toBe(status);
    expect(result.error).toMatchObject({ code: state, message: 'no_way', details: '{"a":1}' });
  });

  test.each([
    ['an unknown column', () => ann.client.from('books').select('nope'), 400, '42703'],
    ['an unknown column in the body', () => ann.client.from('books').insert({ nope: 1 }), 400, 'PGRST204'],
    ['an unknown table', () => ann.client.from('nope').select(), 404, 'PGRST205'],
    ['an unknown function', () => ann.client.rpc('nope'), 404, 'PGRST202'],
    ['an invalid uuid', () => ann.client.from('books').select().eq('id', 'x'), 400, '22P02'],
    ['a value out of range', () => ann.client.from('books').insert({ title: 'x', pages: 1e9 }), 400, '22003'],
    ['a NUL character', () => ann.client.from('books').insert({ title: 'a\0b' }), 400, '22021'],
    ['a broken filter', () => ann.client.from('books').select().or('((('), 400, 'PGRST100'],
    ['a missing value', () => ann.client.from('books').insert({ pages: 1 }), 400, '23502'],
    ['a violated check', () => ann.client.from('books').insert({ title: 'forbidden' }), 400, '23514'],
    ['a missing reference', () => ann.client.from('books').insert({ title: 'x', shelf_id: 9 }), 409, '23503'],
    ['two rows where one is wanted', () => visitor(stack).from('shelves').select().single(), 406, 'PGRST116'],
    ['a schema that is not exposed', () => ann.client.schema('auth').from('users').select(), 406, 'PGRST106'],
  ])('with %s is refused with a reason', async (_, send, status, code) => {
    const result = await send();
    expect({ status: result.status, code: result.error?.code }).toEqual({ status, code });
  });

  test.each([
    ['malformed JSON', '{bad', 400],
    ['no JSON object', '[1, 2]', 400],
    ['a body over the limit', 'x'.repeat(21 * 2 ** 20), 413],
  ])('with %s is refused', async (_, body, status) => {
    const response = await fetch(`${stack.url}/rest/v1/books`, {
      method: 'POST',
      headers: { apikey: stack.publishableKey, 'content-type': 'application/json' },
      body,
    });
    expect(response.status).toBe(status);
    expect(await response.json()).toHaveProperty('message');
  });

  test('sees tables and columns that were made meanwhile', async () => {
    expect((await visitor(stack).from('latecomers').select()).error?.code).toBe('PGRST205');
    const client = new pg.Client({ connectionString: stack.postgresUrl });
    await client.connect();
    await client.query('create table public.latecomers (id int); grant select on public.latecomers to anon');
    await client.end();
    await expect
      .poll(async () => (await visitor(stack).from('latecomers').select('id')).data, { timeout: 10_000 })
      .toEqual([]);
  });

  test('says to the database whom it came from and what it is called, whatever the client claims', async () => {
    const write = async (title: string, headers: Record<string, string>) => {
      let request = ann.client.from('books').insert({ title }).select('origin').single();
      for (const [name, value] of Object.entries(headers)) request = request.setHeader(name, value);
      return (await request).data?.origin;
    };
    const claims = { 'x-forwarded-for': '203.0.113.7', 'cf-connecting-ip': '203.0.113.8', 'x-anything': 'x' };
    const claimed = await write('Claimed', claims);
    expect(claimed).toMatchObject({ 'x-forwarded-for': '203.0.113.7, 127.0.0.1', 'x-anything': 'x' });
    expect(claimed).not.toHaveProperty('cf-connecting-ip');
    expect((await write('Named', { 'x-request-id': 'mine' }))['x-request-id']).toBe('mine');
    expect((await write('Unnamed', {}))['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('from a page of another origin is allowed, as hosted: keys decide', async () => {
    const preflight = await fetch(`${stack.url}/rest/v1/books`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://elsewhere.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'apikey, authorization',
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
    expect(preflight.headers.get('access-control-allow-headers')).toContain('apikey');
  });

  test.each(['/rest/v1/%E0%A4%A', '/rest/v1/rpc/%ff', '/storage/v1/object/x/%c0', '/auth/v1/%'])(
    'to the malformed address %s is refused',
    async (path) => {
      const response = await fetch(`${stack.url}${path}`, { headers: { apikey: stack.publishableKey } });
      expect(response.status).toBe(400);
    },
  );

  test.each([
    'customers?a%00b=eq.x',
    'customers?order=name%00',
    'customers?select="a%00b":id',
    'cust%00omers',
  ])('for %s, with a character no text holds, is refused', async (query) => {
    const response = await fetch(`${stack.url}/rest/v1/${query}`, {
      headers: { apikey: stack.publishableKey },
    });
    expect([response.status, (await response.json()) as unknown]).toMatchObject([400, { code: 'PGRST100' }]);
  });

  test('to a path of no service is answered with 404', async () => {
    expect((await fetch(`${stack.url}/nothing/here`)).status).toBe(404);
    expect((await fetch(`${stack.url}/_system/config`)).status).toBe(404);
  });
});
