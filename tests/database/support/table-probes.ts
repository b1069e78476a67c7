import { randomUUID } from 'node:crypto';
import type { Database } from './database.ts';
import {
  addCustomer,
  colleague,
  found,
  join,
  type Organization,
  type Person,
  signUp,
  type SystemRole,
  systemRoles,
} from './fixtures.ts';
import { sealed } from './sealing.ts';
import { addBranch, assign, type Branch, type Level } from './territories.ts';

/**
 * Whose row is touched: one's own, a colleague's that lies in one's territory, one of nobody or of a colleague elsewhere, or
 * one of an organisation one is not in.
 */
export const places = ['mine', 'territory', 'theirs', 'foreign'] as const;
export type Place = (typeof places)[number];

/** Everyone whose access is written down: the system roles, and those who should have none. */
export const actors = [...systemRoles, 'deactivated', 'outsider', 'anon'] as const;
export type Actor = (typeof actors)[number];

/** One SQL command with its values. */
export interface Command {
  sql: string;
  values: unknown[];
}

/** How to try a table: rows that exist, and how to add and change one. Null where there can be none. */
export interface TableProbe {
  row: (place: Place, actor: Person) => string | null;
  insert: ((place: Place, actor: Person) => Command | null) | null;
  /** Assignment of an update, such as `name = 'Changed'`. */
  update: string;
  /** Column that identifies the row. */
  key?: string;
  /** Its rows lie in territories. */
  hasTerritory?: true;
}

export const commands = ['select', 'insert', 'update', 'delete'] as const;
export type CommandName = (typeof commands)[number];

/** A command on the row of that place; null where there is none to try. */
export function commandOn(
  table: string,
  probe: TableProbe,
  command: CommandName,
  place: Place,
  actor: Person,
): Command | null {
  if (place === 'territory' && !probe.hasTerritory) return null;
  if (command === 'insert') return probe.insert?.(place, actor) ?? null;
  const row = probe.row(place, actor);
  if (row === null) return null;
  const where = `where ${probe.key ?? 'id'} = $1`;
  const sql = {
    select: `select 1 from ${table} ${where}`,
    update: `update ${table} set ${probe.update} ${where}`,
    delete: `delete from ${table} ${where}`,
  }[command];
  return { sql, values: [row] };
}

export interface World {
  organization: Organization;
  elsewhere: Organization;
  /** Customers by place, for an actor. */
  customerOf: (place: Place, actor: Person) => string | undefined;
  /** The brick that everyone is assigned to, and one of the organisation where nobody is. */
  bricks: { assigned: string; other: string };
  people: Record<Exclude<Actor, 'anon'>, Person>;
  probes: Record<string, TableProbe>;
}

