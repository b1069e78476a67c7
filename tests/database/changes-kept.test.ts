import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Change, changesSince, Follower } from './support/changes.ts';
import { type Requester, useDatabase } from './support/database.ts';
import { useOrganization } from './support/organization.ts';

const database = useDatabase();
const { organization, caller } = useOrganization(database, 'Kept');
let me: Follower;

beforeEach(async () => {
  me = await Follower.start(caller, organization);
});

const insert = `insert into product_categories (org_id, name) values ($1, $2) returning id`;
const add = async (name: string) =>
  (await database().owner.row<{ id: string }>(insert, [organization.id, name])).id;
const categoriesOf = (changes: Change[]) =>
  changes.filter(({ table }) => table === 'product_categories').map(({ id }) => id);

describe('what commits late', () => {
  it('is told after it commits, though what was written later was told before; nobody waits for it', async () => {
    const slow = await database().owner.begin();
    const { rows } = await slow.query<{ id: string }>(insert, [organization.id, 'Slow']);
    const quick = await add('Quick');
    expect(categoriesOf(await me.changes())).toEqual([quick]);
    expect(categoriesOf(await me.changes())).toEqual([]);
    const later = await add('Later');
    await slow.commit();
    expect(categoriesOf(await me.changes()).toSorted()).toEqual([rows[0]?.id, later].toSorted());
    expect(categoriesOf(await me.changes())).toEqual([]);
  });

  it('is told to a page opened since, however long ago it was written', async () => {
    const { owner } = database();
    const long = await owner.begin();
    const written = await long.query<{ id: string }>(insert, [organization.id, 'Long']);
    await long.query(`update private.changes set at = at - interval '1 hour' where record_id = $1`, [
      written.rows[0]?.id,
    ]);
    await owner.rows('select private.mark_changes()');
    await owner.rows(`update private.change_marks set at = at - interval '3 minutes'`);
    await long.commit();
    const { changes } = await changesSince(caller, organization);
    expect(categoriesOf(changes)).toEqual([written.rows[0]?.id]);
  });
});

describe('many changes', () => {
  /** As if so many requests had been made. */
  const write = (requester: Requester, count: number, name: string) =>
    requester.rows(
      `insert into private.changes (org_id, table_name, record_id, op, version, topics, gone_topics)
       select $1::uuid, $3, gen_random_uuid(), 'insert', 1, array['org:' || $1::uuid], '{}' from generate_series(1, $2::integer)`,
      [organization.id, count, name],
    );

  it('come in pages, of which none hides what was committed in between', async () => {
    const { owner } = database();
    const slow = await owner.begin();
    await slow.query(
      `insert into private.changes (org_id, table_name, record_id, op, version, topics, gone_topics)
       values ($1::uuid, 'slow', gen_random_uuid(), 'insert', 1, array['org:' || $1::uuid], '{}')`,
      [organization.id],
    );
    await write(owner, 12_000, 'first');
    const page = await me.page();
    expect(page).toMatchObject({ more: true, reset: false });
    expect(page.changes).toHaveLength(2_000);
    me.cursor = page.cursor;
    await slow.commit();
    await write(owner, 9_000, 'second');
    const rest = await me.changes();
    const count = (name: string) => rest.filter(({ table }) => table === name).length;
    expect([count('first'), count('slow'), count('second')]).toEqual([10_000, 1, 9_000]);
    expect(await me.changes()).toEqual([]);
  });

  it('are not told one by one to who was away for more than 20,000 of them: they read anew and go on', async () => {
    const { owner } = database();
    const walker = await Follower.start(caller, organization);
    await write(owner, 20_000, 'many');
    const first = await walker.page();
    expect(first).toMatchObject({ more: true, reset: false });
    walker.cursor = first.cursor;
    await write(owner, 1, 'one too many');
    const away = await me.page();
    expect(away).toMatchObject({ changes: [], more: false, reset: true });
    me.cursor = away.cursor;
    expect((await walker.changes()).length, 'who walks already goes on').toBe(18_001);
    const later = await add('Later');
    expect(categoriesOf(await me.changes())).toEqual([later]);
  });
});

