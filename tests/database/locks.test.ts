import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { refusalOf, useDatabase } from './support/database.ts';
import { addCustomer, colleague, found, type Person, signUp } from './support/fixtures.ts';
import { untilWaiting } from './support/locks.ts';
import { useOrganization } from './support/organization.ts';

const database = useDatabase();
const { admin, organization } = useOrganization(database, 'Locks', beforeAll);

const caller = (person: Person) => database().user(person);

const confirm = (person: Person) =>
  database().admin.rows('update auth.users set email_confirmed_at = now() where id = $1', [person.id]);

/** A custom role that allows nothing, as its editors see it. */
async function makeRole(name: string): Promise<{ id: string; version: number }> {
  return caller(admin).row<{ id: string; version: number }>(
    `select * from save_role($1, name => $2, permissions => '{}')`,
    [organization.id, name],
  );
}

const invite = (email: string, role: string) =>
  caller(admin).row<{ id: string; token: string }>('select * from invite_member($1, $2, $3)', [
    organization.id,
    email,
    role,
  ]);

describe('who may not touch a record', () => {
  it('is refused at once, however long somebody else works on it', async () => {
    const stranger = await signUp(database(), 'Stan');
    const member = await colleague(database(), organization, 'Vera', 'viewer');
    const gone = await found(database(), admin, 'Gone');
    await caller(admin).rows(`select delete_organization($1, 'Gone')`, [gone.id]);
    const trashed = await addCustomer(caller(admin), organization, {});
    await caller(admin).rows('select delete_customer($1)', [trashed]);
    const role = await makeRole('Waited for');
    const invitation = await invite('waited@test.example', role.id);
    const { key } = await caller(admin).row<{ key: { id: string } }>(
      `select create_api_key($1, 'Waited for', array['customers:read']) as key`,
      [organization.id],
    );

    const work = await database().owner.begin();
    for (const [table, id] of [
      ['organizations', gone.id],
      ['organizations', organization.id],
      ['customers', trashed],
      ['invitations', invitation.id],
      ['api_keys', key.id],
    ] as const) {
      await work.query(`select from ${table} where id = $1 for update`, [id]);
    }
    try {
      for (const [person, call, id] of [
        [stranger, 'restore_organization($1)', gone.id],
        [member, `delete_organization($1, 'Locks')`, organization.id],
        [stranger, `restore_from_trash('customers', $1)`, trashed],
        [stranger, 'revoke_invitation($1)', invitation.id],
        [member, 'resend_invitation($1)', invitation.id],
        [stranger, 'revoke_api_key($1)', key.id],
      ] as const) {
        const attempt = await caller(person).begin();
        await attempt.query(`set local lock_timeout = '1s'`);
        const refused = await attempt.query(`select ${call}`, [id]).catch(refusalOf);
        await attempt.rollback();
        expect([call, refused]).toEqual([
          call,
          expect.objectContaining({ code: person === stranger ? 'PT404' : 'PT403' }),
        ]);
      }
    } finally {
      await work.rollback();
    }
    await expect(caller(admin).rows('select revoke_api_key($1)', [key.id])).resolves.toHaveLength(1);
  });
});

describe('what changes many customers', () => {
  it.each<[string, (from: Person) => Promise<unknown>]>([
    [
      'handing over',
      (from) => caller(admin).row('select hand_over($1, $2, $3)', [organization.id, from.id, admin.id]),
    ],
    [
      'spreading ranks',
      () =>
        database().owner.row(
          `select private.spread_ranks($1, 'negotiation', min(board_rank)) from customers where status = 'negotiation'`,
          [organization.id],
        ),
    ],
  ])('locks them by id when %s, as bulk edits do: no two can wait for each other', async (_, change) => {
    const from = await colleague(database(), organization, 'From', 'sales');
    const ids = Array.from({ length: 3 }, () => randomUUID()).toSorted();
    const [lowest, middle, highest] = ids;
    await database().owner.rows(`delete from customers where status = 'negotiation'`);
    // Neither the first that was added nor the first on the board is the first by id.
    for (const [place, id] of [middle, lowest, highest].entries()) {
      if (!id) throw new Error('There are three.');
      await addCustomer(database().owner, organization, { id, owner_id: from.id, status: 'negotiation' });
      await database().owner.rows('update customers set board_rank = $2 where id = $1', [
        id,
        `a1${'x'.repeat(50)}${3 - place}`,
      ]);
    }
    const work = await database().owner.begin();
    await work.query('select from customers where id = $1 for update', [lowest]);
    const changing = change(from);
    try {
      await untilWaiting(database(), 1);
      const others = 'select from customers where id = any ($1) for update nowait';
      expect(await database().owner.rows(others, [[middle, highest]])).toHaveLength(2);
    } finally {
      await work.rollback();
      await changing;
    }
    expect(
      await database().owner.row(
        'select count(*)::int as changed from customers where id = any ($1) and (owner_id <> $2 or char_length(board_rank) < 10)',
        [ids, from.id],
      ),
    ).toEqual({ changed: 3 });
  });
});

describe('a role that is deleted', () => {
  /** Lets one wait for the role, then the other, and gives what came of both. */
  async function atOnce(role: string, first: () => Promise<unknown>, second: () => Promise<unknown>) {
    const holder = await database().owner.begin();
    await holder.query('select from roles where id = $1 for update', [role]);
    const one = first().catch(refusalOf);
    await untilWaiting(database(), 1);
    const two = second().catch(refusalOf);
    await untilWaiting(database(), 2);
    await holder.commit();
    return Promise.all([one, two]);
  }
  const remove = (role: { id: string; version: number }, instead: string) => () =>
    caller(admin).row('select delete_role($1, $2, $3, $4) as holders', [
      organization.id,
      role.id,
      role.version,
      instead,
    ]);

  it('goes while somebody is invited to it anew, who is told that it has gone', async () => {
    const role = await makeRole('Invited to');
    const other = await makeRole('Instead');
    await invite('again@test.example', role.id);
    const [removed, invited] = await atOnce(role.id, remove(role, other.id), () =>
      invite('again@test.example', role.id),
    );
    expect(removed).toEqual({ holders: 0 });
    expect(invited).toMatchObject({
      code: 'PT422',
      message: 'invalid_value',
      detail: { field: 'role_id' },
    });
  });

  it('goes while somebody accepts an invitation to it, who gets the other', async () => {
    const role = await makeRole('Accepted');
    const other = await makeRole('Given');
    const person = await signUp(database(), 'Noor');
    await confirm(person);
    const { email } = await database().admin.row<{ email: string }>(
      'select lower(email) as email from auth.users where id = $1',
      [person.id],
    );
    const { token } = await invite(email, role.id);
    const [removed, accepted] = await atOnce(role.id, remove(role, other.id), () =>
      caller(person).row('select slug from accept_invitation($1)', [token]),
    );
    expect(removed).toEqual({ holders: 0 });
    expect(accepted).toEqual({ slug: organization.slug });
    expect(await caller(person).rows('select role_id from member_roles')).toEqual([{ role_id: other.id }]);
  });
});
