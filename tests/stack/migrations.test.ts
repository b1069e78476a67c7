import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bootstrap } from '../../stack/postgres/bootstrap.ts';
import { type Cluster, startCluster } from '../../stack/postgres/cluster.ts';
import { migrateOrRestore, restoreInterrupted } from '../../stack/postgres/migrate-or-restore.ts';
import { projectRoot } from '../../stack/shared/paths.ts';
import { freePort } from '../../stack/shared/ports.ts';

let folder: string;
let workdir: string;
let cluster: Cluster;
let database: string;
let databases = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tandem-migrations-'));
  await chmod(folder, 0o711);
  cluster = await startCluster({
    dataDir: join(folder, 'postgres'),
    port: await freePort(),
    durable: false,
    passwords: {},
  });
});
afterAll(async () => {
  await cluster.stop();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  database = `project_${++databases}`;
  workdir = join(folder, database);
  await mkdir(join(workdir, 'supabase', 'migrations'), { recursive: true });
  await mkdir(join(workdir, 'supabase', 'seed'));
  for (const name of ['config.toml', 'templates']) {
    await cp(join(projectRoot, 'supabase', name), join(workdir, 'supabase', name), { recursive: true });
  }
  await query('template1', `create database ${database}`);
  await bootstrap(cluster.url('supabase_admin', database));
});

async function query(name: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: cluster.url('supabase_admin', name) });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

const file = (path: string, sql: string): Promise<void> => writeFile(join(workdir, 'supabase', path), sql);

const apply = (seed = false): Promise<boolean> =>
  migrateOrRestore({
    url: cluster.url('postgres', database),
    adminUrl: cluster.url('supabase_admin', database),
    workdir,
    seed,
    home: folder,
  });

/** Tables of the project and versions in its history. */
async function state(): Promise<{ tables: unknown[]; history: unknown[] }> {
  const tables = await query(
    database,
    `select tablename from pg_tables where schemaname = 'public' order by 1`,
  );
  const [row] = await query(
    database,
    `select to_regclass('supabase_migrations.schema_migrations') is not null as known`,
  );
  const history = row?.['known']
    ? await query(database, 'select version from supabase_migrations.schema_migrations order by 1')
    : [];
  return {
    tables: tables.map((entry) => entry['tablename']),
    history: history.map((entry) => entry['version']),
  };
}

const one = '20260101000000_one.sql';
const two = '20260102000000_two.sql';
const three = '20260103000000_three.sql';

describe('migrations', { timeout: 120_000 }, () => {
  test('are applied as postgres, in order, and once', async () => {
    await file(`migrations/${one}`, 'create table public.first (id int);');
    await file(
      `migrations/${two}`,
      'alter table public.first add column owner name default current_user;\ninsert into public.first values (1);',
    );
    expect(await apply()).toBe(true);
    expect(await query(database, 'select * from public.first')).toEqual([{ id: 1, owner: 'postgres' }]);
    expect(await apply()).toBe(false);
    expect((await state()).history).toEqual(['20260101000000', '20260102000000']);
  });

  test('that are wrong name file, line and message, and leave the database as it was', async () => {
    await file(`migrations/${one}`, 'create table public.first (id int);');
    await apply();
    const before = await state();

    await file(`migrations/${two}`, 'create table public.second (id int);');
    await file(
      `migrations/${three}`,
      'create table public.third (id int);\n\n-- fine so far\ncreate table public.fourth (\n  id int,\n  kind no_such_type\n);\n',
    );
    await expect(apply()).rejects.toThrow(
      `supabase/migrations/${three}:6: type "no_such_type" does not exist`,
    );
    expect(await state()).toEqual(before);

    await file(`migrations/${three}`, 'create table public.third (id int);');
    await bootstrap(cluster.url('supabase_admin', database));
    expect(await apply()).toBe(true);
    expect((await state()).tables).toEqual(['first', 'second', 'third']);
  });

  test.each([
    ['a statement that is none', 'select 1;\nselct 2;', 2, 'syntax error'],
    [
      'a refused row',
      'create table public.x (id int not null);\ninsert into public.x\n  values (null);',
      2,
      'null value',
    ],
    ['what only a superuser may do', '\n\nalter system set work_mem = 1;', 3, 'permission denied'],
    [
      'an error raised in a block',
      `select 1;\ndo $$ begin raise exception 'on purpose'; end $$;`,
      2,
      'on purpose',
    ],
  ])('with %s name its line', async (_, sql, line, message) => {
    await file(`migrations/${one}`, sql);
    const error: unknown = await apply().catch((reason: unknown) => reason);
    expect(String(error)).toContain(`supabase/migrations/${one}:${line}: `);
    expect(String(error)).toContain(message);
    expect(String(error).split('\n')).toHaveLength(1);
    expect(await state()).toEqual({ tables: [], history: [] });
  });

  test('are taken back when the seed fails', async () => {
    await file(`migrations/${one}`, 'create table public.first (id int primary key);');
    await file(
      'seed/10_rows.sql',
      'insert into public.first values (1);\ninsert into public.first values (1);',
    );
    await expect(apply(true)).rejects.toThrow(/supabase\/seed\/10_rows\.sql:2: duplicate key/);
    expect(await state()).toEqual({ tables: [], history: [] });
  });

  test('interrupted half-way are taken back by the next start', async () => {
    await file(`migrations/${one}`, 'create table public.first (id int);');
    await apply();
    await query('template1', `create database tandem_before_migration template ${database}`);
    await query(database, 'create table public.half_done (id int)');
    await restoreInterrupted(cluster.url('supabase_admin', database));
    expect((await state()).tables).toEqual(['first']);
  });
});

test('the bootstrap may run any number of times', async () => {
  const adminUrl = cluster.url('supabase_admin', database);
  await query(
    database,
    `do $$ begin execute format('comment on database %I is null', current_database()); end $$`,
  );
  await bootstrap(adminUrl);
  await bootstrap(adminUrl);
  const grants = await query(
    database,
    `
    select r.rolname, r.rolsuper, r.rolbypassrls from pg_roles r
     where r.rolname in ('postgres', 'authenticator', 'service_role') order by 1`,
  );
  expect(grants).toEqual([
    { rolname: 'authenticator', rolsuper: false, rolbypassrls: false },
    { rolname: 'postgres', rolsuper: false, rolbypassrls: true },
    { rolname: 'service_role', rolsuper: false, rolbypassrls: true },
  ]);
});
