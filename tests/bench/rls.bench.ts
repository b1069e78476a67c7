/**
 * What visibility costs: reads of one organisation among fifty, with a million customers and five thousand bricks, as admin,
 * district manager and representative through the policies, against the same read as the table's owner with a filter that
 * gives the same rows. Target: every ratio at most 1.5.
 *
 * The owner's filter says by reporting line and assignments whose customers and which bricks are meant, as somebody would
 * write it who has no policies; like them it is right at the next statement. `named` beside it is the same read handed the
 * answer, every person and brick by id: the least a read can take, and nothing anybody can write who has not asked before.
 * Decision 72 says why both.
 *
 * Each read is a transaction of its own that sets its role and claims, as the API sends it, for all three. They take turns:
 * times are medians, and a ratio is the median of the ratios of the turns, which a machine that gets slower half-way leaves
 * as it is.
 */
import { Client } from 'pg';
import { startTestDatabase } from '../../stack/testing.ts';
import { idOf, fill, MEASURED, READERS, SIZES } from './rls-data.ts';
import { percentile, row, rounded, type BenchRow } from './row.ts';

const WARM_UP = 100;
const SAMPLES = 500;

interface Read {
  name: string;
  /** As the caller asks. */
  asked: string;
  /** As the owner asks for the same rows: by what is on record about the person. */
  filtered: string;
  /** As the owner asks who knows already whose customers and which bricks they are. */
  named: string;
}

/** A figure beside which stands the same read with the answer handed to it; null for whoever sees everything, who needs none. */
interface ReadRow extends BenchRow {
  named: number | null;
  named_ratio: number | null;
}

interface Reach {
  everything: boolean;
  owners: string[];
  territories: string[];
}

interface Times {
  through: number[];
  owner: number[];
  named: number[];
}

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return client;
}

function preamble(role: 'authenticated' | 'postgres', user: string): string {
  const claims = JSON.stringify({ sub: user, role: 'authenticated', aal: 'aal1', session_id: user });
  return `begin; set local role ${role}; select set_config('request.jwt.claims', '${claims}', true)`;
}

/** One request from its first to its last byte. */
async function timed(client: Client, before: string, sql: string): Promise<{ ms: number; rows: string }> {
  const started = performance.now();
  await client.query(before);
  const { rows } = await client.query<Record<string, unknown>>(sql);
  await client.query('commit');
  const ms = performance.now() - started;
  return { ms, rows: JSON.stringify(rows.map((found) => found['id'] ?? found['count'])) };
}

/** A condition by which somebody without policies would ask for a person's own customers, their reports' and their bricks'. */
const reachOf = (org: string, user: string): string => ` and (
  owner_id = any (array(
    with recursive line (user_id) as (
      select '${user}'::uuid
      union select report.user_id from memberships as report join line on report.manager_id = line.user_id and report.org_id = '${org}'
    )
    select user_id from line
  ))
  or territory_id = any (array(
    select territory.id
    from territory_assignments as assigned
    join territories as root on root.id = assigned.territory_id
    join territories as territory on territory.path operator(extensions.<@) root.path
    where assigned.org_id = '${org}' and assigned.user_id = '${user}'
      and assigned.starts_on <= current_date and (assigned.ends_on is null or assigned.ends_on >= current_date)
  ))
)`;

async function readsOf(client: Client, org: string, user: string): Promise<Read[]> {
  await client.query(preamble('authenticated', user));
  const reached = await client.query<Reach>(`select * from private.reach_in('${org}', 'customers:read')`);
  const reach = reached.rows[0];
  const list = (ids: string[]) => `'{${ids.join(',')}}'`;
  const isAll = !reach || reach.everything;
  const within = isAll ? '' : reachOf(org, user);
  const withinNamed = isAll
    ? ''
    : ` and (owner_id = any (${list(reach.owners)}) or territory_id = any (${list(reach.territories)}))`;
  const live = `org_id = '${org}' and status = 'qualified' and deleted_at is null and not is_archived`;
  const order = 'order by board_rank, id limit 50';
  const middle = await client.query<{ id: string; board_rank: string }>(
    `select id, board_rank from customers where ${live} order by board_rank, id offset 100 limit 1`,
  );
  await client.query('commit');
  const { id, board_rank } = middle.rows[0] ?? { id: '', board_rank: '' };
  const after = `and (board_rank, id) > ('${board_rank}' collate "C", '${id}')`;
  const page = (filter: string) => `select * from customers where ${live}${filter} ${order}`;
  const nextPage = (filter: string) => `select * from customers where ${live}${filter} ${after} ${order}`;
  const count = (filter: string) => `select count(*) from customers where ${live}${filter}`;
  const single = (filter: string) =>
    `select * from customers where org_id = '${org}' and id = '${id}'${filter}`;
  const read = (name: string, sql: (filter: string) => string): Read => ({
    name,
    asked: sql(''),
    filtered: sql(within),
    named: sql(withinNamed),
  });
  return [
    read('first_page', page),
    read('next_page', nextPage),
    read('count_of_status', count),
    read('single', single),
    { ...read('board_page', page), asked: `select * from board_cards('${org}', 'qualified')` },
  ];
}

