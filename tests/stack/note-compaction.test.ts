import { randomUUID } from 'node:crypto';
import type { SupabaseClient } from '@supabase/supabase-js';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as Y from 'yjs';
import { startTestStack, type TestStack } from '../../stack/testing.ts';
import { signedIn, visitor } from './support/clients.ts';

let stack: TestStack;
let writer: SupabaseClient;
let owner: Client;
let customer: string;

beforeAll(async () => {
  stack = await startTestStack();
  writer = (await signedIn(stack)).client;
  owner = new Client({ connectionString: stack.postgresUrl });
  await owner.connect();
  const organization = await writer.rpc('create_organization', { name: 'Notes' }).single<{ id: string }>();
  const added = await writer
    .from('customers')
    .insert({ org_id: organization.data?.id, name: 'Nordhaus' })
    .select('id')
    .single<{ id: string }>();
  customer = added.data?.id ?? '';
});
afterAll(async () => {
  await owner?.end();
  await stack?.stop();
});

const append = async (update: Uint8Array): Promise<void> => {
  const { error } = await writer.rpc('append_note_update', {
    customer_id: customer,
    update: Buffer.from(update).toString('base64'),
    update_id: randomUUID(),
  });
  if (error) throw new Error(error.message);
};

interface Loaded {
  seq: number;
  state: string | null;
  updates: { seq: number; update: string }[];
}
const load = async (): Promise<Loaded> => {
  const { data, error } = await writer.rpc('load_note', { customer_id: customer }).single<Loaded>();
  if (error) throw new Error(error.message);
  return data;
};

it('the scheduler has a note merged that was written in pieces, what a hostile editor sent left out', async () => {
  const doc = new Y.Doc();
  const updates: Uint8Array[] = [];
  doc.on('update', (update: Uint8Array) => updates.push(update));
  const text = new Y.XmlText();
  const paragraph = new Y.XmlElement('paragraph');
  doc.getXmlFragment('default').insert(0, [paragraph]);
  paragraph.insert(0, [text]);
  for (const word of 'Prefers calls in the morning.'.split(' ')) text.insert(text.length, `${word} `);
  for (const [index, update] of updates.entries()) {
    await append(update);
    if (index === 3) await append(crypto.getRandomValues(new Uint8Array(80)));
  }
  await owner.query(`update private.note_documents set pending_since = now() - interval '6 minutes'`);
  const { rows } = await owner.query('select private.wake_note_compaction() as woken');
  expect(rows).toEqual([{ woken: true }]);

  await expect.poll(async () => (await load()).updates, { timeout: 20_000 }).toEqual([]);
  const { state, seq } = await load();
  expect(seq).toBe(updates.length + 1);
  const opened = new Y.Doc();
  Y.applyUpdate(opened, Buffer.from(state ?? '', 'base64'));
  expect(opened.getXmlFragment('default').toString()).toBe(doc.getXmlFragment('default').toString());
  const { data } = await writer.from('customer_notes').select('body').eq('customer_id', customer).single();
  expect(data).toEqual({ body: 'Prefers calls in the morning.' });
  expect((await owner.query('select private.wake_note_compaction() as woken')).rows).toEqual([
    { woken: false },
  ]);
}, 40_000);

it('people cannot call the function', async () => {
  for (const client of [writer, visitor(stack)]) {
    const { response } = await client.functions.invoke('compact-notes', { method: 'POST', body: {} });
    expect(response?.status).toBe(403);
  }
});
