import type { Database } from '../database.ts';
import {
  addCustomer,
  colleague,
  found,
  join,
  type Organization,
  type Person,
  signUp,
  type SystemRole,
} from '../fixtures.ts';
import { addBranch, type Branch } from '../territories.ts';
import type { Actor, Place, TableProbe } from './probe.ts';

/** Two organisations with a person of every role and customers of everyone. */
export interface Scene {
  db: Database;
  here: Organization;
  there: Organization;
  people: Record<Exclude<Actor, 'anon'>, Person>;
  /** Founded the organisation; whose rows are a colleague's to everybody else. */
  boss: Person;
  /** Founded the other one. */
  stranger: Person;
  /** A member whom nobody asks as. */
  bystander: Person;
  /** Customers by the id of their owner, and by `territory` and `foreign`. */
  customers: ReadonlyMap<string, string>;
  /** Who has rows of their own: everyone above but the bystander. */
  owners: readonly Person[];
  orgOf: (place: Place) => Organization;
  personOf: (place: Place, actor: Person) => Person;
  branchOf: (place: Place) => Branch | undefined;
  viewerRoleOf: (place: Place) => string | undefined;
  /** Rows that belong to the organisation rather than to a person: one here and one there. */
  shared: (sql: string) => Promise<TableProbe['row']>;
  /** Rows of people, found by the organisation and the person. */
  personal: (sql: string) => Promise<TableProbe['row']>;
  /** Rows like the customers, by the same keys. */
  ofOwner: (rows: ReadonlyMap<string, string>) => TableProbe['row'];
}

export async function buildScene(db: Database): Promise<Scene> {
  const boss = await signUp(db, 'Boss');
  const here = await found(db, boss, 'Here');
  const stranger = await signUp(db, 'Stranger');
  const there = await found(db, stranger, 'There');
  const people = await signUpActors(db, here);
  const bystander = await colleague(db, here, 'Bystander', 'viewer');
  const owners = [...Object.values(people), boss, stranger];

  const customers = new Map<string, string>();
  for (const person of owners) {
    if (person !== people.outsider && person !== stranger)
      customers.set(person.id, await addCustomer(db.owner, here, { owner_id: person.id }));
  }
  customers.set('foreign', await addCustomer(db.owner, there, { owner_id: stranger.id }));
  const branches = new Map<string, Branch>();
  for (const org of [here, there]) branches.set(org.id, await addBranch(db.owner, org));
  const inTerritory = { owner_id: boss.id, territory_id: branches.get(here.id)?.brick ?? null };
  customers.set('territory', await addCustomer(db.owner, here, inTerritory));
  await db
    .user(boss)
    .rows('update memberships set is_active = false where user_id = $1', [people.deactivated.id]);

  const viewerRoles = new Map<string, string>();
  for (const org of [here, there]) {
    const sql = `select id from roles where org_id = $1 and key = 'viewer'`;
    viewerRoles.set(org.id, (await db.owner.row<{ id: string }>(sql, [org.id])).id);
  }
  await join(db, there, await signUp(db, 'Other stranger'), ['viewer']);

  const orgOf = (place: Place) => (place === 'foreign' ? there : here);
  const personOf = (place: Place, actor: Person) =>
    place === 'foreign' ? stranger : place === 'mine' ? actor : boss;
  return {
    ...{ db, here, there, people, boss, stranger, bystander, customers, owners, orgOf, personOf },
    branchOf: (place) => branches.get(orgOf(place).id),
    viewerRoleOf: (place) => viewerRoles.get(orgOf(place).id),
    shared: async (sql) => {
      const ours = await db.owner.row<{ id: string }>(sql, [here.id]);
      const foreign = await db.owner.row<{ id: string }>(sql, [there.id]);
      return (place) => (place === 'theirs' ? ours.id : place === 'foreign' ? foreign.id : null);
    },
    personal: async (sql) => {
      const rows = new Map<string, string>();
      for (const person of owners) {
        const org = person === stranger ? there : here;
        const [row] = await db.owner.rows<{ id: string }>(sql, [org.id, person.id]);
        if (row) rows.set(person.id, row.id);
      }
      return (place, actor) => rows.get(personOf(place, actor).id) ?? null;
    },
    ofOwner: (rows) => (place, actor) =>
      rows.get(place === 'mine' ? actor.id : place === 'theirs' ? boss.id : place) ?? null,
  };
}

async function signUpActors(db: Database, here: Organization): Promise<Scene['people']> {
  const member = (role: SystemRole) => colleague(db, here, role, role);
  const deactivated = await colleague(db, here, 'deactivated', 'manager');
  const outsider = await signUp(db, 'outsider');
  await found(db, outsider, 'Elsewhere');
  return {
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
}
