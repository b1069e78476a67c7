import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKeyBetween } from 'fractional-indexing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoNotes } from '../../scripts/demo-notes.ts';
import { demoTerritories } from '../../scripts/demo-territories.ts';
import { migrate } from '../../stack/postgres/migrate.ts';
import { projectRoot } from '../../stack/shared/paths.ts';
import { mergeUpdates } from '../../supabase/functions/compact-notes/merge.ts';
import { startTestDatabase, type TestDatabase } from '../../stack/testing.ts';

/** Tables whose every column is derived from names and today's date. */
const wholeTables = [
  'organizations',
  'memberships',
  'member_roles',
  'product_categories',
  'products',
  'client_types',
  'specialties',
  'territories',
  'territory_assignments',
  'customers',
  'interactions',
  'customer_notes',
  'notifications',
];
const statuses = ['lead', 'qualified', 'proposal', 'negotiation', 'closed_won', 'closed_lost'];

let cluster: TestDatabase;
/** Seeded by the official CLI. */
let demo: pg.Client;
/** Seeded by running the files, to time them. */
let twin: pg.Client;
/** The day (UTC) that both were seeded on: all their dates go by it. */
let seedDay: string;
/** Before any test wrote to the twin. */
let sentBySeed: number;

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}

async function runSeedFiles(client: pg.Client): Promise<void> {
  const folder = join(projectRoot, 'supabase', 'seed');
  for (const name of (await readdir(folder)).sort())
    await client.query(await readFile(join(folder, name), 'utf8'));
}

async function seededClone(): Promise<pg.Client> {
  const client = await connect((await cluster.clone()).postgresUrl);
  await runSeedFiles(client);
  return client;
}

async function rows<Row extends pg.QueryResultRow>(client: pg.Client, sql: string, values?: unknown[]) {
  return (await client.query<Row>(sql, values)).rows;
}

async function row<Row extends pg.QueryResultRow>(client: pg.Client, sql: string, values?: unknown[]) {
  const [first] = await rows<Row>(client, sql, values);
  if (!first) throw new Error(`No row from ${sql}`);
  return first;
}

/** A request as a person would send it: their token, the role of the API. */
async function as<Row extends pg.QueryResultRow>(email: string, sql: string): Promise<Row[]> {
  const { id } = await row<{ id: string }>(demo, 'select id from auth.users where email = $1', [email]);
  await demo.query('begin');
  try {
    await demo.query(`select set_config('request.jwt.claims', $1, true)`, [
      JSON.stringify({ sub: id, role: 'authenticated' }),
    ]);
    await demo.query('set local role authenticated');
    return await rows<Row>(demo, sql);
  } finally {
    await demo.query('rollback');
  }
}

async function fingerprint(client: pg.Client): Promise<Record<string, string | null>> {
  const prints: Record<string, string | null> = {};
  for (const table of wholeTables) {
    const { print } = await row<{ print: string | null }>(
      client,
      `select md5(string_agg(entry::text, E'\\n' order by id)) as print from public.${table} as entry`,
    );
    prints[table] = print;
  }
  const people = await row<{ print: string | null }>(
    client,
    `select md5(string_agg((to_jsonb(profile) - 'created_at' - 'updated_at')::text, ',' order by id)) as print
     from public.profiles as profile`,
  );
  return { ...prints, profiles: people.print };
}

async function messagesSent(): Promise<number> {
  const { sent } = await row<{ sent: number }>(
    twin,
    'select count(*)::integer as sent from realtime.messages',
  );
  return sent;
}

async function today(): Promise<string> {
  return (await row<{ day: string }>(demo, `select (now() at time zone 'utc')::date::text as day`)).day;
}

async function seedBoth(): Promise<void> {
  const first = await cluster.clone();
  demo = await connect(first.postgresUrl);
  seedDay = await today();
  await migrate({ url: first.postgresUrl, seed: true, home: tmpdir() });
  twin = await seededClone();
}

beforeAll(async () => {
  cluster = await startTestDatabase();
  await seedBoth();
  // Midnight passed in the middle of it, and so the dates of one are not those of the other.
  if ((await today()) !== seedDay) {
    await Promise.all([demo.end(), twin.end()]);
    await seedBoth();
  }
  sentBySeed = await messagesSent();
}, 180_000);

afterAll(async () => {
  await Promise.all([demo.end(), twin.end()]);
  await cluster.stop();
});

