/** Sets a stage for one test: an organisation of its own, with people who sign in as anybody would. */
import { randomUUID } from 'node:crypto';
import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { parseAddresses, type Addresses } from '../../fixtures/product.ts';

export type Role = 'admin' | 'manager' | 'sales' | 'medical_rep' | 'viewer';
export type Stage = 'lead' | 'qualified' | 'proposal' | 'negotiation' | 'closed_won' | 'closed_lost';

export interface Person {
  id: string;
  firstName: string;
  name: string;
  email: string;
  password: string;
  /** The official client, signed in as this person: for what happens outside the browser under test. */
  client: SupabaseClient;
}

export interface Team<Name extends string = string> {
  id: string;
  slug: string;
  name: string;
  people: Record<Name, Person>;
  /** Adds a customer at the end of a column, as `by`. */
  addCustomer: (by: Person, customer: CustomerInput) => Promise<{ id: string; name: string }>;
}

export interface CustomerInput {
  name: string;
  status?: Stage;
  owner_id?: string;
  expected_value?: number;
  territory_id?: string;
  email?: string;
}

/** Where the product under test listens. */
export function product(): Addresses {
  const line = process.env.TANDEM_E2E;
  if (line === undefined) throw new Error('TANDEM_E2E is not set: run the tests with `npm run test:e2e`.');
  return parseAddresses(line);
}

const quiet = { auth: { persistSession: false, autoRefreshToken: false } };

/** A client with the secret key: sets the stage, never plays on it. */
export const administrator = (): SupabaseClient => createClient(product().api, product().secret_key, quiet);

function must<Result extends { data: unknown; error: { message: string } | null }>(
  result: Result,
): NonNullable<Result['data']> {
  const { data, error } = result;
  if (error) throw new Error(error.message);
  if (data === null || data === undefined) throw new Error('Nothing came back.');
  return data;
}

async function createPerson(firstName: string): Promise<Person> {
  const email = `${firstName.toLowerCase()}.${randomUUID().slice(0, 8)}@test.example`;
  const password = `e2e-${randomUUID()}`;
  const metadata = { first_name: firstName, last_name: 'Tester', locale: 'en', timezone: 'Europe/Berlin' };
  const created = await administrator().auth.admin.createUser({
    email,
    password,
    email_confirm: true,
    user_metadata: metadata,
  });
  const { user } = must(created);
  if (user === null) throw new Error('No account was created.');
  const client = createClient(product().api, product().publishable_key, quiet);
  must(await client.auth.signInWithPassword({ email, password }));
  return { id: user.id, firstName, name: `${firstName} Tester`, email, password, client };
}

/** The id of a system role of an organisation. */
export async function systemRoleId(
  client: SupabaseClient,
  organization: string,
  role: Role,
): Promise<string> {
  const found = client.from('roles').select('id').eq('org_id', organization).eq('key', role);
  return String(must(await found.single()).id);
}

async function addMember(organization: string, person: Person, role: Role): Promise<void> {
  const admin = administrator();
  must(await admin.from('memberships').insert({ org_id: organization, user_id: person.id }).select());
  const id = await systemRoleId(admin, organization, role);
  must(
    await admin
      .from('member_roles')
      .insert({ org_id: organization, user_id: person.id, role_id: id })
      .select(),
  );
}

/**
 * An organisation nobody else uses.
 *
 * @param members first names and what they may do; the first one founds the organisation and is its admin
 */
export function createTeam<Name extends string>(members: Record<Name, Role>): Promise<Team<Name>>;
export async function createTeam(members: Record<string, Role>): Promise<Team> {
  const people: Record<string, Person> = {};
  for (const firstName of Object.keys(members)) people[firstName] = await createPerson(firstName);
  const [founder, ...others] = Object.values(people);
  if (founder === undefined) throw new Error('A team needs a founder.');
  const name = `Team ${randomUUID().slice(0, 8)}`;
  const organization: { id: string; slug: string } = must(
    await founder.client.rpc('create_organization', { name, currency: 'EUR' }),
  );
  for (const person of others) {
    await addMember(organization.id, person, members[person.firstName] ?? 'viewer');
  }
  return {
    id: organization.id,
    slug: organization.slug,
    name,
    people,
    async addCustomer(by, customer) {
      return must(
        await by.client
          .from('customers')
          .insert({ org_id: organization.id, currency: 'EUR', ...customer })
          .select('id, name')
          .single(),
      );
    },
  };
}
