import { randomUUID } from 'node:crypto';
import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { SignJWT } from 'jose';
import pg from 'pg';

/** What of the running stack matters here. */
export interface Stack {
  url: string;
  publishableKey: string;
  jwtSecret: string;
  adminUrl: string;
  stop: () => Promise<void>;
}

/** Somebody with a client that speaks for them. */
export interface Member {
  id: string;
  client: SupabaseClient;
}

async function signUp(stack: Stack, database: pg.Client): Promise<Member> {
  const id = randomUUID();
  await database.query(`insert into auth.users (id, email, raw_user_meta_data) values ($1, $2, '{}')`, [
    id,
    `${id}@simulation.example`,
  ]);
  const token = await new SignJWT({ role: 'authenticated', sub: id })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(stack.jwtSecret));
  const client = createClient(stack.url, stack.publishableKey, {
    accessToken: () => Promise.resolve(token),
    realtime: { params: { eventsPerSecond: 1000 } },
  });
  await client.realtime.setAuth(token);
  return { id, client };
}

/**
 * An organisation of so many people, the first its admin, every other one who sees all of it, the rest what is theirs;
 * and so many customers, spread over people and stages.
 */
export async function foundOrganization(
  stack: Stack,
  people: number,
  customers: number,
): Promise<{ orgId: string; members: Member[]; database: pg.Client }> {
  const database = new pg.Client({ connectionString: stack.adminUrl });
  await database.connect();
  const members: Member[] = [];
  for (let n = 0; n < people; n++) members.push(await signUp(stack, database));
  const [founder, ...others] = members;
  if (!founder) throw new Error('An organisation needs somebody.');
  const { data, error } = await founder.client.rpc('create_organization', { name: 'Simulation' });
  if (error) throw error;
  const orgId = String(data.id);
  for (const [index, { id }] of others.entries()) {
    await database.query('insert into public.memberships (org_id, user_id) values ($1, $2)', [orgId, id]);
    await database.query(
      `insert into public.member_roles (org_id, user_id, role_id)
       select org_id, $2, id from public.roles where org_id = $1 and key = $3`,
      [orgId, id, index % 2 === 0 ? 'manager' : 'medical_rep'],
    );
  }
  for (let n = 0; n < customers; n++) {
    await database.query(
      `insert into public.customers (org_id, name, status, owner_id, closed_lost_reason)
       values ($1, $2, ('{lead,qualified,proposal,negotiation,closed_won,closed_lost}'::public.customer_status[])[$3], $4,
         case $3 when 6 then 'Lost' end)`,
      [orgId, `Customer ${n}`, (n % 6) + 1, members[n % members.length]?.id],
    );
  }
  return { orgId, members, database };
}