describe('the demo', () => {
  it('is the same wherever it is made', async () => {
    expect(await fingerprint(twin)).toEqual(await fingerprint(demo));
  });

  it('changes nothing when it runs again, nor undoes what people did', async () => {
    await twin.query(
      `update customers set name = 'Renamed by hand' where id in (select id from customers limit 1)`,
    );
    await twin.query(`delete from notifications where id in (select id from notifications limit 1)`);
    const before = await fingerprint(twin);
    const sent = await messagesSent();
    await runSeedFiles(twin);
    expect(await fingerprint(twin)).toEqual(before);
    expect(await messagesSent()).toBe(sent);
  });

  it('has twelve people in two organisations, who cannot sign in before they get passwords', async () => {
    expect(
      await rows(
        demo,
        `select org.slug, membership.team, count(*)::integer as people
         from memberships as membership join organizations as org on org.id = membership.org_id
         group by 1, 2 order by 1, 2`,
      ),
    ).toEqual([
      { slug: 'baltic-timber', team: 'Timber', people: 2 },
      { slug: 'nile-rhine', team: 'Delivery', people: 3 },
      { slug: 'nile-rhine', team: 'Field force', people: 3 },
      { slug: 'nile-rhine', team: 'Sales', people: 4 },
    ]);
    expect(
      await row(
        demo,
        `select count(*)::integer as people,
           count(*) filter (where coalesce(encrypted_password, '') <> '')::integer as with_password,
           count(*) filter (where confirmed_at is not null)::integer as confirmed,
           count(*) filter (where exists (
             select from auth.identities where identities.user_id = users.id and provider = 'email' and identities.email = users.email
           ))::integer as with_identity
         from auth.users`,
      ),
    ).toEqual({ people: 12, with_password: 0, confirmed: 12, with_identity: 12 });
  });

  it('gives every person a role, a name, a title and a colour of their own', async () => {
    const people = await rows<{ role: string; name: string; title: string | null; avatar_color: string }>(
      demo,
      `select role.key as role, concat(first_name, ' ', last_name) as name, title, avatar_color
       from memberships
       join profiles on profiles.id = memberships.user_id
       join member_roles using (org_id, user_id)
       join roles as role on role.id = member_roles.role_id`,
    );
    expect(people).toHaveLength(12);
    expect(new Set(people.map((person) => person.avatar_color)).size).toBe(12);
    expect(people.every((person) => person.title && /^\S+ \S+$/.test(person.name))).toBe(true);
    expect([...new Set(people.map((person) => person.role))].sort()).toEqual([
      'admin',
      'district_manager',
      'manager',
      'marketing',
      'medical_rep',
      'sales',
      'viewer',
    ]);
  });

  it('keeps to the limit of active products', async () => {
    expect(
      await rows(
        demo,
        `select slug, count(*) filter (where is_active)::integer as active, count(*)::integer as products
         from products join organizations as org on org.id = products.org_id group by 1 order by 1`,
      ),
    ).toEqual([
      { slug: 'baltic-timber', active: 2, products: 3 },
      { slug: 'nile-rhine', active: 3, products: 8 },
    ]);
  });

  it('has ids that strict validators accept', async () => {
    const found = await rows<{ id: string }>(
      demo,
      'select id from customers union all select id from interactions',
    );
    expect(
      found.filter(
        ({ id }) => !/^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id),
      ),
    ).toEqual([]);
  });
});

describe('notes of the demo', () => {
  it('are the texts of their script, in both languages, and open for whoever sees the customer', async () => {
    const file = await readFile(join(projectRoot, 'supabase', 'seed', '45_notes.sql'), 'utf8');
    expect(file === demoNotes(), 'run `node scripts/demo-notes.ts`').toBe(true);
    const found = await as<{ body: string; loaded: { state: string } }>(
      'nadia@tandem.example',
      'select body, load_note(customer_id) as loaded from customer_notes',
    );
    for (const { body, loaded } of found)
      expect(mergeUpdates([Buffer.from(loaded.state, 'base64')])).toMatchObject({ body, skipped: 0 });
    const inArabic = found.filter(({ body }) => /[\u0600-\u06ff]/.test(body));
    expect([found.length, inArabic.length]).toEqual([7, 3]);
  });
});

