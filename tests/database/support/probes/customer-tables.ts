import type { Person } from '../fixtures.ts';
import type { Place, TableProbe } from './probe.ts';
import type { Scene } from './scene.ts';

/** Customers and what belongs to them. */
export async function customerTables({
  db,
  here,
  there,
  boss,
  stranger,
  bystander,
  people: { outsider },
  customers,
  orgOf,
  personOf,
  branchOf,
  ofOwner,
}: Scene): Promise<Record<string, TableProbe>> {
  const rows = {
    interactions: new Map<string, string>(),
    notes: new Map<string, string>(),
    notifications: new Map<string, string>(),
  };
  const add = async (to: Map<string, string>, owner: string, sql: string, values: unknown[]) =>
    to.set(owner, (await db.owner.row<{ id: string }>(`${sql} returning id`, values)).id);
  for (const [owner, customer] of customers) {
    const foreign = owner === 'foreign';
    const org = foreign ? there : here;
    const person = foreign ? stranger.id : owner === 'territory' ? boss.id : owner;
    await add(
      rows.interactions,
      owner,
      `insert into interactions (org_id, customer_id, user_id, type, note) values ($1, $2, $3, 'note', 'x')`,
      [org.id, customer, person],
    );
    await add(
      rows.notes,
      owner,
      `insert into customer_notes (org_id, customer_id, body) values ($1, $2, 'x')`,
      [org.id, customer],
    );
    await add(
      rows.notifications,
      owner,
      `insert into notifications (org_id, user_id, kind, customer_id) values ($1, $2, 'assigned', $3)`,
      [org.id, person, customer],
    );
  }
  const row = ofOwner(customers);
  const customerOf = (place: Place, actor: Person) => row(place, actor) ?? customers.get(boss.id);
  return {
    customers: {
      hasTerritory: true,
      row,
      insert: (place, actor) => ({
        sql: `insert into customers (org_id, name, owner_id, territory_id) values ($1, 'New', $2, $3)`,
        values: [
          orgOf(place).id,
          personOf(place, actor).id,
          place === 'territory' ? branchOf(place)?.brick : null,
        ],
      }),
      update: `phase = 'Changed'`,
    },
    interactions: {
      hasTerritory: true,
      row: ofOwner(rows.interactions),
      insert: (place, actor) => ({
        sql: `insert into interactions (org_id, customer_id, type, note) values ($1, $2, 'note', 'New')`,
        values: [orgOf(place).id, customerOf(place, actor)],
      }),
      update: `note = 'Changed'`,
    },
    customer_notes: {
      hasTerritory: true,
      row: ofOwner(rows.notes),
      insert: (place, actor) => ({
        sql: `insert into customer_notes (org_id, customer_id, body) values ($1, $2, 'New')`,
        values: [orgOf(place).id, customerOf(place, actor)],
      }),
      update: `body = 'Changed'`,
    },
    notifications: {
      row: ofOwner(rows.notifications),
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
  };
}
