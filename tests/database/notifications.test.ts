import { beforeEach, describe, expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import { addCustomer, colleague, found, join, signUp, type Person } from './support/fixtures.ts';
import { useOrganization } from './support/organization.ts';

const database = useDatabase();
const { admin, organization, caller } = useOrganization(database, 'Notifications');
let seller: Person;

beforeEach(async () => {
  seller = await colleague(database(), organization, 'Seller', 'sales');
});

const inbox = (person: Person) =>
  database()
    .user(person)
    .rows('select kind, customer_id, actor_id, data from notifications where org_id = $1 order by kind', [
      organization.id,
    ]);

describe('being assigned a customer', () => {
  it('notifies the new owner, at insert and at update', async () => {
    const given = await addCustomer(caller, organization, { name: 'Given', owner_id: seller.id });
    const kept = await addCustomer(caller, organization, { name: 'Kept' });
    expect(await inbox(seller)).toEqual([
      { kind: 'assigned', customer_id: given, actor_id: admin.id, data: { customer_name: 'Given' } },
    ]);
    await caller.rows('update customers set owner_id = $2 where id = $1', [kept, seller.id]);
    await caller.rows(`update customers set phase = 'Pilot' where id = $1`, [kept]);
    expect(await inbox(seller)).toHaveLength(2);
    expect(await inbox(admin)).toEqual([]);
  });

  it('is not told while the customer is in the trash or out of reach', async () => {
    const rep = await colleague(database(), organization, 'Rep', 'medical_rep');
    const given = await addCustomer(caller, organization, { name: 'Given', owner_id: rep.id });
    const marked = () => database().user(rep).row('select mark_notifications_read() as marked');
    expect(await inbox(rep)).toHaveLength(1);
    await caller.rows('select delete_customer($1)', [given]);
    expect(await inbox(rep)).toEqual([]);
    expect(await marked()).toEqual({ marked: 0 });
    await caller.rows(`select restore_from_trash('customers', $1)`, [given]);
    expect(await inbox(rep)).toHaveLength(1);
    await caller.rows('update customers set owner_id = $2 where id = $1', [given, seller.id]);
    expect(await inbox(rep)).toEqual([]);
    await caller.rows('update customers set owner_id = $2 where id = $1', [given, rep.id]);
    expect(await inbox(rep)).toHaveLength(2);
    expect(await marked()).toEqual({ marked: 2 });
  });

  it('is silent for imports without a person behind them', async () => {
    await addCustomer(database().owner, organization, { owner_id: seller.id });
    expect(await inbox(seller)).toEqual([]);
  });
});

describe('a follow-up that is due', () => {
  /** Logged an hour ago, due now. */
  const plan = (person: Person, customer: string, due = `now() - interval '1 minute'`) =>
    database()
      .user(person)
      .rows(
        `insert into interactions (org_id, customer_id, type, note, next_action, occurred_at, follow_up_at)
         values ($1, $2, 'call', 'Asked for a quote.', 'Send the quote', now() - interval '30 days', ${due})`,
        [organization.id, customer],
      );
  const tick = () => database().owner.row<{ told: number }>('select private.notify_due_follow_ups() as told');

  it('tells the person who planned it, once', async () => {
    const customer = await addCustomer(caller, organization, { name: 'Bauer' });
    await plan(seller, customer);
    await Promise.all([tick(), tick(), tick()]);
    await tick();
    expect(await inbox(seller)).toEqual([
      {
        kind: 'follow_up_due',
        customer_id: customer,
        actor_id: null,
        data: { customer_name: 'Bauer', next_action: 'Send the quote', follow_up_at: expect.any(String) },
      },
    ]);
    expect(await inbox(admin)).toEqual([]);
  });

  it('tells the owner when the planner is no longer active', async () => {
    const customer = await addCustomer(caller, organization);
    await plan(seller, customer);
    await caller.rows('update memberships set is_active = false where user_id = $1', [seller.id]);
    await tick();
    expect(await inbox(admin)).toMatchObject([{ kind: 'follow_up_due', customer_id: customer }]);
  });

  it('tells nobody who may not see the customer', async () => {
    const rep = await colleague(database(), organization, 'Rep', 'medical_rep');
    const customer = await addCustomer(database().user(rep), organization);
    await plan(rep, customer);
    await caller.rows('update customers set owner_id = $2 where id = $1', [customer, seller.id]);
    await tick();
    expect(await inbox(rep)).toEqual([]);
    expect(await inbox(seller)).toMatchObject([{ kind: 'assigned' }, { kind: 'follow_up_due' }]);
  });

  it('tells nobody who may read no interactions', async () => {
    const { id: role } = await caller.row<{ id: string }>(
      'select id from save_role($1, null, $2, null, $3, null)',
      [organization.id, 'Customers alone', JSON.stringify({ 'customers:read': 'own' })],
    );
    const reader = await signUp(database(), 'Reader');
    await join(database(), organization, reader, []);
    await caller.rows('insert into member_roles (org_id, user_id, role_id) values ($1, $2, $3)', [
      organization.id,
      reader.id,
      role,
    ]);
    const customer = await addCustomer(caller, organization, { owner_id: reader.id });
    await plan(seller, customer);
    await caller.rows('update memberships set is_active = false where user_id = $1', [seller.id]);
    await tick();
    expect(await inbox(reader)).toMatchObject([{ kind: 'assigned' }]);
  });

  it('is dropped when it was corrected, put aside or long ago', async () => {
    const archived = await addCustomer(caller, organization);
    await plan(seller, archived);
    await caller.rows('update customers set is_archived = true where id = $1', [archived]);
    const corrected = await addCustomer(caller, organization);
    await plan(seller, corrected);
    await database()
      .user(seller)
      .rows(
        `insert into interactions (org_id, customer_id, type, note, corrects_id)
         select org_id, customer_id, type, 'No follow-up needed.', id from interactions where customer_id = $1`,
        [corrected],
      );
    await plan(seller, await addCustomer(caller, organization), `now() - interval '8 days'`);
    await plan(seller, await addCustomer(caller, organization), `now() + interval '1 day'`);
    await tick();
    expect(await inbox(seller)).toEqual([]);
  });

  it('is looked for every minute', async () => {
    expect(
      await database().admin.rows(
        `select schedule, command from cron.job where jobname = 'follow-up-notifications'`,
      ),
    ).toEqual([{ schedule: '* * * * *', command: 'select private.notify_due_follow_ups()' }]);
  });
});

describe('mark_notifications_read', () => {
  it('marks one’s own: the named ones, those of an organisation, or all', async () => {
    const elsewhere = await found(database(), admin, 'Elsewhere');
    await join(database(), elsewhere, seller, ['sales']);
    for (let n = 0; n < 3; n++) await addCustomer(caller, organization, { owner_id: seller.id });
    await addCustomer(caller, elsewhere, { owner_id: seller.id });
    const mine = database().user(seller);
    const [first] = await mine.rows<{ id: string }>('select id from notifications where org_id = $1', [
      organization.id,
    ]);
    const mark = async (sql: string, values: unknown[] = []) =>
      (await mine.row<{ count: number }>(`select ${sql} as count`, values)).count;
    expect(await caller.row('select mark_notifications_read($1) as count', [[first?.id]])).toEqual({
      count: 0,
    });
    expect(await mark('mark_notifications_read($1)', [[first?.id]])).toBe(1);
    expect(await mark('mark_notifications_read($1)', [[first?.id]])).toBe(0);
    expect(await mark('mark_notifications_read(org_id => $1)', [organization.id])).toBe(2);
    expect(await mark('mark_notifications_read()')).toBe(1);
  });

  it('leaves everything else about a notification alone', async () => {
    await addCustomer(caller, organization, { owner_id: seller.id });
    expect(
      await database().user(seller).refusal(`update notifications set kind = 'follow_up_due'`),
    ).toMatchObject({ code: '42501' });
    expect(await database().user(seller).refusal('delete from notifications')).toMatchObject({
      code: '42501',
    });
  });
});
