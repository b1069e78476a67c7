import { expect, it } from 'vitest';
import { keys } from '../harness.ts';
import { RawSocket } from '../raw-socket.ts';
import { listen, person } from './listening.ts';
import { useRealtime } from '../use-realtime.ts';

const { cluster, server } = useRealtime({
  prepare: `
    create schema "odd. schema";
    create table "odd. schema"."a ""table""" (id bigint primary key, secret text, "the. note" text,
      price numeric, at timestamptz, tags text[], bytes bytea, doubled numeric generated always as (price * 2) stored);
    alter table "odd. schema"."a ""table""" enable row level security, replica identity full;
    create policy visible on "odd. schema"."a ""table""" for select to authenticated using (id > 0);
    grant usage on schema "odd. schema" to authenticated;
    grant select (id, "the. note", price, at, tags, bytes, doubled) on "odd. schema"."a ""table""" to authenticated;
    create table public.mirror (id bigint primary key, price numeric, at timestamptz, big text);
    alter table public.mirror alter big set storage external;
    grant select on public.mirror to authenticated;
    alter publication supabase_realtime add table "odd. schema"."a ""table""", public.mirror;
  `,
});

const versions = ['1.0.0', '2.0.0'] as const;

it.each(versions)('a subscriber of protocol %s gets the text the hosted server sends', async (vsn) => {
  const { token } = await person();
  const socket = await RawSocket.open(server.url, `apikey=${keys.publishable}&vsn=${vsn}`);
  // What is generated can be filtered by, although the log leaves it out.
  const binding = { event: '*', schema: 'odd. schema', table: 'a "table"', filter: 'doubled=not.eq.0' };
  const join = {
    topic: 'realtime:odd',
    event: 'phx_join',
    payload: { config: { postgres_changes: [binding] }, access_token: token },
    ref: '1',
    join_ref: '1',
  };
  if (vsn === '1.0.0') socket.send(JSON.stringify(join));
  else socket.push('1', '1', join.topic, join.event, join.payload);
  await socket.frames.find((frame) => 'event' in frame && frame.event === 'system', 'the subscription');
  const isChange = (frame: (typeof socket.frames.values)[number]) =>
    'event' in frame && frame.event === 'postgres_changes';
  /** A row is judged as it is, so each change has to arrive before the next one is made. */
  const change = async (type: string, statement: string) => {
    await cluster.sql(statement);
    await socket.frames.find((frame) => isChange(frame) && JSON.stringify(frame).includes(`"${type}"`), type);
  };
  const odd = '"odd. schema"."a ""table"""';
  await cluster.sql(`insert into ${odd} values (-1, 'hidden', 'unseen', 0)`);
  await change(
    'INSERT',
    `insert into ${odd} values (1, 'hidden', 'seen', 1.50, '2026-11-21 12:00+02', '{a,NULL,"b,c"}', '\\x00ff')`,
  );
  await change('UPDATE', `update ${odd} set price = 'NaN' where id = 1`);
  await change('DELETE', `delete from ${odd} where id = 1`);
  await cluster.sql(`truncate ${odd}`);
  const columns = [
    ['id', 'int8'],
    ['the. note', 'text'],
    ['price', 'numeric'],
    ['at', 'timestamptz'],
    ['tags', '_text'],
    ['bytes', 'bytea'],
    ['doubled', 'numeric'],
  ].map(([name, type]) => ({ name, type }));
  const row = {
    id: 1,
    'the. note': 'seen',
    at: '2026-11-21T10:00:00+00:00',
    tags: ['a', null, 'b,c'],
    bytes: '00ff',
  };
  const whole = {
    schema: 'odd. schema',
    table: 'a "table"',
    commit_timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    columns,
    errors: null,
  };
  const first = { ...row, price: 1.5, doubled: 3 };
  const second = { ...row, price: null, doubled: null };
  const payloads = socket.frames.values
    .filter(isChange)
    .map((frame) => ('event' in frame ? frame.payload : null));
  const ids = [expect.any(Number)];
  expect(payloads).toEqual([
    { ids, data: { ...whole, type: 'INSERT', record: first } },
    { ids, data: { ...whole, type: 'UPDATE', record: second, old_record: first } },
    { ids, data: { ...whole, type: 'DELETE', old_record: { id: 1 } } },
  ]);
  socket.close();
});

it.each(versions)('the official client reads them over protocol %s', async (vsn) => {
  const { token } = await person();
  const { changes } = await listen(server, { table: 'mirror' }, { token, vsn });
  await cluster.sql(`
    insert into public.mirror values (7, 12.25, '2026-11-21 12:00+02', repeat('x', 5000));
    update public.mirror set id = 8;
    update public.mirror set big = repeat('y', 1100000);
    delete from public.mirror`);
  await changes.count(4);
  const row = { id: 7, price: 12.25, at: '2026-11-21T10:00:00+00:00' };
  expect(changes.values.map(({ eventType, new: now, old, errors }) => [eventType, now, old, errors])).toEqual(
    [
      ['INSERT', { ...row, big: 'x'.repeat(5_000) }, {}, null],
      ['UPDATE', { ...row, id: 8 }, { id: 7 }, null],
      ['UPDATE', { ...row, id: 8 }, { id: 8 }, ['Error 413: Payload Too Large']],
      ['DELETE', {}, { id: 8 }, null],
    ],
  );
});