describe('customers of the demo', () => {
  it('are 400, spread over a funnel that narrows', async () => {
    const columns = await rows<{ status: string; customers: number }>(
      demo,
      `select status, count(*)::integer as customers from customers
       where org_id = (select id from organizations where slug = 'nile-rhine') group by 1 order by 1`,
    );
    expect(columns.map((column) => column.status)).toEqual(statuses);
    const counts = columns.map((column) => column.customers);
    expect(counts.reduce((sum, count) => sum + count)).toBe(400);
    expect(counts.slice(0, 4)).toEqual([...counts.slice(0, 4)].sort((a, b) => b - a));
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(20);
  });

  it('stand in strict order with room between them', async () => {
    const cards = await rows<{ org_id: string; status: string; board_rank: string }>(
      demo,
      'select org_id, status, board_rank from customers order by org_id, status, board_rank',
    );
    for (const [index, card] of cards.entries()) {
      const next = cards[index + 1];
      if (!next || next.org_id !== card.org_id || next.status !== card.status) continue;
      const between = generateKeyBetween(card.board_rank, next.board_rank);
      expect(card.board_rank < between && between < next.board_rank).toBe(true);
      expect(between.length).toBeLessThanOrEqual(3);
    }
  });

  it('have unique names, reserved e-mail domains, international numbers and amounts of every size', async () => {
    const { customers, names, mails, phones } = await row<Record<string, number>>(
      demo,
      `select count(*)::integer as customers, count(distinct name)::integer as names,
         count(*) filter (where email ~ '^[a-z-]+@[a-z0-9-]+[.]example$')::integer as mails,
         count(*) filter (where phone ~ '^[+][1-9][0-9]{7,14}$')::integer as phones
       from customers`,
    );
    expect({ names, mails, phones }).toEqual({ names: customers, mails: customers, phones: customers });
    const { median, mean, largest } = await row<{ median: number; mean: number; largest: number }>(
      demo,
      `select percentile_cont(0.5) within group (order by expected_value)::float as median,
         avg(expected_value)::float as mean, max(expected_value)::float as largest
       from customers where org_id = (select id from organizations where slug = 'nile-rhine')`,
    );
    // A few large deals weigh more than the many small ones.
    expect(mean).toBeGreaterThan(median * 1.4);
    expect(largest).toBeGreaterThan(mean * 5);
  });

  it('buy what is on sale', async () => {
    expect(
      await row(
        demo,
        `select count(*)::integer as odd from customers join products on products.id = customers.product_id
         where status in ('proposal', 'negotiation', 'closed_won') and not is_active`,
      ),
    ).toEqual({ odd: 0 });
  });

  it('include archived and unowned ones, names in Arabic and names with accents', async () => {
    const found = await row<Record<string, number>>(
      demo,
      `select count(*) filter (where is_archived)::integer as archived, count(*) filter (where owner_id is null)::integer as unowned,
         count(*) filter (where name ~ '[\\u0600-\\u06ff]')::integer as arabic, count(*) filter (where name ~ '[éèüöñłåş]')::integer as accented
       from customers`,
    );
    for (const count of Object.values(found)) expect(count).toBeGreaterThanOrEqual(5);
  });

  it('are owned across the three teams, each seeing what their role allows', async () => {
    const seen = async (name: string) =>
      (
        await as<{ count: number }>(
          `${name}@tandem.example`,
          'select count(*)::integer as count from customers',
        )
      )[0]?.count;
    const all = await seen('clara');
    const salma = await seen('salma');
    const youssef = await seen('youssef');
    const karim = await seen('karim');
    expect(all).toBe(400);
    expect(salma).toBeGreaterThan(40);
    expect(youssef).toBeGreaterThan(40);
    expect(karim).toBeGreaterThan((salma ?? 0) + (youssef ?? 0));
    expect(karim).toBeLessThan(200);
  });
});

