import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { changesSince, Follower } from './support/changes.ts';
import { useDatabase } from './support/database.ts';
import { addCustomer, cards, colleague, found, type Person, signUp } from './support/fixtures.ts';
import { useOrganization } from './support/organization.ts';
import { addBranch, assign } from './support/territories.ts';

const database = useDatabase();
const { admin, organization, caller } = useOrganization(database, 'Catching up');

const follow = (person: Person, topics?: string[]) =>
  Follower.start(database().user(person), organization, topics);

describe('who was away', () => {
  it('is told the last state of each row that changed, once', async () => {
    const me = await follow(admin);
    const [first, second, third] = [
      await addCustomer(caller, organization),
      await addCustomer(caller, organization),
      await addCustomer(caller, organization),
    ];
    await caller.rows(`update customers set name = 'Renamed' where id = $1`, [first]);
    await caller.rows('select delete_customer($1)', [second]);
    await database().owner.rows('delete from customers where id = $1', [third]);
    await caller.rows(`insert into products (org_id, name) values ($1, 'New')`, [organization.id]);
    const news = await me.changes();
    expect(news).toContainEqual(
      expect.objectContaining({ id: first, op: 'update', version: 2, actor: admin.id }),
    );
    expect(news).toContainEqual(
      expect.objectContaining({ id: second, op: 'gone', version: 2, actor: admin.id }),
    );
    expect(news).toContainEqual(
      expect.objectContaining({ id: third, op: 'delete', version: 1, actor: null }),
    );
    expect(news.filter(({ table }) => table === 'customers')).toHaveLength(3);
    expect(news).toContainEqual(expect.objectContaining({ table: 'products', op: 'insert' }));
    expect(await me.news()).toEqual([]);
  });

  it('is told of many rows of one statement as one change', async () => {
    const me = await follow(admin);
    await caller.rows(
      `insert into customers (org_id, name) select $1, 'Row ' || n from generate_series(1, 51) as n`,
      [organization.id],
    );
    expect(await me.news()).toEqual(['customers bulk']);
    await database().owner.rows('update customers set name = name where org_id = $1', [organization.id]);
    expect(await me.news()).toEqual([]);
    await database().owner.rows(
      `update customers set name = case when name = 'Row 7' then 'Seven' else name end where org_id = $1`,
      [organization.id],
    );
    expect((await me.changes()).map(({ op }) => op)).toEqual(['update']);
  });

  it('is told of many cards that got shorter ranks as one change, and they stand as before', async () => {
    await database().owner.rows(
      `insert into customers (org_id, name, board_rank)
       select $1, 'Card ' || lpad(n::text, 2, '0'), 'a0' || repeat('z', 198) || lpad(n::text, 3, '0') || '1'
       from generate_series(1, 60) as n`,
      [organization.id],
    );
    const dropped = await addCustomer(caller, organization, { name: 'Dropped' });
    const before = (await cards(caller, organization, 'lead')).filter((name) => name !== 'Dropped');
    const me = await follow(admin);
    await caller.rows(
      `select move_customer($1, 'lead',
         (select id from customers where org_id = $2 and name = 'Card 05'), (select id from customers where org_id = $2 and name = 'Card 06'))`,
      [dropped, organization.id],
    );
    expect(await me.news()).toEqual(['customers bulk', `customers update 2 ${dropped}`]);
    const after = await cards(caller, organization, 'lead');
    expect(after.filter((name) => name !== 'Dropped')).toEqual(before);
    expect(after.indexOf('Dropped')).toBe(before.indexOf('Card 06'));
  });

  it('is told when a table is emptied', async () => {
    const seller = await colleague(database(), organization, 'Seller', 'sales');
    await addCustomer(caller, organization, { owner_id: seller.id });
    const [mine, theirs] = [await follow(admin), await follow(seller)];
    await database().owner.rows('truncate notifications');
    expect(await theirs.news()).toEqual(['notifications bulk']);
    expect(await mine.news()).toEqual([]);
  });

  it('hears of the present account, and of nobody else’s', async () => {
    const seller = await colleague(database(), organization, 'Seller', 'sales');
    const [mine, theirs] = [await follow(admin), await follow(seller)];
    await database()
      .user(seller)
      .rows(`update profiles set avatar_color = '#123456' where id = $1`, [seller.id]);
    const own = (line: string) => line.startsWith('profiles');
    expect((await theirs.news()).filter(own)).toEqual([`profiles update 2 ${seller.id}`]);
    expect((await mine.news()).filter(own)).toEqual([]);
  });

  it('can tell what it heard live, which says the same', async () => {
    const me = await follow(admin);
    await database().owner.rows('delete from realtime.messages');
    const id = await addCustomer(caller, organization);
    const [kept] = await database().owner.rows<{ cursor: string }>(
      `select xid || ':' || seq as cursor from private.changes where record_id = $1`,
      [id],
    );
    const [told] = await me.changes();
    expect(told).toMatchObject({ id, version: 1 });
    const events = await database().owner.rows<{ cursor: string; at: string }>(
      `select payload ->> 'cursor' as cursor, payload ->> 'at' as at from realtime.messages where payload ->> 'id' = $1`,
      [id],
    );
    expect(events).toEqual([
      { ...kept, at: told?.at },
      { ...kept, at: told?.at },
    ]);
  });
});

