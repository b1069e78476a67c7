import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Requester, useDatabase } from './support/database.ts';
import { found, join, signUp, type Organization, type Person, type SystemRole } from './support/fixtures.ts';

const database = useDatabase();

type Level = 'aal1' | 'aal2';

/** A session as Auth keeps it, and the requests that its token makes. */
async function session(person: Person, level: Level = 'aal1'): Promise<{ id: string; caller: Requester }> {
  const id = randomUUID();
  await database().admin.rows('insert into auth.sessions (id, user_id, aal) values ($1, $2, $3)', [
    id,
    person.id,
    level,
  ]);
  return { id, caller: token(person, id, level) };
}

function token(person: Person, sessionId: string, level: Level): Requester {
  return database().as({ role: 'authenticated', sub: person.id, session_id: sessionId, aal: level });
}

async function giveFactor(person: Person, status: 'verified' | 'unverified' = 'verified'): Promise<string> {
  const id = randomUUID();
  await database().admin.rows(
    `insert into auth.mfa_factors (id, user_id, factor_type, status, secret, created_at, updated_at)
     values ($1, $2, 'totp', $3::auth.factor_status, 'JBSWY3DPEHPK3PXP', now(), now())`,
    [id, person.id, status],
  );
  return id;
}

/** What a session sees of everything a person could reach: their organisation, its data and what is their own. */
async function sees(caller: Requester): Promise<Record<string, number>> {
  return caller.row(`select
    (select count(*) from organizations)::int as organizations,
    (select count(*) from customers)::int as customers,
    (select count(*) from settings where key = 'region.language')::int as settings,
    (select count(*) from memberships)::int as memberships,
    (select count(*) from member_roles)::int as roles,
    (select count(*) from profiles)::int as profiles,
    (select count(*) from my_sessions())::int as sessions`);
}

const nothing = {
  organizations: 0,
  customers: 0,
  settings: 0,
  memberships: 0,
  roles: 0,
  profiles: 0,
  sessions: 0,
};
const everything = { organizations: 1, customers: 1, settings: 1, memberships: 1, roles: 1, profiles: 1 };

let ada: Person;
let organization: Organization;
beforeEach(async () => {
  ada = await signUp(database(), 'Ada');
  organization = await found(database(), ada, 'Mercy Pharma');
  await database()
    .user(ada)
    .rows(`insert into customers (org_id, name) values ($1, 'Dr Salma')`, [organization.id]);
});

describe('a person with a second factor', () => {
  it('reaches nothing until the session has given it, and everything then', async () => {
    const [weak, strong] = [await session(ada), await session(ada, 'aal2')];
    expect(await sees(weak.caller)).toMatchObject(everything);
    await giveFactor(ada, 'unverified');
    expect(await sees(weak.caller)).toMatchObject(everything);

    await giveFactor(ada);
    expect(await sees(weak.caller)).toEqual(nothing);
    expect(await weak.caller.row('select session_state() as state')).toEqual({ state: 'second_factor' });
    expect(await sees(strong.caller)).toMatchObject(everything);
    expect(await strong.caller.row('select session_state() as state')).toEqual({ state: 'open' });
  });

  it('writes, joins and ends nothing either', async () => {
    await giveFactor(ada);
    const [weak, strong] = [await session(ada), await session(ada, 'aal2')];
    const [customer] = await strong.caller.rows<{ id: string }>('select id from customers');
    expect(await weak.caller.count('update customers set name = $1', ['Mine'])).toBe(0);
    expect(await weak.caller.count('update profiles set first_name = $1', ['Mine'])).toBe(0);
    const refused = [
      await weak.caller.refusal('insert into customers (org_id, name) values ($1, $2)', [
        organization.id,
        'X',
      ]),
      await weak.caller.refusal(`select create_organization('Mine')`),
      await weak.caller.refusal('select leave_organization($1)', [organization.id]),
      await weak.caller.refusal('select delete_organization($1, $2)', [organization.id, 'Mercy Pharma']),
      await weak.caller.refusal('select end_session($1)', [strong.id]),
      await weak.caller.refusal('select end_other_sessions()'),
    ];
    expect(refused.map(({ code }) => code)).toEqual(['42501', 'PT401', 'PT401', 'PT401', 'PT401', 'PT401']);
    for (const topic of [`user:${ada.id}`, `org:${organization.id}`, `customer:${customer?.id}`]) {
      expect(await weak.caller.row('select private.can_join($1) as may', [topic])).toEqual({ may: false });
      expect(await strong.caller.row('select private.can_join($1) as may', [topic])).toEqual({ may: true });
    }
  });

  it('is what Auth says now, not what the token still says', async () => {
    const factor = await giveFactor(ada);
    const strong = await session(ada, 'aal2');
    expect(await sees(token(ada, strong.id, 'aal1'))).toEqual(nothing);
    // Reset by an administrator: the session is an ordinary one at the next statement.
    await database().admin.rows('delete from auth.mfa_factors where id = $1', [factor]);
    await database().admin.rows(`update auth.sessions set aal = 'aal1' where id = $1`, [strong.id]);
    expect(await sees(strong.caller)).toMatchObject(everything);
    await giveFactor(ada);
    expect(await sees(strong.caller)).toEqual(nothing);
  });

  it('does not bind API keys, nor what is asked about somebody else', async () => {
    const ben = await signUp(database(), 'Ben');
    await join(database(), organization, ben, ['admin']);
    await giveFactor(ben);
    const key = database().as({
      role: 'authenticated',
      sub: ben.id,
      api_key_id: randomUUID(),
      org_id: organization.id,
      scopes: ['customers:read'],
    });
    expect(await key.rows('select name from customers')).toEqual([{ name: 'Dr Salma' }]);
    expect(
      await database().owner.row(
        `select count(*)::int as count from private.granted_orgs($1, 'customers:read')`,
        [ben.id],
      ),
    ).toEqual({ count: 1 });
  });
});

