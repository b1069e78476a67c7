import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { SupabaseClient } from '@supabase/supabase-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startTestStack, type TestStack } from '../../stack/testing.ts';
import { Database } from '../database/support/database.ts';
import { systemRoles } from '../database/support/fixtures.ts';
import {
  commandOn,
  type CommandName,
  commands,
  type Place,
  places,
} from '../database/support/probes/probe.ts';
import { buildWorld, type World } from '../database/support/probes/world.ts';
import { bodyOf, undoWrites } from './access/requests.ts';
import { administrator, visitor } from './support/clients.ts';

/**
 * The matrix of access over every path there is, with real tokens: REST for every table and command, functions, search,
 * channels and files. What REST reaches is the table the database itself is tested against; the other paths have one of
 * their own beside this file.
 */
const actors = [...systemRoles, 'outsider'] as const;
type Actor = (typeof actors)[number];

const reached = z.record(z.string(), z.record(z.string(), z.string()));
const readTable = async <Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.infer<Schema>> =>
  schema.parse(JSON.parse(await readFile(new URL(path, import.meta.url), 'utf8')));
const expectedAccess = await readTable('../database/expected-access.json', z.record(z.string(), reached));
const expectedPaths = await readTable('./expected-paths.json', z.record(z.string(), reached));

let stack: TestStack;
let db: Database;
let world: World;
const clients = new Map<Actor, SupabaseClient>();
const clientOf = (actor: Actor): SupabaseClient => {
  const client = clients.get(actor);
  if (!client) throw new Error(`${actor} is not signed in.`);
  return client;
};

beforeAll(async () => {
  stack = await startTestStack();
  db = Database.at(stack);
  world = await buildWorld(db);
  const { auth, storage } = administrator(stack);
  for (const actor of actors) {
    const { id, email } = world.people[actor];
    const password = randomUUID();
    const changed = await auth.admin.updateUserById(id, { password, email_confirm: true });
    if (changed.error) throw changed.error;
    const client = visitor(stack);
    const session = await client.auth.signInWithPassword({ email, password });
    if (session.error) throw session.error;
    clients.set(actor, client);
  }
  for (const path of allFiles()) {
    const { error } = await storage.from('org-files').upload(path, new Blob(['x'], { type: 'text/plain' }));
    if (error) throw error;
  }
  await undoWrites(db);
}, 180_000);
afterAll(async () => {
  await Promise.all([...clients.values()].map((client) => client.removeAllChannels()));
  await db?.stop();
  await stack?.stop();
});

/** A folder of files for each place of an actor. */
const folderOf = (place: Place, actor: Actor): string => {
  const organization = place === 'foreign' ? world.elsewhere : world.organization;
  return `${organization.id}/customers/${world.customerOf(place, world.people[actor]) ?? randomUUID()}`;
};
const allFiles = (): string[] => [
  ...actors.flatMap((actor) => places.map((place) => `${folderOf(place, actor)}/of-${actor}.txt`)),
  `${world.organization.id}/shared/plan.txt`,
  `${world.elsewhere.id}/shared/plan.txt`,
];

interface Failure {
  code?: string | undefined;
  message: string;
}

/** True for what was reached, false for a refusal, and the words of anything else. */
function outcome(error: Failure | null, withoutError: boolean): boolean | string {
  if (!error) return withoutError;
  if (error.code === 'PT418') return true;
  if (error.code === '42501' || error.code === 'PT403' || error.code === 'PT404') return false;
  return `${error.code} ${error.message}`;
}

/** Which places were reached, as the tables write it. */
async function placesReached(ask: (place: Place) => Promise<boolean | string>): Promise<string> {
  const found: string[] = [];
  // One after the other: a client has one channel for a topic.
  for (const place of places) {
    const answer = await ask(place);
    if (answer !== false) found.push(answer === true ? place : `${place} (${answer})`);
  }
  return found.join('+') || '-';
}

type Ask = (actor: Actor, place: Place) => Promise<boolean | string>;

/** What each actor reached; they ask at the same time, each with a client of their own. */
async function everyActor(ask: Ask): Promise<Record<string, string>> {
  const answers = await Promise.all(
    actors.map(async (actor) => [actor, await placesReached((place) => ask(actor, place))] as const),
  );
  return Object.fromEntries(answers);
}

