/**
 * What visibility costs: reads of one organisation among fifty, with a million customers and five thousand bricks, as admin,
 * district manager and representative through the policies, against the same read as the table's owner with a filter that
 * gives the same rows. Target: every ratio at most 1.5.
 *
 * Each read is a transaction of its own that sets its role and claims, as the API sends it, for either side. The two take
 * turns; figures are medians. The baseline names the owners and territories it wants, which the caller's query does not:
 * the database finds out by itself what they are.
 */
import { Client } from 'pg';
import { startTestDatabase } from '../../stack/testing.ts';
import { idOf, fill, MEASURED, READERS, SIZES } from './rls-data.ts';
import { percentile, row, rounded, type BenchRow } from './row.ts';

const WARM_UP = 10;
const SAMPLES = 150;

interface Read {
  name: string;
  /** As the caller asks. */
  asked: string;
  /** As the owner asks for the same rows. */
  filtered: string;
}

interface Reach {
  everything: boolean;
  owners: string[];
  territories: string[];
}

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return client;
}

function preamble(role: 'authenticated' | 'postgres', user: string): string {
  const claims = JSON.stringify({ sub: user, role: 'authenticated' });
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

async function readsOf(client: Client, org: string, before: string): Promise<Read[]> {
  await client.query(before);
  const reached = await client.query<Reach>(`select * from private.reach_in('${org}', 'customers:read')`);
  const reach = reached.rows[0];
  const list = (ids: string[]) => `'{${ids.join(',')}}'`;
  const within =
    !reach || reach.everything
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
  return [
    { name: 'first_page', asked: page(''), filtered: page(within) },
    { name: 'next_page', asked: nextPage(''), filtered: nextPage(within) },
    {
      name: 'count_of_status',
      asked: `select count(*) from customers where ${live}`,
      filtered: `select count(*) from customers where ${live}${within}`,
    },
    {
      name: 'single',
      asked: `select * from customers where org_id = '${org}' and id = '${id}'`,
      filtered: `select * from customers where org_id = '${org}' and id = '${id}'${within}`,
    },
    { name: 'board_page', asked: `select * from board_cards('${org}', 'qualified')`, filtered: page(within) },
  ];
}

async function measure(
  client: Client,
  read: Read,
  user: string,
): Promise<{ through: number; owner: number }> {
  const times = { through: [] as number[], owner: [] as number[] };
  for (let turn = 0; turn < WARM_UP + SAMPLES; turn++) {
    const through = await timed(client, preamble('authenticated', user), read.asked);
    const owner = await timed(client, preamble('postgres', user), read.filtered);
    if (through.rows !== owner.rows) throw new Error(`${read.name}: the two did not read the same rows.`);
    if (turn < WARM_UP) continue;
    times.through.push(through.ms);
    times.owner.push(owner.ms);
  }
  return { through: percentile(times.through, 0.5), owner: percentile(times.owner, 0.5) };
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

export async function* run(): AsyncIterable<BenchRow> {
  const database = await startTestDatabase();
  const client = await connect(database.adminUrl);
  try {
    await fill(client, (line) => console.error(line));
    const org =
      (await client.query<{ id: string }>(`select ${idOf('org', MEASURED)} as id`)).rows[0]?.id ?? '';
    let worst = { name: '', ratio: 0 };
    let rep = '';
    for (const [reader, place] of Object.entries(READERS)) {
      const number = MEASURED * SIZES.membersEach + place;
      const user =
        (await client.query<{ id: string }>(`select ${idOf('user', number)} as id`)).rows[0]?.id ?? '';
      if (reader === 'rep') rep = user;
      for (const read of await readsOf(client, org, preamble('authenticated', user))) {
        const { through, owner } = await measure(client, read, user);
        const found = row('rls', `${read.name}_as_${reader}_ms`, through, 'ms', owner);
        if ((found.ratio ?? 0) > worst.ratio) worst = { name: found.metric, ratio: found.ratio ?? 0 };
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
  } finally {
    await client.end();
    await database.stop();
  }
}
