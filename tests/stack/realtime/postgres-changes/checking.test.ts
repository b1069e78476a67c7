import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { expect, it } from 'vitest';
import { joined, systemMessagesOf } from '../channels.ts';
import { useRealtime } from '../use-realtime.ts';

const { cluster, server } = useRealtime({
  prepare: `
    create table public.tasks (id integer primary key, title text);
    alter publication supabase_realtime add table public.tasks;
  `,
  limits: { changesRecheckMs: 200 },
});

const gate = 4711;
const waits = `perform pg_advisory_xact_lock_shared(${gate});`;

/** A question of the server that waits at the gate, before it looks or when it has its answer. */
interface Held {
  readonly name: string;
  readonly parameters: string;
  readonly result: string;
  readonly body: (call: string) => string;
}

const look: Held = {
  name: 'publication_state',
  parameters: 'a text, b text[]',
  result: 'text',
  body: (call) => `begin ${waits} return ${call}(a, b); end`,
};
const check: Held = {
  name: 'check_bindings',
  parameters:
    'a text, b text, c text[], d text[], e integer[], f text[], g text[], h text[], i integer[], j text[]',
  result: 'jsonb',
  body: (call) =>
    `declare answer jsonb := ${call}(a, b, c, d, e, f, g, h, i, j); begin ${waits} return answer; end`,
};

it.each<[string, Held]>([
  ['before the tables were looked at for the first time', look],
  ['after the bindings were checked and before that was known', check],
])('a right that is taken away %s is not listened with', async (_, { name, parameters, result, body }) => {
  await cluster.sql('grant select on public.tasks to anon');
  await cluster.sql(`alter function realtime.${name} rename to ${name}_itself;
    create function realtime.${name}(${parameters}) returns ${result} language plpgsql
      as $$ ${body(`realtime.${name}_itself`)} $$`);
  const keeper = new Client({ connectionString: cluster.adminUrl });
  await keeper.connect();
  await keeper.query('select pg_advisory_lock($1)', [gate]);

  const channel = server.client().channel(randomUUID());
  const system = systemMessagesOf(channel);
  const binding = { event: '*', schema: 'public', table: 'tasks', filter: 'title=eq.x' } as const;
  channel.on('postgres_changes', binding, () => undefined);
  const joining = joined(channel);
  await delay(600);
  await cluster.sql('revoke select on public.tasks from anon');
  await delay(600);
  await keeper.end();

  await joining;
  const { message } = await system.find(({ status }) => status === 'error', 'the refusal');
  expect(message).toContain('invalid column for filter title');
  await channel.unsubscribe();
  await cluster.sql(
    `drop function realtime.${name}; alter function realtime.${name}_itself rename to ${name}`,
  );
});