async function restReaches(table: string, command: CommandName, place: Place, actor: Actor) {
  const probe = world.probes[table];
  const person = world.people[actor];
  const tried = probe ? commandOn(table, probe, command, place, person) : null;
  if (!probe || !tried) return false;
  const rows = clientOf(actor).from(table);
  const key = probe.key ?? 'id';
  const id = String(tried.values[0]);
  switch (command) {
    case 'select': {
      const { data, error } = await rows.select(key).eq(key, id);
      return outcome(error, (data?.length ?? 0) > 0);
    }
    case 'insert':
      return outcome((await rows.insert(await bodyOf(db, tried))).error, true);
    case 'update':
      return outcome((await rows.update(await bodyOf(db, tried)).eq(key, id)).error, false);
    case 'delete':
      return outcome((await rows.delete().eq(key, id)).error, false);
  }
}

describe('over REST', () => {
  it('there is a row for every table', () => {
    expect(Object.keys(world.probes).toSorted()).toEqual(Object.keys(expectedAccess).toSorted());
  });

  it.each(Object.keys(expectedAccess))(
    '%s gives what the database gives',
    async (table) => {
      for (const command of commands) {
        const found: Record<string, string> = {};
        for (const actor of actors) {
          found[actor] = await placesReached((place) => restReaches(table, command, place, actor));
        }
        const expected = expectedAccess[table]?.[command] ?? {};
        expect([command, found]).toEqual([
          command,
          Object.fromEntries(actors.map((actor) => [actor, expected[actor]])),
        ]);
      }
    },
    60_000,
  );
});

/** Compares every actor with the written table of one path. */
function follows(path: string, asks: Record<string, Ask>): void {
  it.each(Object.keys(asks))('%s reaches what is written down', async (name) => {
    const ask = asks[name];
    if (!ask) throw new Error(`Nothing to ask for ${name}.`);
    const found = await everyActor(ask);
    expect(found).toEqual(expectedPaths[path]?.[name]);
  });
  it('has no row without a question', () => {
    expect(Object.keys(expectedPaths[path] ?? {}).toSorted()).toEqual(Object.keys(asks).toSorted());
  });
}

const customer = (actor: Actor, place: Place): string =>
  world.customerOf(place, world.people[actor]) ?? randomUUID();
const organizationOf = (place: Place): string =>
  (place === 'foreign' ? world.elsewhere : world.organization).id;
const called =
  (name: string, given: (actor: Actor, place: Place) => Record<string, unknown>): Ask =>
  async (actor, place) =>
    outcome((await clientOf(actor).rpc(name, given(actor, place))).error, true);
const listed =
  (name: string, given: (place: Place) => Record<string, unknown>): Ask =>
  async (actor, place) => {
    const { data, error } = await clientOf(actor).rpc(name, given(place));
    const rows = z
      .array(z.object({ id: z.string() }))
      .catch([])
      .parse(data);
    return outcome(
      error,
      rows.some(({ id }) => id === customer(actor, place)),
    );
  };

describe('over functions', () => {
  follows('rpc', {
    board_cards: listed('board_cards', (place) => ({
      org_id: organizationOf(place),
      status: 'lead',
      page_size: 500,
    })),
    explain_access: async (actor, place) => {
      const { data, error } = await clientOf(actor).rpc('explain_access', {
        table_name: 'customers',
        record_id: customer(actor, place),
      });
      return outcome(error, z.object({ visible: z.literal(true) }).safeParse(data).success);
    },
    move_customer: called('move_customer', (actor, place) => ({
      customer_id: customer(actor, place),
      to_status: 'qualified',
    })),
    patch_customer: called('patch_customer', (actor, place) => ({
      customer_id: customer(actor, place),
      changes: { phase: 'Changed' },
      seen: { phase: null },
    })),
    patch_record: called('patch_record', (actor, place) => ({
      table_name: 'customers',
      record_id: customer(actor, place),
      changes: { phase: 'Changed' },
      seen: { phase: null },
    })),
    bulk_edit: async (actor, place) => {
      const items = [{ id: customer(actor, place), to: 'qualified' }];
      const { data, error } = await clientOf(actor).rpc('bulk_edit', { kind: 'move', items });
      // What is refused is told for each record, so the write that was reached is too.
      const reached = z.tuple([z.object({ error: z.object({ status: z.literal(418) }) })]);
      return outcome(error, reached.safeParse(data).success);
    },
    load_note: called('load_note', (actor, place) => ({ customer_id: customer(actor, place) })),
    append_note_update: called('append_note_update', (actor, place) => ({
      customer_id: customer(actor, place),
      update: 'AAA=',
      update_id: randomUUID(),
    })),
    delete_customer: called('delete_customer', (actor, place) => ({ customer_id: customer(actor, place) })),
  });
});