/** The medians of the times, and of what each turn took as a multiple of the other two. */
interface Measured extends Record<keyof Times, number> {
  ratio: number;
  namedRatio: number;
}

async function measure(client: Client, read: Read, user: string): Promise<Measured> {
  const times: Times = { through: [], owner: [], named: [] };
  for (let turn = 0; turn < WARM_UP + SAMPLES; turn++) {
    const through = await timed(client, preamble('authenticated', user), read.asked);
    const owner = await timed(client, preamble('postgres', user), read.filtered);
    const named = await timed(client, preamble('postgres', user), read.named);
    if (through.rows !== owner.rows || through.rows !== named.rows)
      throw new Error(`${read.name}: they did not read the same rows.`);
    if (turn < WARM_UP) continue;
    times.through.push(through.ms);
    times.owner.push(owner.ms);
    times.named.push(named.ms);
  }
  const median = (samples: readonly number[]) => percentile(samples, 0.5);
  const ratioTo = (others: readonly number[]) =>
    median(times.through.map((ms, turn) => ms / (others[turn] ?? Number.NaN)));
  return {
    through: median(times.through),
    owner: median(times.owner),
    named: median(times.named),
    ratio: ratioTo(times.owner),
    namedRatio: ratioTo(times.named),
  };
}

/** How soon a permission that is taken away is gone: 1 when the next statement no longer sees the rows. */
async function measureChange(client: Client, org: string, user: string): Promise<BenchRow> {
  const count = async (): Promise<string> =>
    (
      await timed(
        client,
        preamble('authenticated', user),
        `select count(*) from customers where org_id = '${org}'`,
      )
    ).rows;
  const before = await count();
  await client.query(
    `update territory_assignments set ends_on = current_date - 1 where org_id = '${org}' and user_id = '${user}'`,
  );
  const after = await count();
  return row('rls', 'statements_until_a_change_is_seen', before === after ? Number.NaN : 1, 'statements');
}

async function* measureAll(client: Client): AsyncIterable<BenchRow> {
  const org = (await client.query<{ id: string }>(`select ${idOf('org', MEASURED)} as id`)).rows[0]?.id ?? '';
  let worst = { name: '', ratio: 0 };
  let rep = '';
  for (const [reader, place] of Object.entries(READERS)) {
    const number = MEASURED * SIZES.membersEach + place;
    const user =
      (await client.query<{ id: string }>(`select ${idOf('user', number)} as id`)).rows[0]?.id ?? '';
    if (reader === 'rep') rep = user;
    for (const read of await readsOf(client, org, user)) {
      const { through, owner, named, ratio, namedRatio } = await measure(client, read, user);
      const needsNone = read.named === read.filtered;
      const found: ReadRow = {
        ...row('rls', `${read.name}_as_${reader}_ms`, through, 'ms', owner),
        ratio: rounded(ratio),
        named: needsNone ? null : rounded(named),
        named_ratio: needsNone ? null : rounded(namedRatio),
      };
      if (ratio > worst.ratio) worst = { name: found.metric, ratio };
      yield found;
    }
  }
  yield await measureChange(client, org, rep);
  console.error(`worst: ${worst.name}`);
  yield {
    bench: 'rls',
    metric: 'worst',
    value: rounded(worst.ratio),
    unit: '×',
    baseline: null,
    ratio: rounded(worst.ratio),
  };
}

export async function* run(): AsyncIterable<BenchRow> {
  const database = await startTestDatabase();
  try {
    const filler = await connect(database.adminUrl);
    await fill(filler, (line) => console.error(line)).finally(() => filler.end());
    // On a connection that has done nothing else, as requests come on.
    const client = await connect(database.adminUrl);
    try {
      yield* measureAll(client);
    } finally {
      await client.end();
    }
  } finally {
    await database.stop();
  }
}