/** Two organisations with a person of every role, rows of everyone, and the probes of every table. */
export async function buildWorld(db: Database): Promise<World> {
  const boss = await signUp(db, 'Boss');
  const here = await found(db, boss, 'Here');
  const stranger = await signUp(db, 'Stranger');
  const there = await found(db, stranger, 'There');

  const member = (role: SystemRole) => colleague(db, here, role, role);
  const deactivated = await colleague(db, here, 'deactivated', 'manager');
  const outsider = await signUp(db, 'outsider');
  await found(db, outsider, 'Elsewhere');
  const people: World['people'] = {
    admin: await member('admin'),
    manager: await member('manager'),
    sales: await member('sales'),
    marketing: await member('marketing'),
    medical_rep: await member('medical_rep'),
    district_manager: await member('district_manager'),
    viewer: await member('viewer'),
    deactivated,
    outsider,
  };
  const bystander = await colleague(db, here, 'Bystander', 'viewer');

  const customers = new Map<string, string>();
  for (const person of [...Object.values(people), boss]) {
    if (person !== outsider)
      customers.set(person.id, await addCustomer(db.owner, here, { owner_id: person.id }));
  }
  customers.set('foreign', await addCustomer(db.owner, there, { owner_id: stranger.id }));
  const branches = new Map<string, Branch>();
  for (const org of [here, there]) branches.set(org.id, await addBranch(db.owner, org));
  const inTerritory = { owner_id: boss.id, territory_id: branches.get(here.id)?.brick ?? null };
  customers.set('territory', await addCustomer(db.owner, here, inTerritory));
  await db.user(boss).rows('update memberships set is_active = false where user_id = $1', [deactivated.id]);

  const customerOf = (place: Place, actor: Person) =>
    customers.get(place === 'mine' ? actor.id : place === 'theirs' ? boss.id : place);
  const orgOf = (place: Place): Organization => (place === 'foreign' ? there : here);
  const personOf = (place: Place, actor: Person) =>
    place === 'foreign' ? stranger : place === 'mine' ? actor : boss;

  /** Rows that belong to the organisation rather than to a person exist once here and once there. */
  const shared = async (sql: string): Promise<TableProbe['row']> => {
    const [ours, foreign] = [
      await db.owner.row<{ id: string }>(sql, [here.id]),
      await db.owner.row<{ id: string }>(sql, [there.id]),
    ];
    return (place) => (place === 'theirs' ? ours.id : place === 'foreign' ? foreign.id : null);
  };
  /** Rows of people: found by the person and the organisation. */
  const personal = async (sql: string): Promise<TableProbe['row']> => {
    const found = new Map<string, string>();
    for (const person of [...Object.values(people), boss, stranger]) {
      const [row] = await db.owner.rows<{ id: string }>(sql, [
        person === stranger ? there.id : here.id,
        person.id,
      ]);
      if (row) found.set(person.id, row.id);
    }
    return (place, actor) => found.get(personOf(place, actor).id) ?? null;
  };
  const named =
    (table: string): NonNullable<TableProbe['insert']> =>
    (place) =>
      place === 'mine'
        ? null
        : {
            sql: `insert into ${table} (org_id, name) values ($1, $2)`,
            values: [orgOf(place).id, `New ${randomUUID()}`],
          };
  const add = (table: string) =>
    shared(`insert into ${table} (org_id, name) values ($1, 'Probe') returning id`);

  const seals = async () => {
    await sealed(db);
    return shared('select distinct org_id as id from audit_seals where org_id = $1');
  };

  const interactions = new Map<string, string>();
  const customerNotes = new Map<string, string>();
  const notifications = new Map<string, string>();
  for (const [owner, customer] of customers) {
    const foreign = owner === 'foreign';
    const org = foreign ? there : here;
    const person = foreign ? stranger.id : owner === 'territory' ? boss.id : owner;
    const { id } = await db.owner.row<{ id: string }>(
      `insert into interactions (org_id, customer_id, user_id, type, note) values ($1, $2, $3, 'note', 'x') returning id`,
      [org.id, customer, person],
    );
    interactions.set(owner, id);
    const note = await db.owner.row<{ id: string }>(
      `insert into customer_notes (org_id, customer_id, body) values ($1, $2, 'x') returning id`,
      [org.id, customer],
    );
    customerNotes.set(owner, note.id);
    const notification = await db.owner.row<{ id: string }>(
      `insert into notifications (org_id, user_id, kind, customer_id) values ($1, $2, 'assigned', $3) returning id`,
      [org.id, person, customer],
    );
    notifications.set(owner, notification.id);
  }
  const ofOwner =
    (rows: Map<string, string>): TableProbe['row'] =>
    (place, actor) =>
      rows.get(place === 'mine' ? actor.id : place === 'theirs' ? boss.id : place) ?? null;

  const roleIds = new Map<string, string>();
  for (const org of [here, there]) {
    const { id } = await db.owner.row<{ id: string }>(
      `select id from roles where org_id = $1 and key = 'viewer'`,
      [org.id],
    );
    roleIds.set(org.id, id);
  }
  await join(db, there, await signUp(db, 'Other stranger'), ['viewer']);

  const branchOf = (place: Place) => branches.get(orgOf(place).id);
  const assignments = new Map<string, string>();
  for (const person of [...Object.values(people), boss, stranger]) {
    const org = person === stranger ? there : here;
    const brick = branches.get(org.id)?.brick;
    if (person !== outsider && brick) assignments.set(person.id, await assign(db.owner, org, person, brick));
  }
  const levelView = (level: Level): TableProbe => ({
    row: (place) => (place === 'mine' || place === 'territory' ? null : (branchOf(place)?.[level] ?? null)),
    insert: null,
    update: `name = 'Changed'`,
  });

  const other = await addBranch(db.owner, here);
  return {
    organization: here,
    elsewhere: there,
    customerOf,
    bricks: { assigned: inTerritory.territory_id ?? '', other: other.brick },
    people,
    probes: {
      organizations: {
        row: (place) => (place === 'theirs' ? here.id : place === 'foreign' ? there.id : null),
        insert: (place) =>
          place === 'mine'
            ? { sql: `insert into organizations (name, slug) values ('New', 'new')`, values: [] }
            : null,
        update: `name = 'Changed'`,
      },
      profiles: {
        row: (place, actor) => personOf(place, actor).id,
        insert: (place, actor) => ({
          sql: 'insert into profiles (id) values ($1)',
          values: [personOf(place, actor).id],
        }),
        update: `first_name = 'Changed'`,
      },
      memberships: {
        row: await personal('select id from memberships where org_id = $1 and user_id = $2'),
        insert: (place, actor) => ({
          sql: 'insert into memberships (org_id, user_id) values ($1, $2)',
          values: [orgOf(place).id, place === 'foreign' ? actor.id : outsider.id],
        }),
        update: `title = 'Changed'`,
      },
      permissions: {
        key: 'key',
        row: (place) => (place === 'theirs' ? 'customers:read' : null),
        insert: (place) =>
          place === 'theirs'
            ? {
                sql: `insert into permissions (key, resource, action, description) values ('a:b', 'a', 'b', 'x')`,
                values: [],
              }
            : null,
        update: `description = 'Changed'`,
      },
      roles: {
        row: await shared(`insert into roles (org_id, key, name) values ($1, 'probe', 'Probe') returning id`),
        insert: (place) => ({
          sql: `insert into roles (org_id, key, name) values ($1, 'new', 'New')`,
          values: [orgOf(place).id],
        }),
        update: `name = 'Changed'`,
      },
      role_permissions: {
        row: await shared(
          `insert into role_permissions (org_id, role_id, permission) select $1, id, 'members:read' from roles where org_id = $1 and key = 'probe' returning id`,
        ),
        insert: (place) => ({
          sql: `insert into role_permissions (org_id, role_id, permission) values ($1, $2, 'settings:update')`,
          values: [orgOf(place).id, roleIds.get(orgOf(place).id)],
        }),
        update: `scope = 'own'`,
      },
      member_roles: {
        row: await personal('select id from member_roles where org_id = $1 and user_id = $2'),
        insert: (place) => ({
          sql: 'insert into member_roles (org_id, user_id, role_id) select $1, user_id, $2 from memberships where org_id = $1 and user_id = any ($3) limit 1',
          values: [
            orgOf(place).id,
            roleIds.get(orgOf(place).id),
            place === 'foreign' ? [stranger.id] : [boss.id],
          ],
        }),
        update: `assigned_by = null`,
      },
      settings: {
        row: await shared(`select id from settings where org_id = $1 and key = 'products.active_limit'`),
        insert: (place) => ({
          sql: `insert into settings (org_id, key, value) values ($1, 'new', 'x')`,
          values: [orgOf(place).id],
        }),
        update: `value = '4'`,
      },
      invitations: {
        row: await shared(
          `insert into invitations (org_id, email, role_id)
           select $1, 'probe@tandem.example', id from roles where org_id = $1 and key = 'viewer' returning id`,
        ),
        insert: (place) => ({
          sql: `insert into invitations (org_id, email, role_id) values ($1, 'new@tandem.example', $2)`,
          values: [orgOf(place).id, roleIds.get(orgOf(place).id)],
        }),
        update: `revoked_at = now()`,
      },
      api_keys: {
        row: await shared(
          `insert into api_keys (org_id, user_id, name, prefix, scopes, expires_at)
           select $1, user_id, 'Probe', left(md5(id::text), 8), '{customers:read}', now() + interval '1 day'
           from memberships where org_id = $1 order by created_at limit 1 returning id`,
        ),
        insert: (place, actor) => ({
          sql: `insert into api_keys (org_id, user_id, name, prefix, scopes, expires_at)
                values ($1, $2, 'New', 'NewProbe', '{customers:read}', now() + interval '1 day')`,
          values: [orgOf(place).id, actor.id],
        }),
        update: `scopes = '{members:update}'`,
      },
      audit_log: {
        row: await shared('select id from audit_log where org_id = $1 order by id limit 1'),
        insert: (place) => ({
          sql: `insert into audit_log (org_id, actor_kind, table_name, action, salt, values_hash, hash)
            values ($1, 'system', 'customers', 'insert', gen_random_uuid(), '', '')`,
          values: [orgOf(place).id],
        }),
        update: `action = 'delete'`,
      },
      audit_seals: {
        key: 'org_id',
        row: await seals(),
        insert: (place) => ({
          sql: `insert into audit_seals (org_id, number, from_id, to_id, row_ids, row_hashes, hash)
            values ($1, 1000, 1, 1, '{}', '{}', '')`,
          values: [orgOf(place).id],
        }),
        update: 'number = 7',
      },
      product_categories: {
        row: await add('product_categories'),
        insert: named('product_categories'),
        update: `name = 'Changed'`,
      },
      products: { row: await add('products'), insert: named('products'), update: `name = 'Changed'` },
      client_types: {
        row: await add('client_types'),
        insert: named('client_types'),
        update: `name = 'Changed'`,
      },
      specialties: {
        row: await add('specialties'),
        insert: named('specialties'),
        update: `name = 'Changed'`,
      },
      territories: {
        ...levelView('area'),
        insert: (place) =>
          place === 'mine'
            ? null
            : {
                sql: `insert into territories (org_id, level, parent_id, code, name) values ($1, 'brick', $2, 'new', 'New')`,
                values: [orgOf(place).id, branchOf(place)?.area],
              },
      },
      territory_assignments: {
        row: (place, actor) => assignments.get(personOf(place, actor).id) ?? null,
        insert: (place, actor) => ({
          sql: 'insert into territory_assignments (org_id, user_id, territory_id) values ($1, $2, $3)',
          values: [orgOf(place).id, personOf(place, actor).id, branchOf(place)?.country],
        }),
        update: `ends_on = '2199-01-01'`,
      },
      countries: levelView('country'),
      regions: levelView('region'),
      governorates: levelView('governorate'),
      cities: levelView('city'),
      areas: levelView('area'),
      bricks: levelView('brick'),
      customers: {
        hasTerritory: true,
        row: ofOwner(customers),
        insert: (place, actor) => ({
          sql: `insert into customers (org_id, name, owner_id, territory_id) values ($1, 'New', $2, $3)`,
          values: [
            orgOf(place).id,
            personOf(place, actor).id,
            place === 'territory' ? inTerritory.territory_id : null,
          ],
        }),
        update: `phase = 'Changed'`,
      },
      interactions: {
        hasTerritory: true,
        row: ofOwner(interactions),
        insert: (place, actor) => ({
          sql: `insert into interactions (org_id, customer_id, type, note) values ($1, $2, 'note', 'New')`,
          values: [orgOf(place).id, customerOf(place, actor) ?? customers.get(boss.id)],
        }),
        update: `note = 'Changed'`,
      },
      customer_notes: {
        hasTerritory: true,
        row: ofOwner(customerNotes),
        insert: (place, actor) => ({
          sql: `insert into customer_notes (org_id, customer_id, body) values ($1, $2, 'New')`,
          values: [orgOf(place).id, customerOf(place, actor) ?? customers.get(boss.id)],
        }),
        update: `body = 'Changed'`,
      },
      notifications: {
        row: ofOwner(notifications),
        insert: (place, actor) => ({
          sql: `insert into notifications (org_id, user_id, kind) values ($1, $2, 'assigned')`,
          values: [
            orgOf(place).id,
            place === 'foreign'
              ? stranger.id
              : place === 'mine' && actor !== outsider
                ? actor.id
                : bystander.id,
          ],
        }),
        update: 'read_at = now()',
      },
    },
  };
}