describe('over search', () => {
  follows('search', {
    search_customers: listed('search_customers', (place) => ({
      org_id: organizationOf(place),
      query: 'Nordhaus',
      max_results: 50,
    })),
  });
});

/** Joins and leaves again; whether the server let them in. */
const joins =
  (topic: (actor: Actor, place: Place) => string): Ask =>
  async (actor, place) => {
    const client = clientOf(actor);
    const channel = client.channel(topic(actor, place), { config: { private: true } });
    try {
      return await new Promise<boolean | string>((resolve) => {
        channel.subscribe((status, error) => {
          if (status === 'SUBSCRIBED') resolve(true);
          else if (/^Unauthorized/.test(error?.message ?? '')) resolve(false);
          else if (status !== 'CLOSED') resolve(`${status} ${error?.message ?? ''}`);
        });
      });
    } finally {
      await client.removeChannel(channel);
    }
  };

describe('over channels', () => {
  const ownerOf = (actor: Actor, place: Place) =>
    place === 'mine' ? world.people[actor].id : world.people.viewer.id;
  follows('realtime', {
    organization: joins((_, place) => `org:${organizationOf(place)}`),
    customers: joins((_, place) => `org:${organizationOf(place)}:customers`),
    board: joins((_, place) => `board:${organizationOf(place)}:pipeline`),
    // Of the viewer where not one's own; the viewer's own is left to `mine`.
    owner: async (actor, place) =>
      actor === 'viewer' && place !== 'mine'
        ? false
        : joins(() => `owner:${organizationOf(place)}:${ownerOf(actor, place)}`)(actor, place),
    territory: joins(
      (_, place) => `territory:${place === 'territory' ? world.bricks.assigned : world.bricks.other}`,
    ),
    customer: joins((actor, place) => `customer:${customer(actor, place)}`),
    people: joins((actor, place) => `customer:${customer(actor, place)}:people`),
    notes: joins((actor, place) => `customer:${customer(actor, place)}:notes`),
    user: joins((actor, place) => `user:${ownerOf(actor, place)}`),
  });
});

describe('over files', () => {
  const files = (actor: Actor) => clientOf(actor).storage.from('org-files');
  const shared = (place: Place) => `${organizationOf(place)}/shared`;
  follows('storage', {
    download: async (actor, place) =>
      (await files(actor).download(`${folderOf(place, actor)}/of-${actor}.txt`)).error === null,
    list: async (actor, place) => {
      const { data } = await files(actor).list(folderOf(place, actor));
      // Hosted names files within the folder, the local server by their whole path.
      return (data ?? []).some(({ name }) => name.endsWith(`of-${actor}.txt`));
    },
    upload: async (actor, place) => {
      const path = `${folderOf(place, actor)}/new-${actor}-${randomUUID()}.txt`;
      return (await files(actor).upload(path, new Blob(['x'], { type: 'text/plain' }))).error === null;
    },
    remove: async (actor, place) => {
      const { data } = await files(actor).remove([`${folderOf(place, actor)}/of-${actor}.txt`]);
      return (data ?? []).length === 1;
    },
    download_shared: async (actor, place) =>
      (await files(actor).download(`${shared(place)}/plan.txt`)).error === null,
    upload_shared: async (actor, place) => {
      const path = `${shared(place)}/${randomUUID()}.txt`;
      return (await files(actor).upload(path, new Blob(['x'], { type: 'text/plain' }))).error === null;
    },
  });
});