describe('a representative', () => {
  it('is told of what they may see, and that it is gone when it left their reach', async () => {
    const [rep, other] = [
      await colleague(database(), organization, 'Rep', 'medical_rep'),
      await colleague(database(), organization, 'Other', 'medical_rep'),
    ];
    const branch = await addBranch(caller, organization);
    await assign(caller, organization, rep, branch.brick);
    const me = await follow(rep);
    const customers = async () => (await me.news()).filter((line) => line.startsWith('customers'));

    await addCustomer(caller, organization, { owner_id: other.id });
    const own = await addCustomer(caller, organization, { owner_id: rep.id });
    const here = await addCustomer(caller, organization, { owner_id: null, territory_id: branch.brick });
    expect(await customers()).toEqual([`customers insert 1 ${own}`, `customers insert 1 ${here}`].toSorted());

    await caller.rows('update customers set owner_id = $2, territory_id = null where id = $1', [
      here,
      rep.id,
    ]);
    await caller.rows('update customers set owner_id = $2 where id = $1', [own, other.id]);
    // What happens where one does not hear it any more stays there.
    await caller.rows(`update customers set name = 'Elsewhere' where id = $1`, [own]);
    expect(await customers()).toEqual([`customers gone 2 ${own}`, `customers update 2 ${here}`].toSorted());
    await caller.rows('update customers set owner_id = $2 where id = $1', [own, rep.id]);
    expect(await customers()).toEqual([`customers update 4 ${own}`]);
  });

  it('is told of parts of a record by asking for it, if it is theirs', async () => {
    const [rep, other] = [
      await colleague(database(), organization, 'Rep', 'medical_rep'),
      await colleague(database(), organization, 'Other', 'medical_rep'),
    ];
    const [own, foreign] = [
      await addCustomer(caller, organization, { owner_id: rep.id }),
      await addCustomer(caller, organization, { owner_id: other.id }),
    ];
    const asked = await follow(rep, [
      `customer:${own}`,
      `customer:${foreign}`,
      `owner:${organization.id}:${other.id}`,
    ]);
    const silent = await follow(rep);
    for (const customer of [own, foreign]) {
      await caller.rows(
        `insert into interactions (org_id, customer_id, type, note) values ($1, $2, 'note', 'x')`,
        [organization.id, customer],
      );
    }
    const [row] = await caller.rows<{ id: string }>('select id from interactions where customer_id = $1', [
      own,
    ]);
    expect(await asked.news()).toEqual([`interactions insert 1 ${row?.id}`]);
    expect(await silent.news()).toEqual([]);
  });

  it('reads anew when what they may hear has changed', async () => {
    const rep = await colleague(database(), organization, 'Rep', 'medical_rep');
    const branch = await addBranch(caller, organization);
    const me = await follow(rep);
    await assign(caller, organization, rep, branch.brick);
    expect(await me.page()).toMatchObject({ reset: true, changes: [], more: false });
    me.cursor = (await me.page()).cursor;
    await database().owner.rows(`delete from member_roles where user_id = $1`, [rep.id]);
    const narrowed = await me.page();
    expect(narrowed).toMatchObject({ reset: true });
    me.cursor = narrowed.cursor;
    await addCustomer(caller, organization, { owner_id: rep.id });
    expect((await me.news()).filter((line) => line.startsWith('customers'))).toEqual([]);
  });

  it('is told nothing once they are no member', async () => {
    const rep = await colleague(database(), organization, 'Rep', 'medical_rep');
    const { cursor } = await follow(rep);
    const ask = () => database().user(rep).refusal('select changes_since($1, $2)', [organization.id, cursor]);
    await caller.rows('update memberships set is_active = false where user_id = $1', [rep.id]);
    expect(await ask()).toMatchObject({ code: 'PT404', message: 'organization_not_found' });
    await caller.rows('update memberships set is_active = true where user_id = $1', [rep.id]);
    await database().owner.rows('update organizations set deleted_at = now() where id = $1', [
      organization.id,
    ]);
    expect(await ask()).toMatchObject({ code: 'PT404' });
    await database().owner.rows('delete from customers where org_id = $1', [organization.id]);
    await database().owner.rows('delete from organizations where id = $1', [organization.id]);
    expect(await ask()).toMatchObject({ code: 'PT404' });
  });
});

