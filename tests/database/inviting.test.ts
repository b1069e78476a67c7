import { describe, expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import { colleague, found } from './support/fixtures.ts';
import { useInviting } from './support/invitations.ts';

const database = useDatabase();
const { admin, organization, caller, roleId, confirmed, invite } = useInviting(database);

describe('inviting', () => {
  it.each([
    ['no address', 'nobody', 'email_invalid', 'email'],
    ['an empty address', ' ', 'email_invalid', 'email'],
    ['an address too long', `${'x'.repeat(250)}@tandem.example`, 'email_invalid', 'email'],
  ])('refuses %s', async (_, email, message, field) => {
    expect(
      await caller(admin).refusal('select * from invite_member($1, $2, $3)', [
        organization.id,
        email,
        await roleId('sales'),
      ]),
    ).toMatchObject({ code: 'PT422', message, detail: { field } });
  });

  it('needs members:invite; strangers do not learn of the organisation', async () => {
    const values = [organization.id, 'x@tandem.example', await roleId('viewer')];
    const manager = await colleague(database(), organization, 'Manager', 'manager');
    expect(await caller(manager).refusal('select * from invite_member($1, $2, $3)', values)).toMatchObject({
      code: 'PT403',
      detail: { permission: 'members:invite' },
    });
    expect(
      await caller(await confirmed('Stranger')).refusal('select * from invite_member($1, $2, $3)', values),
    ).toMatchObject({ code: 'PT404', message: 'organization_not_found' });
  });

  it('gives no role that allows more than one’s own', async () => {
    const inviter = await colleague(database(), organization, 'Recruiter', 'viewer');
    await database().owner.rows(
      `with recruiter as (insert into roles (org_id, key, name) values ($1, 'recruiter', 'Recruiter') returning org_id, id),
        allowed as (insert into role_permissions (org_id, role_id, permission) select org_id, id, 'members:invite' from recruiter)
       insert into member_roles (org_id, user_id, role_id) select org_id, $2, id from recruiter`,
      [organization.id, inviter.id],
    );
    expect(
      await caller(inviter).refusal('select * from invite_member($1, $2, $3)', [
        organization.id,
        'boss@tandem.example',
        await roleId('admin'),
      ]),
    ).toMatchObject({ code: 'PT403', message: 'role_exceeds_yours', detail: { field: 'role_id' } });
    await invite('helper@tandem.example', 'viewer', inviter);
  });

  it('takes no role of another organisation', async () => {
    const elsewhere = await found(database(), admin, 'Elsewhere');
    expect(
      await caller(admin).refusal('select * from invite_member($1, $2, $3)', [
        organization.id,
        'x@tandem.example',
        await roleId('admin', elsewhere),
      ]),
    ).toMatchObject({ code: 'PT422', detail: { field: 'role_id' } });
  });

  it('stops after five links for an address and fifty of an organisation within an hour', async () => {
    const role = await roleId('sales');
    const refusal = (address: string) =>
      caller(admin).refusal('select * from invite_member($1, $2, $3)', [organization.id, address, role]);
    const started = performance.now();
    for (let index = 0; index < 5; index += 1) await invite('flooded@tandem.example');
    const refused = await refusal('flooded@tandem.example');
    const elapsedSeconds = (performance.now() - started) / 1000;
    expect(refused).toMatchObject({
      code: 'PT429',
      message: 'too_many_invitations',
      detail: { per: 'address', limit: 5, retry_after: expect.any(Number) },
    });
    const { retry_after } = refused.detail as { retry_after: number };
    expect(retry_after).toBeGreaterThanOrEqual(3600 - Math.ceil(elapsedSeconds));
    expect(retry_after).toBeLessThanOrEqual(3600);
    for (let index = 0; index < 40; index += 1) await invite(`bulk${index}@tandem.example`);
    for (let index = 0; index < 5; index += 1) await invite('late@tandem.example');
    expect(await refusal('one-more@tandem.example')).toMatchObject({
      code: 'PT429',
      detail: { per: 'organization', limit: 50 },
    });
    // Both are exceeded: the address is free again last.
    expect(await refusal('late@tandem.example')).toMatchObject({
      code: 'PT429',
      detail: { per: 'address', limit: 5 },
    });
  });
});

describe('the table', () => {
  it('keeps no token, and shows nobody its hash', async () => {
    const { token, id } = await invite('secret@tandem.example');
    const everywhere = `exists (select from invitations as one where one::text like '%' || $1 || '%')
      or exists (select from private.invitation_tokens as one where one::text like '%' || $1 || '%')`;
    expect(await database().owner.row(`select ${everywhere} as kept`, [token])).toEqual({ kept: false });
    const { hash } = await database().owner.row<{ hash: string }>(
      'select token_hash as hash from private.invitation_tokens where invitation_id = $1',
      [id],
    );
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    for (const reader of [caller(admin), database().as({ role: 'service_role' })]) {
      expect(await reader.refusal('select * from private.invitation_tokens')).toMatchObject({
        code: '42501',
      });
      expect(
        JSON.stringify(await reader.rows('select * from invitations where id = $1', [id])),
      ).not.toContain(hash);
    }
  });

  it('is written through the functions alone', async () => {
    const { id: invitation_id } = await invite('direct@tandem.example');
    const writer = caller(admin);
    expect(
      await writer.refusal(
        `insert into invitations (org_id, email, role_id) values ($1, 'a@b.example', $2)`,
        [organization.id, await roleId('admin')],
      ),
    ).toMatchObject({ code: '42501' });
    expect(
      await writer.refusal('update invitations set role_id = $2 where id = $1', [
        invitation_id,
        await roleId('admin'),
      ]),
    ).toMatchObject({ code: '42501' });
    expect(await writer.refusal('delete from invitations where id = $1', [invitation_id])).toMatchObject({
      code: '42501',
    });
  });
});

describe('inviting and sending again at the same moment', () => {
  it('come one after the other, whoever of the two is first', async () => {
    const email = 'both.at.once@tandem.example';
    const { id } = await invite(email);
    const busy = await database().owner.begin();
    await busy.query(`select pg_advisory_xact_lock(hashtextextended('invite-address:' || $1, 0))`, [email]);
    const again = invite(email);
    const waiting = async (count: number) => {
      const sql = `select count(*)::integer as count from pg_locks where locktype = 'advisory' and not granted
        and database = (select oid from pg_database where datname = current_database())`;
      await expect.poll(() => database().owner.row(sql), { timeout: 20_000 }).toEqual({ count });
    };
    await waiting(1);
    const resent = caller(admin).refusal('select * from resend_invitation($1)', [id]);
    await waiting(2);
    await busy.rollback();
    await expect(again).resolves.toHaveProperty('token');
    expect(await resent).toMatchObject({ code: 'PT409', message: 'invitation_revoked' });
  });
});
