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

const binding = { event: '*', schema: 'public', table: 'tasks', filter: 'title=eq.x' } as const;

const gate = 4711;
const waits = `perform pg_advisory_xact_lock_shared(${gate});`;

/** A question of the server, to be answered in another way for a while. */
interface Question {
  readonly name: string;
  readonly parameters: string;
  readonly result: string;
  /** What answers it instead, given the call of what answers it otherwise. */
  readonly body: (call: string) => string;
}

const look: Question = {
  name: 'publication_state',
  parameters: 'a text, b text[]',
  result: 'text',
  body: (call) => `begin ${waits} return ${call}(a, b); end`,
};
const check: Question = {
  name: 'check_bindings',
  parameters:
    'a text, b text, c text[], d text[], e integer[], f text[], g text[], h text[], i integer[], j text[]',
  result: 'jsonb',
  body: (call) =>
    `declare answer jsonb := ${call}(a, b, c, d, e, f, g, h, i, j); begin ${waits} return answer; end`,
};
const unanswered: Question = { ...check, body: () => `begin raise sqlstate '53300'; end` };

/** @returns what has the question answered as before */
async function replace({ name, parameters, result, body }: Question): Promise<() => Promise<unknown>> {
  await cluster.sql(`alter function realtime.${name} rename to ${name}_itself;
    create function realtime.${name}(${parameters}) returns ${result} language plpgsql
      as $$ ${body(`realtime.${name}_itself`)} $$`);
  return () =>
    cluster.sql(`drop function realtime.${name}; alter function realtime.${name}_itself rename to ${name}`);
}

it.each<[string, Question]>([
  ['before the tables were looked at for the first time', look],
  ['after the bindings were checked and before that was known', check],
])('a right that is taken away %s is not listened with', async (_, question) => {
  await cluster.sql('grant select on public.tasks to anon');
  const restore = await replace(question);
  const keeper = new Client({ connectionString: cluster.adminUrl });
  await keeper.connect();
  await keeper.query('select pg_advisory_lock($1)', [gate]);

  const channel = server.client().channel(randomUUID());
  const system = systemMessagesOf(channel);
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
  await restore();
});

it('a right that is taken away while the database cannot say is noticed once it can', async () => {
  await cluster.sql('grant select on public.tasks to anon');
  const channel = server.client().channel(randomUUID());
  const system = systemMessagesOf(channel);
  channel.on('postgres_changes', binding, () => undefined);
  await joined(channel);
  await system.find(({ status }) => status === 'ok', 'the subscription');

  const restore = await replace(unanswered);
  await cluster.sql('revoke select on public.tasks from anon');
  await delay(600);
  expect(system.values).toHaveLength(1);
  await restore();

  const { message } = await system.find(({ status }) => status === 'error', 'the refusal');
  expect(message).toContain('invalid column for filter title');
  await channel.unsubscribe();
});
