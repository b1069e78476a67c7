import { request as httpRequest } from 'node:http';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LiteConnections, openConnections } from '../../stack/lite/connections.ts';
import { freePort } from '../../stack/shared/ports.ts';
import { type Studio, startStudio } from '../../stack/studio/studio.ts';
import { startTestDatabase, type TestDatabase } from '../../stack/testing.ts';

let database: TestDatabase;
let connections: LiteConnections;
let studio: Studio;
let admin: Client;

/** What the roles of the API may do with tables; opening Studio must not add to it. */
async function grants(): Promise<unknown> {
  const { rows } = await admin.query(
    `select grantee, table_name, privilege_type from information_schema.role_table_grants
     where grantee in ('anon', 'authenticated', 'service_role') and table_schema = 'public' order by 1, 2, 3`,
  );
  return rows;
}

/** A request with headers that `fetch` would not let us set. */
function ask(
  path: string,
  headers: Record<string, string>,
  method = 'GET',
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(studio.url + path, { method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    request.on('error', reject);
    request.end();
  });
}

beforeAll(async () => {
  database = await startTestDatabase();
  admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
  await admin.query(`insert into public.organizations (name, slug) values ('Shown in Studio', 'shown')`);
  const url = (role: string) => database.adminUrl.replace('supabase_admin', role);
  connections = openConnections({
    admin: database.adminUrl,
    rest: url('authenticator'),
    auth: url('supabase_auth_admin'),
    storage: url('supabase_storage_admin'),
  });
  studio = await startStudio({ port: await freePort(), connections, schemas: ['public'] });
});

afterAll(async () => {
  await studio.stop();
  await connections.close();
  await admin.end();
  await database.stop();
});

describe('Studio', () => {
  it('is one page whose files all come from its own address', async () => {
    const page = await fetch(studio.url);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    const html = await page.text();
    const files = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address ?? '');
    expect(files.length).toBeGreaterThan(1);
    for (const file of files) {
      expect(file).toMatch(/^\/static\//);
      expect((await fetch(studio.url + file)).headers.get('content-type')).not.toContain('text/html');
    }
  });

  it('lists tables and rows without a key', async () => {
    const catalogue = (await (await fetch(`${studio.url}/_system/introspect`)).json()) as {
      tables: { name: string }[];
    };
    expect(catalogue.tables.map((table) => table.name)).toContain('organizations');
    const rows = await fetch(`${studio.url}/rest/v1/organizations?select=slug&slug=eq.shown`);
    expect(await rows.json()).toEqual([{ slug: 'shown' }]);
  });

  it('changes rows from its own page', async () => {
    const response = await fetch(`${studio.url}/rest/v1/organizations?slug=eq.shown`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json', origin: studio.url, prefer: 'return=representation' },
      body: '{"name":"Changed in Studio"}',
    });
    expect([response.status, await response.json()]).toMatchObject([200, [{ name: 'Changed in Studio' }]]);
  });

  it('grants nothing to anybody by being opened', async () => {
    const before = await grants();
    await fetch(`${studio.url}/rest/v1/customers?select=id&limit=1`);
    await fetch(`${studio.url}/_system/introspect`);
    expect(await grants()).toEqual(before);
  });

  it('tells the page no password', async () => {
    const info = await (await fetch(`${studio.url}/_system/info`)).text();
    expect(info).toContain('"admin":true');
    expect(info).not.toMatch(/authenticator|supabase_admin|:[^/"]+@/);
  });

  it('refuses in words a body that is too large or too deep', async () => {
    const insert = (body: string): Promise<Response> =>
      fetch(`${studio.url}/rest/v1/organizations`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: studio.url },
        body,
      });
    expect((await insert(`"${'x'.repeat(11 * 1024 * 1024)}"`)).status).toBe(413);
    const deep = await insert('['.repeat(5_000));
    expect([deep.status, await deep.text()]).toEqual([400, 'JSON is nested deeper than 200 levels']);
  });

  it('answers neither to a foreign name nor to a foreign site', async () => {
    const { host, port } = new URL(studio.url);
    const rows = '/rest/v1/organizations?select=slug';
    expect((await ask(rows, { host })).status).toBe(200);
    expect((await ask(rows, { host: `evil.example:${port}` })).status).toBe(403);
    expect((await ask('/', { host: `evil.example:${port}` })).status).toBe(403);
    expect((await ask(rows, { host, origin: 'http://evil.example' })).status).toBe(403);
    expect(
      (await ask(rows, { host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' })).status,
    ).toBe(403);
    const deletion = await ask('/rest/v1/organizations', { host, origin: 'null' }, 'DELETE');
    expect(deletion.status).toBe(403);
    expect(deletion.body).not.toContain('shown');
  });

  it.each([
    '/static/../package.json',
    '/static/%2e%2e/package.json',
    '/auth/v1/settings',
    '/storage/v1/bucket',
  ])('has nothing at %s', async (path) => {
    const { status, body } = await ask(path, { host: new URL(studio.url).host });
    expect(status === 404 || body.includes('<div id="root">')).toBe(true);
    expect(body).not.toContain('allowScripts');
  });
});
