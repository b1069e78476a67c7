import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Claims, refusalOf, useDatabase } from './support/database.ts';
import type { Person } from './support/fixtures.ts';
import {
  type Actor,
  actors,
  type Command,
  commandOn,
  type CommandName,
  commands,
  places,
  type TableProbe,
} from './support/probes/probe.ts';
import { buildWorld, type World } from './support/probes/world.ts';

/** Written down by hand and reviewed as such: which rows each actor reaches. Places joined by `+`, or `-`. */
const expectedAccess = z
  .record(z.string(), z.record(z.enum(commands), z.record(z.enum(actors), z.string())))
  .parse(JSON.parse(await readFile(new URL('expected-access.json', import.meta.url), 'utf8')));

const database = useDatabase();
let world: World;
// What is built includes a sealed trail, and sealing waits for the transactions of other files.
beforeAll(async () => {
  world = await buildWorld(database());
}, 120_000);

const claimsOf = (actor: Actor): Claims =>
  actor === 'anon' ? { role: 'anon' } : { role: 'authenticated', sub: world.people[actor].id };

const nobody: Person = { id: '00000000-0000-4000-8000-000000000000', email: '' };

/** Whether the command touched the row. A refusal of access and silence both mean no; any other error is shown. */
async function reaches(actor: Actor, command: Command): Promise<boolean | string> {
  const transaction = await database().as(claimsOf(actor)).begin();
  try {
    return ((await transaction.query(command.sql, command.values)).rowCount ?? 0) > 0;
  } catch (error) {
    const { code, message } = refusalOf(error);
    return code === '42501' || code === 'PT403' ? false : `${code} ${message}`;
  } finally {
    await transaction.rollback();
  }
}

async function measured(
  table: string,
  probe: TableProbe,
  command: CommandName,
): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const actor of actors) {
    const reached: string[] = [];
    for (const place of places) {
      const tried = commandOn(table, probe, command, place, actor === 'anon' ? nobody : world.people[actor]);
      const outcome = tried ? await reaches(actor, tried) : false;
      if (outcome !== false) reached.push(outcome === true ? place : `${place} (${outcome})`);
    }
    found[actor] = reached.join('+') || '-';
  }
  return found;
}

describe('access', () => {
  it('is written down for every table', async () => {
    const tables = await database().owner.rows<{ name: string }>(
      `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm')`,
    );
    const names = tables.map(({ name }) => name).toSorted();
    expect(Object.keys(expectedAccess).toSorted()).toEqual(names);
    expect(Object.keys(world.probes).toSorted()).toEqual(names);
  });

  it('never reaches another organisation', () => {
    for (const table of Object.values(expectedAccess)) {
      for (const reached of Object.values(table).flatMap((command) => Object.values(command))) {
        expect(reached).not.toContain('foreign');
      }
    }
  });

  describe.each(Object.keys(expectedAccess))('to %s', (table) => {
    it.each(commands)('by %s is as written down', async (command) => {
      const probe = world.probes[table];
      if (!probe) throw new Error(`No probe for ${table}.`);
      expect(await measured(table, probe, command)).toEqual(expectedAccess[table]?.[command]);
    });
  });
});