describe('territories of the demo', () => {
  it('are the file that the script makes from the boundaries of the governorates', async () => {
    const file = await readFile(join(projectRoot, 'supabase', 'seed', '25_territories.sql'), 'utf8');
    expect(file === (await demoTerritories()), 'run `node scripts/demo-territories.ts`').toBe(true);
  });

  it('are Egypt down to its bricks, with names in both scripts', async () => {
    const levels = await rows<{ level: string; count: number; named: number; outlined: number }>(
      demo,
      `select level, count(*)::integer as count, count(*) filter (where name_ar ~ '[\u0600-\u06ff]')::integer as named,
         count(*) filter (where private.boundary_problem(boundary) is null and boundary is not null)::integer as outlined
       from territories group by 1 order by 1`,
    );
    expect(levels.map(({ level }) => level)).toEqual([
      'country',
      'region',
      'governorate',
      'city',
      'area',
      'brick',
    ]);
    expect(levels.slice(0, 3).map(({ count }) => count)).toEqual([1, 7, 27]);
    expect(levels.at(-1)?.count).toBeGreaterThan(500);
    for (const { count, named, outlined } of levels)
      expect({ named, outlined }).toEqual({ named: count, outlined: count });
  });

  it('lie inside the territory above, to the metre that boundaries are rounded to', async () => {
    const outside = await rows(
      demo,
      `with corners as (
         select territory.id, territory.parent_id, territory.code, (corner ->> 0)::float as x, (corner ->> 1)::float as y
         from territories as territory
         cross join jsonb_path_query(boundary, '$.coordinates.**{1 to 3} ? (@.type() == "array" && @[0].type() == "number")') as corner
       ), boxes as (
         select id, parent_id, code, min(x) as west, max(x) as east, min(y) as south, max(y) as north from corners group by 1, 2, 3
       )
       select inner_box.code
       from boxes as inner_box join boxes as outer_box on outer_box.id = inner_box.parent_id
       where inner_box.west < outer_box.west - 0.0001 or inner_box.east > outer_box.east + 0.0001
         or inner_box.south < outer_box.south - 0.0001 or inner_box.north > outer_box.north + 0.0001`,
    );
    expect(outside).toEqual([]);
  });

  it('seat every customer of the field force in a brick, and on the map inside it', async () => {
    const { visited, seated, inside } = await row<Record<string, number>>(
      demo,
      `select count(*)::integer as visited, count(brick.id)::integer as seated,
         count(*) filter (where ('(' || (
           select string_agg(format('(%s,%s)', corner ->> 0, corner ->> 1), ',') from jsonb_array_elements(brick.boundary #> '{coordinates,0}') as corner
         ) || ')')::polygon @> point(longitude, latitude))::integer as inside
       from customers
       left join territories as brick on brick.id = customers.territory_id and brick.level = 'brick'
       where owner_id in (select user_id from memberships where team = 'Field force')`,
    );
    expect(visited).toBeGreaterThan(140);
    expect({ seated, inside }).toEqual({ seated: visited, inside: visited });
  });

  it.each(['salma', 'youssef'])(
    'let %s see the customers there and their own, and no others',
    async (name) => {
      const [seen] = await as<{ all: number; theirs: number; outside: number }>(
        `${name}@tandem.example`,
        `select count(*)::integer as all, count(*) filter (where owner_id = auth.uid())::integer as theirs,
         count(*) filter (where owner_id is distinct from auth.uid() and not exists (
           select from territory_assignments as mine
           join territories as wide on wide.id = mine.territory_id
           join territories as brick on brick.path <@ wide.path
           where mine.user_id = auth.uid() and current_date between mine.starts_on and coalesce(mine.ends_on, 'infinity')
             and brick.id = customers.territory_id
         ))::integer as outside
       from customers`,
      );
      expect(seen?.outside).toBe(0);
      // Some customers of a territory belong to the manager.
      expect(seen?.all).toBeGreaterThan(seen?.theirs ?? Infinity);
    },
  );

  it('belong to the first organisation only', async () => {
    expect(
      await rows(
        demo,
        `select slug from organizations where id in (select org_id from territories union select org_id from territory_assignments)`,
      ),
    ).toEqual([{ slug: 'nile-rhine' }]);
  });
});

