import type { Database } from '../database.ts';
import type { Organization, Person } from '../fixtures.ts';
import { addBranch } from '../territories.ts';
import { catalogueTables } from './catalogue-tables.ts';
import { customerTables } from './customer-tables.ts';
import { organizationTables } from './organization-tables.ts';
import type { Actor, Place, TableProbe } from './probe.ts';
import { buildScene } from './scene.ts';
import { territoryTables } from './territory-tables.ts';
import { trailTables } from './trail-tables.ts';

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
  const scene = await buildScene(db);
  const { here, there, people, customers, branchOf, ofOwner } = scene;
  const customerRow = ofOwner(customers);
  return {
    organization: here,
    elsewhere: there,
    customerOf: (place, actor) => customerRow(place, actor) ?? undefined,
    bricks: { assigned: branchOf('territory')?.brick ?? '', other: (await addBranch(db.owner, here)).brick },
    people,
    probes: {
      ...(await organizationTables(scene)),
      ...(await trailTables(scene)),
      ...(await catalogueTables(scene)),
      ...(await territoryTables(scene)),
      ...(await customerTables(scene)),
    },
  };
}