describe('a session that has ended', () => {
  it('shows nothing at the next statement, though its token has not expired', async () => {
    const [one, other] = [await session(ada), await session(ada)];
    await other.caller.rows('select end_session($1)', [one.id]);
    expect(await sees(one.caller)).toEqual(nothing);
    expect(await one.caller.row('select session_state() as state')).toEqual({ state: 'ended' });
    expect(await one.caller.refusal(`select create_organization('Mine')`)).toMatchObject({ code: 'PT401' });
    expect(await sees(other.caller)).toMatchObject(everything);
  });

  it("and one that is past its time, malformed or somebody else's", async () => {
    const mine = await session(ada);
    const ben = await signUp(database(), 'Ben');
    const his = await session(ben);
    expect(await sees(token(ada, his.id, 'aal1'))).toEqual(nothing);
    expect(await sees(token(ada, 'no session', 'aal1'))).toEqual(nothing);
    await database().admin.rows(
      `update auth.sessions set not_after = now() - interval '1 second' where id = $1`,
      [mine.id],
    );
    expect(await sees(mine.caller)).toEqual(nothing);
  });
});

describe('an organisation that asks for a second factor', () => {
  const require = (caller: Requester, on: boolean) =>
    caller.row('select save_settings($1, $2)', [
      organization.id,
      JSON.stringify({ 'security.require_second_factor': String(on) }),
    ]);

  /** Ben in the organisation without a second factor and Ada with one, both signed in. */
  async function weakAndStrong(role: SystemRole) {
    const ben = await signUp(database(), 'Ben');
    await join(database(), organization, ben, [role]);
    await giveFactor(ada);
    return { ben, weak: await session(ben), strong: await session(ada, 'aal2') };
  }

  it('gives sessions without one nothing, from the next statement to the one after it is switched off', async () => {
    const { ben, weak, strong: admin } = await weakAndStrong('manager');
    const asking = () => weak.caller.rows('select name, slug from organizations_asking_second_factor()');
    expect(await asking()).toEqual([]);
    const timesTold = async () =>
      (
        await database().admin.rows(
          `select from realtime.messages where topic = $1 and event = 'membership_changed'`,
          [`user:${ben.id}`],
        )
      ).length;
    const told = await timesTold();

    await require(admin.caller, true);
    // What is their own stays: they have to be able to set one up, or to leave.
    expect(await sees(weak.caller)).toEqual({
      ...nothing,
      memberships: 1,
      roles: 1,
      profiles: 1,
      sessions: 1,
    });
    expect(await asking()).toEqual([{ name: 'Mercy Pharma', slug: organization.slug }]);
    expect(await admin.caller.rows('select * from organizations_asking_second_factor()')).toEqual([]);
    expect(await sees(admin.caller)).toMatchObject({ organizations: 1, customers: 1 });
    expect(await weak.caller.row('select private.can_join($1) as may', [`org:${organization.id}`])).toEqual({
      may: false,
    });

    expect(await timesTold()).toBe(told + 1);

    await require(admin.caller, false);
    expect(await sees(weak.caller)).toMatchObject({ organizations: 1, customers: 1 });
  });

  it('is not restored by a session without one', async () => {
    const { weak, strong } = await weakAndStrong('admin');
    await require(strong.caller, true);
    await strong.caller.rows('select delete_organization($1, $2)', [organization.id, 'Mercy Pharma']);
    expect(await weak.caller.rows('select * from deleted_organizations()')).toEqual([]);
    expect(await weak.caller.refusal('select restore_organization($1)', [organization.id])).toMatchObject({
      code: 'PT404',
    });
    expect(await strong.caller.rows('select restore_organization($1)', [organization.id])).toHaveLength(1);
  });

  it('and no other organisation of theirs', async () => {
    await giveFactor(ada);
    await require((await session(ada, 'aal2')).caller, true);
    const ben = await signUp(database(), 'Ben');
    await join(database(), organization, ben, ['viewer']);
    const own = await found(database(), ben, 'His Own');
    expect(await (await session(ben)).caller.rows('select slug from organizations')).toEqual([
      { slug: own.slug },
    ]);
  });

  it('means the same to what asks in one query and to what asks step by step', async () => {
    const sql = `select array(select private.orgs_with('customers:read')) as reached`;
    /** With a header that narrows nothing, the longer way is taken. */
    const reached = async (caller: Requester, headers: object) => {
      const open = await caller.begin();
      await open.query(`select set_config('request.headers', $1, true)`, [JSON.stringify(headers)]);
      const { rows } = await open.query<{ reached: string[] }>(sql);
      await open.rollback();
      return rows[0]?.reached;
    };
    const answers = new Set<string>();
    const check = async () => {
      for (const kept of ['aal1', 'aal2'] as const) {
        const { id } = await session(ada, kept);
        for (const claimed of ['aal1', 'aal2'] as const) {
          const caller = token(ada, id, claimed);
          for (const hasEnded of [false, true]) {
            if (hasEnded)
              await database().admin.rows('update auth.sessions set not_after = now() where id = $1', [id]);
            const atOnce = await reached(caller, {});
            expect([kept, claimed, hasEnded, atOnce]).toEqual([
              kept,
              claimed,
              hasEnded,
              await reached(caller, { 'x-tandem-view-as': 'nobody' }),
            ]);
            answers.add(JSON.stringify([kept, claimed, hasEnded, atOnce?.length]));
            if (hasEnded)
              await database().admin.rows('update auth.sessions set not_after = null where id = $1', [id]);
          }
        }
      }
    };
    await check();
    await giveFactor(ada, 'unverified');
    await check();
    await giveFactor(ada);
    await check();
    await require((await session(ada, 'aal2')).caller, true);
    await check();
    await database().admin.rows('delete from auth.mfa_factors where user_id = $1', [ada.id]);
    await check();
    expect(answers).toContain('["aal1","aal1",false,1]');
    expect(answers).toContain('["aal1","aal1",false,0]');
    expect(answers).toContain('["aal2","aal2",false,1]');
    expect(answers).not.toContain('["aal2","aal2",true,1]');
  });

  it('nor does an admin of it see it through another role', async () => {
    const { weak, strong } = await weakAndStrong('admin');
    await require(strong.caller, true);
    const { id: viewer } = await strong.caller.row<{ id: string }>(
      `select id from roles where org_id = $1 and key = 'viewer'`,
      [organization.id],
    );
    const through = async (caller: Requester) => {
      const open = await caller.begin();
      await open.query(`select set_config('request.headers', $1, true)`, [
        JSON.stringify({ 'x-tandem-view-as': viewer }),
      ]);
      const { rows } = await open.query<{ count: number }>('select count(*)::int as count from customers');
      await open.rollback();
      return rows[0]?.count;
    };
    expect(await through(strong.caller)).toBe(1);
    expect(await through(weak.caller)).toBe(0);
  });
});