describe('a narrowed request', () => {
  /** As the caller with other claims or headers, in a request of its own. */
  async function told(claims: object, headers: object): Promise<string[]> {
    const request = await database()
      .as({ role: 'authenticated', sub: admin.id, ...claims })
      .begin();
    await request.query(`select set_config('request.headers', $1, true)`, [JSON.stringify(headers)]);
    const { rows } = await request.query<{ tables: string[] }>(
      `select array(select distinct change ->> 'table' from json_array_elements(changes_since($1, null, $2) -> 'changes') as change) as tables`,
      [organization.id, [`org:${organization.id}:customers`]],
    );
    await request.rollback();
    return rows[0]?.tables ?? [];
  }

  it('is told no more than the key or the role that is looked through may read', async () => {
    await addCustomer(caller, organization);
    const key = (...scopes: string[]) => ({ api_key_id: randomUUID(), org_id: organization.id, scopes });
    expect(await told({}, {})).toContain('customers');
    expect(await told(key('customers:read'), {})).toContain('customers');
    expect(await told(key('products:read'), {})).not.toContain('customers');
    const { id } = await caller.row<{ id: string }>(
      `select id from roles where org_id = $1 and key = 'medical_rep'`,
      [organization.id],
    );
    await addCustomer(database().owner, organization, { owner_id: null });
    expect(await told({}, { 'x-tandem-view-as': id })).toContain('customers');
    await database().owner.rows(`delete from private.changes where topics && $1`, [
      [`owner:${organization.id}:${admin.id}`],
    ]);
    expect(await told({}, { 'x-tandem-view-as': id })).not.toContain('customers');
    expect(await told({}, {})).toContain('customers');
  });
});

describe('a hostile question', () => {
  it.each([
    '',
    'c1',
    'nonsense',
    'c1_1_000000000000_',
    'c1_1_000000000000_5:1:',
    'c1_x_000000000000_1:1:',
    'c1_99999999999999999999_000000000000_1:1:',
    'c1_1_000000000000_1:1:_1:1:_1',
    'c1_1_000000000000_1:1:_1:1:_-1_1',
    'c1_1_000000000000_1:1:_1:1:_1_99999999999999999999',
    `c1_1_000000000000_1:9:${'3,'.repeat(50_000)}`,
    `'; drop table private.changes; --`,
    'ä'.repeat(100_000),
  ])('with the cursor %.40j is refused', async (cursor) => {
    expect(await caller.refusal('select changes_since($1, $2)', [organization.id, cursor])).toMatchObject({
      code: 'PT400',
      message: 'invalid_cursor',
      detail: { field: 'cursor' },
    });
  });

  it('with somebody else’s cursor, or one from the future, gives nothing but a new one', async () => {
    const stranger = await signUp(database(), 'Stranger');
    const theirs = await found(database(), stranger, 'Theirs');
    const { cursor } = await changesSince(database().user(stranger), theirs);
    expect(await changesSince(caller, organization, cursor)).toMatchObject({ reset: true, changes: [] });
    const mine = (await changesSince(caller, organization)).cursor.split('_');
    const forged = async (place: number, value: string) =>
      (await changesSince(caller, organization, mine.with(place, value).join('_'))).reset;
    expect(await forged(3, '1:9223372036854775806:')).toBe(true);
    expect(await forged(3, '9223372036854775805:9223372036854775806:')).toBe(true);
    expect(await forged(1, '99999999999')).toBe(true);
    expect(await forged(1, '0')).toBe(true);
    expect(await forged(1, mine[1] ?? '')).toBe(false);
  });

  it('of a stranger, for no organisation, or about too much is refused', async () => {
    const stranger = database().user(await signUp(database(), 'Stranger'));
    expect(await stranger.refusal('select changes_since($1)', [organization.id])).toMatchObject({
      code: 'PT404',
    });
    expect(await caller.refusal('select changes_since(null)')).toMatchObject({ code: 'PT404' });
    expect(await caller.refusal('select changes_since($1)', [randomUUID()])).toMatchObject({ code: 'PT404' });
    expect(
      await database().as({ role: 'anon' }).refusal('select changes_since($1)', [organization.id]),
    ).toMatchObject({ code: '42501' });
    expect(
      await caller.refusal(`select changes_since($1, null, array_fill('x'::text, array[10000]))`, [
        organization.id,
      ]),
    ).toMatchObject({ code: 'PT422', detail: { field: 'topics' } });
    const odd = await caller.row<{ page: object }>(
      `select changes_since($1, null, array[[null, 'org:'], ['board', repeat('x', 100000)]]) as page`,
      [organization.id],
    );
    expect(odd.page).toMatchObject({ reset: false });
    await caller.rows('select changes_since($1, null, null)', [organization.id]);
  });
});
