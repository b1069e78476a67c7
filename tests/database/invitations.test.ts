import { describe, expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import { colleague, type Person, signUp } from './support/fixtures.ts';
import { type Issued, useInviting } from './support/invitations.ts';

const database = useDatabase();
const { admin, organization, caller, roleId, confirmed, invite } = useInviting(database);

const accept = (person: Person, token: string) => ({
  succeeds: () => caller(person).row<{ slug: string }>('select * from accept_invitation($1)', [token]),
  refusal: () => caller(person).refusal('select * from accept_invitation($1)', [token]),
});

const rolesOf = (person: Person) =>
  database().owner.rows<{ key: string; assigned_by: string; is_active: boolean }>(
    `select role.key, held.assigned_by, membership.is_active from member_roles held
     join roles role on role.id = held.role_id
     join memberships membership on membership.org_id = held.org_id and membership.user_id = held.user_id
     where held.org_id = $1 and held.user_id = $2`,
    [organization.id, person.id],
  );

describe('without the link', () => {
  const mine = (person: Person) =>
    caller(person).rows<{ id: string; organization: string; role: { key: string } }>(
      'select id, organization, role from my_invitations()',
    );
  const join = 'select slug from accept_my_invitation($1)';

  it('an invitation waits for its address, once that is confirmed, and is accepted as with the link', async () => {
    const invited = await signUp(database(), 'Waited For');
    const { id, token } = await invite(invited.email);
    expect(await mine(invited)).toEqual([]);
    await database().admin.rows('update auth.users set email_confirmed_at = now() where id = $1', [
      invited.id,
    ]);
    expect(await mine(invited)).toMatchObject([{ id, organization: 'Inviting', role: { key: 'sales' } }]);
    expect(await caller(invited).row(join, [id])).toEqual({ slug: organization.slug });
    expect(await mine(invited)).toEqual([]);
    expect(await rolesOf(invited)).toEqual([{ key: 'sales', assigned_by: admin.id, is_active: true }]);
    expect(await accept(invited, token).refusal()).toMatchObject({ code: 'PT409' });
  });

  it('nobody sees or accepts those of others, nor one that was taken back or is over', async () => {
    const [invited, other] = [await confirmed('Invited'), await confirmed('Other')];
    const { id } = await invite(invited.email);
    expect(await mine(other)).toEqual([]);
    expect(await caller(other).refusal(join, [id])).toMatchObject({
      code: 'PT404',
      message: 'invitation_not_found',
    });
    await database().owner.rows(`update invitations set expires_at = now() where id = $1`, [id]);
    expect(await mine(invited)).toEqual([]);
    expect(await caller(invited).refusal(join, [id])).toMatchObject({ code: 'PT404' });
    const again = await invite(invited.email);
    await caller(admin).rows('select revoke_invitation($1)', [again.id]);
    expect(await mine(invited)).toEqual([]);
  });
});

describe('an invitation', () => {
  it('makes the invited person a member with its role, given by the inviter', async () => {
    const person = await confirmed('Nadia');
    const { token } = await invite(`  ${person.email.toUpperCase()} `);
    expect(await accept(person, token).succeeds()).toMatchObject({ slug: organization.slug });
    expect(await rolesOf(person)).toEqual([{ key: 'sales', assigned_by: admin.id, is_active: true }]);
    expect(await caller(person).row('select invitation_preview($1) as preview', [token])).toEqual({
      preview: { state: 'member', organization: 'Inviting', slug: organization.slug },
    });
  });

  it('works once', async () => {
    const person = await confirmed('Once');
    const { token } = await invite(person.email);
    await accept(person, token).succeeds();
    expect(await accept(person, token).refusal()).toMatchObject({
      code: 'PT409',
      message: 'already_member',
      detail: { slug: organization.slug },
    });
    await database().owner.rows('delete from memberships where user_id = $1', [person.id]);
    expect(await accept(person, token).refusal()).toMatchObject({ message: 'invitation_used' });
  });

  it('accepted twice at the same moment makes one membership', async () => {
    const person = await confirmed('Twice');
    const { token } = await invite(person.email);
    const [first, second] = await Promise.all([caller(person).begin(), caller(person).begin()]);
    await first.query('select * from accept_invitation($1)', [token]);
    const waiting = second
      .query('select * from accept_invitation($1)', [token])
      .catch((error: Error) => error);
    await first.commit();
    expect(await waiting).toMatchObject({ message: 'already_member' });
    await second.rollback();
    expect(await rolesOf(person)).toHaveLength(1);
  });

  it('is for its address alone, and only once that is confirmed', async () => {
    const invited = await signUp(database(), 'Invited');
    const other = await confirmed('Other');
    const { token } = await invite(invited.email);
    const { detail, ...refusal } = await accept(other, token).refusal();
    expect(refusal).toMatchObject({ code: 'PT403', message: 'invitation_for_other' });
    expect(JSON.stringify(detail)).not.toContain(invited.email);
    expect(await accept(invited, token).refusal()).toMatchObject({ message: 'email_not_confirmed' });
  });

  it('ends after seven days', async () => {
    const person = await confirmed('Late');
    const { token, id: invitation_id } = await invite(person.email);
    const { days } = await database().owner.row<{ days: number }>(
      'select extract(day from expires_at - created_at)::int as days from invitations where id = $1',
      [invitation_id],
    );
    expect(days).toBe(7);
    await database().owner.rows('update invitations set expires_at = now() where id = $1', [invitation_id]);
    expect(await accept(person, token).refusal()).toMatchObject({ message: 'invitation_expired' });
    expect(await caller(person).row('select invitation_preview($1) as preview', [token])).toEqual({
      preview: { state: 'expired' },
    });
  });

  it('is replaced by the next one for the same address, and by sending it again', async () => {
    const person = await confirmed('Again');
    const first = await invite(person.email);
    const second = await invite(person.email, 'viewer');
    expect(await accept(person, first.token).refusal()).toMatchObject({ message: 'invitation_revoked' });
    const third = await caller(admin).row<Issued>('select * from resend_invitation($1)', [second.id]);
    expect(await accept(person, second.token).refusal()).toMatchObject({ message: 'invitation_revoked' });
    await accept(person, third.token).succeeds();
    expect((await rolesOf(person)).map(({ key }) => key)).toEqual(['viewer']);
    expect(await caller(admin).refusal('select * from resend_invitation($1)', [third.id])).toMatchObject({
      message: 'invitation_used',
    });
  });

  it('can be taken back', async () => {
    const person = await confirmed('Revoked');
    const { token, id: invitation_id } = await invite(person.email);
    await caller(admin).rows('select revoke_invitation($1)', [invitation_id]);
    await caller(admin).rows('select revoke_invitation($1)', [invitation_id]);
    expect(await accept(person, token).refusal()).toMatchObject({ message: 'invitation_revoked' });
    expect(await caller(admin).refusal('select * from resend_invitation($1)', [invitation_id])).toMatchObject(
      { message: 'invitation_revoked' },
    );
  });

  it('brings a deactivated member back with its role alone', async () => {
    const person = await colleague(database(), organization, 'Former', 'admin');
    await database().admin.rows('update auth.users set email_confirmed_at = now() where id = $1', [
      person.id,
    ]);
    expect(
      await caller(admin).refusal('select * from invite_member($1, $2, $3)', [
        organization.id,
        person.email,
        await roleId('viewer'),
      ]),
    ).toMatchObject({ code: 'PT409', message: 'already_member', detail: { field: 'email' } });
    await database().owner.rows('update memberships set is_active = false where user_id = $1', [person.id]);
    const { token } = await invite(person.email, 'viewer');
    await accept(person, token).succeeds();
    expect(await rolesOf(person)).toEqual([{ key: 'viewer', assigned_by: admin.id, is_active: true }]);
  });

  it('is worth nothing once its author may no longer give the role', async () => {
    const author = await colleague(database(), organization, 'Author', 'admin');
    const person = await confirmed('Sockpuppet');
    const { token } = await invite(person.email, 'admin', author);
    await database().owner.rows('update memberships set is_active = false where user_id = $1', [author.id]);
    expect(await accept(person, token).refusal()).toMatchObject({
      code: 'PT409',
      message: 'invitation_withdrawn',
    });
  });

  it('tried by somebody else leaves a trace in the trail, without token or address', async () => {
    const person = await confirmed('Owner of it');
    const stranger = await confirmed('Tries it');
    const { token, id } = await invite(person.email);
    const server = database().as({ role: 'service_role' });
    const values = [token, stranger.id, 'invitation_for_other'];
    await server.rows('select note_invitation_refused($1, $2, $3)', values);
    await server.rows('select note_invitation_refused($1, $2, $3)', ['made up', stranger.id, 'x']);
    const events = await caller(admin).rows<{ new_values: unknown }>(
      `select new_values from audit_log where table_name = 'security' and action = 'invitation_refused'`,
    );
    expect(events).toEqual([
      { new_values: { invitation_id: id, user_id: stranger.id, reason: 'invitation_for_other' } },
    ]);
    expect(
      await caller(stranger).refusal('select note_invitation_refused($1, $2, $3)', values),
    ).toMatchObject({ code: '42501' });
  });

  it('shows what it is for without telling the address', async () => {
    const person = await confirmed('Curious');
    const { token } = await invite(person.email);
    const { preview } = await caller(await confirmed('Holder')).row<{ preview: Record<string, unknown> }>(
      'select invitation_preview($1) as preview',
      [token],
    );
    expect(preview).toMatchObject({
      state: 'pending',
      organization: 'Inviting',
      inviter: 'Admin',
      role: { key: 'sales' },
      is_mine: false,
      email: `${person.email[0]}•••@tandem.example`,
    });
    expect(
      await database().as({ role: 'anon' }).refusal('select invitation_preview($1)', [token]),
    ).toMatchObject({ code: '42501' });
    expect(await caller(person).refusal('select invitation_email($1)', [token])).toMatchObject({
      code: '42501',
    });
    expect(
      await database().as({ role: 'service_role' }).row('select invitation_email($1) as email', [token]),
    ).toEqual({ email: person.email });
  });
});