describe('whoever follows at any pace while several write', () => {
  it('ends with what is in the database, and is told of no change twice', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(schedule, { minLength: 20, maxLength: 60 }), async (steps) => {
        const follower = await Follower.start(caller, organization);
        const seen: string[] = [];
        const known = new Map<string, number>();
        const read = async () => {
          for (const { table, id, version, op } of await follower.changes()) {
            if (table !== 'product_categories') continue;
            seen.push(`${id} ${version} ${op}`);
            known.set(id ?? '', Math.max(known.get(id ?? '') ?? 0, version ?? 0));
          }
        };
        await play(steps, read);
        await read();
        const stored = await caller.rows<{ id: string; version: number }>(
          'select id, version from product_categories where org_id = $1',
          [organization.id],
        );
        expect(Object.fromEntries(known)).toEqual(
          Object.fromEntries(stored.map(({ id, version }) => [id, version])),
        );
        expect(new Set(seen).size).toBe(seen.length);
        await database().owner.rows('delete from product_categories where org_id = $1', [organization.id]);
      }),
      { numRuns: 12 },
    );
  });

  interface Step {
    writer: number;
    action: 'insert' | 'update' | 'commit' | 'rollback' | 'read';
    row: number;
  }
  const schedule: fc.Arbitrary<Step> = fc.record({
    writer: fc.nat(3),
    action: fc.constantFrom('insert', 'update', 'update', 'commit', 'rollback', 'read'),
    row: fc.nat(20),
  });

  /** Four connections, each in the middle of a transaction of its own most of the time. */
  async function play(steps: Step[], read: () => Promise<void>): Promise<void> {
    const open = new Map<number, Awaited<ReturnType<Requester['begin']>>>();
    for (const { writer, action, row } of steps) {
      if (action === 'read') {
        await read();
        continue;
      }
      const transaction = open.get(writer) ?? (await database().owner.begin());
      open.set(writer, transaction);
      if (action === 'insert')
        await transaction.query(insert, [organization.id, `Row ${row} ${randomUUID()}`]);
      // Rows that somebody else is changing are left alone: nobody could go on while they wait.
      else if (action === 'update') {
        await transaction.query(
          `update product_categories set name = name || '.' where id = (
             select id from product_categories where org_id = $1 order by name limit 1 offset $2 for update skip locked)`,
          [organization.id, row % 3],
        );
      } else {
        open.delete(writer);
        await transaction[action]();
      }
    }
    for (const transaction of open.values()) await transaction.commit();
  }
});

describe('the days that are kept', () => {
  const days = async () =>
    (
      await database().owner.rows<{ name: string }>(
        `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'private.changes'::regclass order by 1`,
      )
    ).map(({ name }) => name.replace('private.', ''));
  /** The day so many days after another. */
  const dayAfter = (day: string, offset: number) =>
    new Date(Date.parse(day) + offset * 86_400_000).toISOString().slice(0, 10);
  const partition = (day: string) => `changes_${day.replaceAll('-', '_')}`;
  /** The day of a partition and the three after it. */
  const ahead = (day: string) => [0, 1, 2, 3].map((offset) => partition(dayAfter(day, offset)));
  /**
   * Keeps the changes, and tells which day (UTC) that was done on: the database's, in the same transaction, since midnight may
   * pass between any two. What has to be there before is made in it as well.
   */
  async function keep(prepare: (today: string) => string[] = () => []): Promise<string> {
    const transaction = await database().owner.begin();
    const { rows } = await transaction.query<{ today: string }>(
      `select (now() at time zone 'utc')::date::text as today`,
    );
    const today = rows[0]?.today ?? '';
    for (const command of prepare(today)) await transaction.query(command);
    await transaction.query('select private.keep_changes()');
    await transaction.commit();
    return today;
  }

  it('are made ahead and dropped after a week', async () => {
    const [first = ''] = await days();
    const made = first.replace('changes_', '').replaceAll('_', '-');
    expect(await days()).toEqual([...ahead(made), 'changes_default']);
    const today = await keep((now) =>
      [-9, -8, -7].map((offset) => {
        const day = dayAfter(now, offset);
        return `create table private.${partition(day)} partition of private.changes
          for values from ('${day} 00:00+00') to ('${dayAfter(day, 1)} 00:00+00')`;
      }),
    );
    // The migrations may have run before midnight.
    expect([today, dayAfter(today, -1)]).toContain(made);
    const oldest = partition(dayAfter(today, -7));
    expect(await days()).toEqual([...new Set([oldest, ...ahead(made), ...ahead(today)]), 'changes_default']);
    await database().owner.rows(`drop table private.${oldest}`);
  });

  it('need no job for a write to succeed and to be told', async () => {
    for (const day of await days()) {
      if (day !== 'changes_default') await database().owner.rows(`drop table private.${day}`);
    }
    const id = await add('One');
    expect(categoriesOf(await me.changes())).toEqual([id]);
    // What is there already stays where it is; the days after get their partitions.
    const strays = await database().owner.rows<{ day: string }>(
      `select distinct (at at time zone 'utc')::date::text as day from private.changes_default`,
    );
    expect(strays).toHaveLength(1);
    const today = await keep();
    expect(await days()).toEqual([
      ...ahead(today).filter((name) => name !== partition(strays[0]?.day ?? '')),
      'changes_default',
    ]);
    const other = await add('Two');
    expect(categoriesOf(await me.changes())).toEqual([other]);
    await database().owner.rows(`update private.changes set at = at - interval '9 days'`);
    const later = await keep();
    expect(await days()).toContain(partition(later));
    expect(await database().owner.rows('select from private.changes')).toEqual([]);
  });

  it('do not fail a write when they cannot be written at all', async () => {
    await database().owner.rows(
      'alter table private.changes add constraint test_refuse check (false) not valid',
    );
    const id = await add('One');
    expect(await caller.rows('select from product_categories where id = $1', [id])).toHaveLength(1);
    await database().owner.rows('alter table private.changes drop constraint test_refuse');
  });

  it('decide who has to read anew', async () => {
    const back = async (hours: number) => {
      const parts = (me.cursor ?? '').split('_');
      const cursor = parts.with(1, String(Number(parts[1]) - hours * 3600)).join('_');
      return (await changesSince(caller, organization, cursor)).reset;
    };
    expect([await back(0), await back(24 * 7 - 1), await back(24 * 7 + 1)]).toEqual([false, false, true]);
  });
});
