/**
 * `npm run db:check`: what can be said about the schema without running the product. Supabase's advisors, squawk on
 * the migrations, a comment on every object, nothing that runs with the owner's rights in the API, current types.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { z } from 'zod';
import { projectRoot } from '../stack/shared/paths.ts';
import { startTestDatabase } from '../stack/testing.ts';
import { typesAreCurrent } from './generated-types.ts';
import { runPackage, supabaseCli } from './supabase-cli.ts';

/** What is wrong, one line each. */
type Findings = string[];

const advice = z.object({
  results: z.array(z.object({ name: z.string(), level: z.string(), detail: z.string() })),
});

/** These say INFO and matter all the same. */
const alwaysWrong = ['unindexed_foreign_keys', 'rls_enabled_no_policy'];

function advisors(databaseUrl: string): Findings {
  const ran = supabaseCli(
    ['db', 'advisors', '--type', 'all', '--level', 'info', '--fail-on', 'none', '--output-format', 'json'],
    databaseUrl,
  );
  if (!ran.ok) return [`supabase db advisors failed: ${ran.stderr || ran.stdout}`];
  return advice
    .parse(JSON.parse(ran.stdout))
    .results.filter(({ name, level }) => level !== 'INFO' || alwaysWrong.includes(name))
    .map(({ name, level, detail }) => `${level} ${name}: ${detail}`);
}

async function squawk(): Promise<Findings> {
  const folder = 'supabase/migrations';
  const files = (await readdir(join(projectRoot, folder))).filter((name) => name.endsWith('.sql')).sort();
  const ran = runPackage('squawk-cli/js/bin/squawk', [
    '--reporter',
    'gcc',
    ...files.map((name) => `${folder}/${name}`),
  ]);
  return ran.ok && !/warning:|error:/.test(ran.stdout)
    ? []
    : (ran.stdout || ran.stderr).split('\n').filter(Boolean);
}

/** Advisors do not look at functions that run with their owner's rights and can be called over the API. */
const definersInTheApi = `
  select p.oid::regprocedure || ' runs as its owner and ' || r.rolname || ' may call it' as finding
  from pg_proc p cross join pg_roles r
  where p.prosecdef and p.pronamespace = 'public'::regnamespace and r.rolname in ('anon', 'authenticated')
    and has_function_privilege(r.oid, p.oid, 'execute')
    and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')`;

const withoutComment = `
  with ours as (select oid, nspname from pg_namespace where nspname in ('public', 'private'))
  select kind || ' ' || name || ' has no comment' as finding from (
    select 'table', c.oid::regclass::text, obj_description(c.oid, 'pg_class')
    from pg_class c join ours on ours.oid = c.relnamespace where c.relkind in ('r', 'p', 'v', 'm')
    union all
    select 'column', c.oid::regclass || '.' || a.attname, col_description(c.oid, a.attnum)
    from pg_class c join ours on ours.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    -- A view's columns are those of its tables, a partition's those of the whole, explained there.
    where c.relkind in ('r', 'p', 'm') and not c.relispartition
    union all
    select 'function', p.oid::regprocedure::text, obj_description(p.oid, 'pg_proc')
    from pg_proc p join ours on ours.oid = p.pronamespace
    where not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
    union all
    select 'type', t.oid::regtype::text, obj_description(t.oid, 'pg_type')
    from pg_type t join ours on ours.oid = t.typnamespace where t.typtype in ('e', 'd')
    union all
    select 'trigger', t.tgname || ' on ' || c.relname, obj_description(t.oid, 'pg_trigger')
    from pg_trigger t join pg_class c on c.oid = t.tgrelid join ours on ours.oid = c.relnamespace where not t.tgisinternal
    union all
    select 'policy', p.polname || ' on ' || c.relname, obj_description(p.oid, 'pg_policy')
    from pg_policy p join pg_class c on c.oid = p.polrelid
    where c.relnamespace in (select oid from ours) or c.oid = 'realtime.messages'::regclass
    union all
    select 'schema', 'private', obj_description('private'::regnamespace, 'pg_namespace')
  ) as objects (kind, name, comment)
  where comment is null order by 1`;

async function query(databaseUrl: string, sql: string): Promise<Findings> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query<{ finding: string }>(sql)).rows.map(({ finding }) => finding);
  } finally {
    await client.end();
  }
}

const database = await startTestDatabase();
try {
  const url = database.postgresUrl;
  const checks: [string, () => Findings | Promise<Findings>][] = [
    ['advisors', () => advisors(url)],
    ['squawk', () => squawk()],
    ['functions in the API', () => query(url, definersInTheApi)],
    ['comments', () => query(url, withoutComment)],
    [
      'types',
      async () => ((await typesAreCurrent(url)) ? [] : ['The types are stale: run `npm run db:types`.']),
    ],
  ];
  for (const [name, check] of checks) {
    const findings = await check();
    console.log(`${findings.length === 0 ? 'ok  ' : 'FAIL'} ${name}`);
    for (const finding of findings) console.log(`     ${finding}`);
    if (findings.length > 0) process.exitCode = 1;
  }
} finally {
  await database.stop();
}