describe('the history of the demo', () => {
  it('covers the six months up to yesterday on working days', async () => {
    const found = await row<Record<string, number>>(
      demo,
      `select count(*)::integer as entries,
         ($1::date - (min(occurred_at) at time zone 'utc')::date) as first_days_ago,
         ($1::date - (max(occurred_at) at time zone 'utc')::date) as last_days_ago,
         count(*) filter (where extract(isodow from occurred_at) > 5)::integer as at_weekends,
         count(*) filter (where occurred_at < customers.created_at or occurred_at > customers.updated_at)::integer as out_of_order
       from interactions join customers on customers.id = interactions.customer_id`,
      [seedDay],
    );
    expect(found['entries']).toBeGreaterThan(2500);
    expect(found['entries']).toBeLessThan(3500);
    expect(found['first_days_ago']).toBeGreaterThan(150);
    expect(found['first_days_ago']).toBeLessThanOrEqual(184);
    expect(found['last_days_ago']).toBeGreaterThanOrEqual(1);
    expect(found['last_days_ago']).toBeLessThanOrEqual(3);
    expect(found['at_weekends']).toBe(0);
    expect(found['out_of_order']).toBe(0);
  });

  it('tells each customer a story that does not repeat itself', async () => {
    const { entries, notes, repeated, unfilled, silent } = await row<Record<string, number>>(
      demo,
      `with told as (
         select note, subject, lag(note) over story as note_before, lag(subject) over story as subject_before
         from interactions window story as (partition by customer_id order by occurred_at)
       )
       select count(*)::integer as entries, count(distinct note)::integer as notes,
         count(*) filter (where note = note_before or subject = subject_before)::integer as repeated,
         count(*) filter (where note ~ '[{}]' or subject ~ '[{}]' or note ~ '[.][.]')::integer as unfilled,
         (select count(*) from customers where not exists (
           select from interactions where interactions.customer_id = customers.id))::integer as silent
       from told`,
    );
    expect(repeated).toBe(0);
    expect(unfilled).toBe(0);
    expect(silent).toBe(0);
    expect(notes).toBeGreaterThan((entries ?? 0) * 0.95);
  });

  it('leaves follow-ups overdue, due today and ahead', async () => {
    const { overdue, today, ahead } = await row<Record<string, number>>(
      demo,
      `select count(*) filter (where day < $1)::integer as overdue,
         count(*) filter (where day = $1)::integer as today,
         count(*) filter (where day > $1)::integer as ahead
       from (
         select distinct on (customer_id) (follow_up_at at time zone 'utc')::date as day
         from interactions order by customer_id, occurred_at desc
       ) as latest`,
      [seedDay],
    );
    expect(overdue).toBeGreaterThanOrEqual(5);
    expect(today).toBeGreaterThanOrEqual(5);
    expect(ahead).toBeGreaterThanOrEqual(60);
  });

  it('gives people some unread notifications, and does not flood them when the clock first runs', async () => {
    const inboxes = await rows<{ unread: number; total: number }>(
      demo,
      `select count(*) filter (where read_at is null)::integer as unread, count(*)::integer as total
       from notifications group by user_id`,
    );
    expect(inboxes.length).toBeGreaterThanOrEqual(8);
    expect(Math.max(...inboxes.map((inbox) => inbox.unread))).toBeLessThanOrEqual(15);
    expect(inboxes.filter((inbox) => inbox.unread > 0).length).toBeGreaterThanOrEqual(6);
    const { told } = await row<{ told: number }>(twin, 'select private.notify_due_follow_ups() as told');
    expect(told).toBeLessThanOrEqual(40);
  });

  it('announces itself with a handful of messages', () => {
    expect(sentBySeed).toBeLessThan(400);
  });
});

describe('the second organisation', () => {
  it.each(['nadia@tandem.example', 'clara@tandem.example', 'salma@tandem.example', 'lena@tandem.example'])(
    'is invisible to %s',
    async (email) => {
      const tables = [
        'organizations',
        'memberships',
        'products',
        'client_types',
        'customers',
        'interactions',
        'notifications',
      ];
      const seen = await as<{ name: string; foreign_rows: number }>(
        email,
        tables
          .map((table) => {
            const column = table === 'organizations' ? 'id' : 'org_id';
            return `select '${table}' as name, count(*)::integer as foreign_rows from ${table}
              where ${column} not in (select id from organizations where slug = 'nile-rhine')`;
          })
          .join(' union all '),
      );
      expect(seen).toEqual(tables.map((name) => ({ name, foreign_rows: 0 })));
      const { id } = await row<{ id: string }>(
        demo,
        `select id from organizations where slug = 'baltic-timber'`,
      );
      expect(await as(email, `select * from search_customers('${id}', 'Sawmill')`)).toEqual([]);
      expect(await as(email, `select * from board_cards('${id}', 'lead')`)).toEqual([]);
      expect(await as(email, `select email from profiles where email like '%baltic%'`)).toEqual([]);
    },
  );

  it('has forty customers that its own people see, and none of the first', async () => {
    expect(
      await as('andris@baltic-timber.example', 'select count(*)::integer as count from customers'),
    ).toEqual([{ count: 40 }]);
    expect(
      await as(
        'kadri@baltic-timber.example',
        `select count(*)::integer as count from interactions
        where org_id not in (select id from organizations)`,
      ),
    ).toEqual([{ count: 0 }]);
  });
});
