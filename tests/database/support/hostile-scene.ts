import type { Database, Requester } from './database.ts';
import { addCustomer, colleague, found, type Organization, type Person, signUp } from './fixtures.ts';

/** An organisation that is attacked, with a row of each kind. */
interface Victims {
  organization: Organization;
  admin: Person;
  rep: Person;
  customer: string;
  product: string;
  category: string;
  clientType: string;
  specialty: string;
  interaction: string;
  notification: string;
  membership: string;
  role: string;
}

/**
 * A client with a valid token and no manners. The attacker is admin of an organisation of their own, so every permission is
 * theirs there, and knows every id of the victims, which a real one would have to guess.
 */
export interface HostileScene {
  mallory: Person;
  attacker: Requester;
  home: Organization;
  homeCustomer: string;
  victims: Victims;
}

/** Runs an insert and gives the id of the new row. */
export async function addRow(requester: Requester, sql: string, values: unknown[]): Promise<string> {
  return (await requester.row<{ id: string }>(`${sql} returning id`, values)).id;
}

export async function buildHostileScene(db: Database): Promise<HostileScene> {
  const mallory = await signUp(db, 'Mallory');
  const attacker = db.user(mallory);
  const home = await found(db, mallory, 'Mallory Ltd');
  const homeCustomer = await addCustomer(attacker, home);

  const admin = await signUp(db, 'Vera');
  const organization = await found(db, admin, 'Victims Ltd');
  const rep = await colleague(db, organization, 'Rafael', 'medical_rep', admin);
  const vera = db.user(admin);
  const category = await addRow(
    vera,
    `insert into product_categories (org_id, name) values ($1, 'Secret range')`,
    [organization.id],
  );
  const products: string[] = [];
  for (const name of ['Secret A', 'Secret B', 'Secret C']) {
    products.push(
      await addRow(
        vera,
        'insert into products (org_id, name, is_active, category_id) values ($1, $2, true, $3)',
        [organization.id, name, category],
      ),
    );
  }
  const customer = await addCustomer(vera, organization, { name: 'Secret Customer', owner_id: rep.id });
  const victims = {
    organization,
    admin,
    rep,
    customer,
    product: products[0] ?? '',
    category,
    clientType: await addRow(vera, `insert into client_types (org_id, name) values ($1, 'Doctor')`, [
      organization.id,
    ]),
    specialty: await addRow(vera, `insert into specialties (org_id, name) values ($1, 'Surgery')`, [
      organization.id,
    ]),
    interaction: await addRow(
      vera,
      `insert into interactions (org_id, customer_id, type, note) values ($1, $2, 'note', 'Secret note')`,
      [organization.id, customer],
    ),
    notification: (
      await db
        .user(rep)
        .row<{ id: string }>('select id from notifications where customer_id = $1', [customer])
    ).id,
    membership: (
      await db.owner.row<{ id: string }>('select id from memberships where org_id = $1 and user_id = $2', [
        organization.id,
        rep.id,
      ])
    ).id,
    role: (
      await db.owner.row<{ id: string }>(`select id from roles where org_id = $1 and key = 'admin'`, [
        organization.id,
      ])
    ).id,
  };
  return { mallory, attacker, home, homeCustomer, victims };
}
