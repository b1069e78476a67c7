/**
 * Makes `supabase/seed/45_notes.sql`, notes of some customers of the demo, from the texts in `scripts/demo-notes`:
 * `node scripts/demo-notes.ts`. It writes the same file each time.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../stack/shared/paths.ts';
import { mergeUpdates } from '../supabase/functions/compact-notes/merge.ts';
import { documentOf } from './demo-notes/document.ts';
import { notes } from './demo-notes/texts.ts';

const head = `-- Demo data, part 4b: what people have written together about some customers of the first organisation.
-- Made by scripts/demo-notes.ts from the texts in scripts/demo-notes; change those and run it again.

create or replace function pg_temp.demo_id(name text) returns uuid language sql immutable as
$$ select overlay(overlay(md5('tandem demo ' || name) placing '8' from 13) placing 'a' from 17)::uuid $$;

create temporary table if not exists demo_notes (
  customer text primary key,
  -- A Yjs update, as Base64.
  document text not null,
  words text not null
);
truncate demo_notes;

insert into demo_notes (customer, document, words) values
`;

const tail = `
do $seed$
begin
  -- Whoever has a note already has it from the first run, or wrote it.
  insert into public.customer_notes (id, org_id, customer_id, body, edited_by, edited_at, created_at, updated_at, created_by)
  select pg_temp.demo_id('note ' || given.customer), customer.org_id, customer.id, given.words,
    coalesce(customer.owner_id, customer.created_by), customer.updated_at, customer.updated_at, customer.updated_at,
    coalesce(customer.owner_id, customer.created_by)
  from demo_notes as given
  join public.customers as customer on customer.id = pg_temp.demo_id('customer ' || given.customer)
  on conflict do nothing;

  insert into private.note_documents (note_id, state, state_seq, last_seq)
  select note.id, decode(given.document, 'base64'), 1, 1
  from demo_notes as given
  join public.customer_notes as note on note.id = pg_temp.demo_id('note ' || given.customer)
  on conflict do nothing;
end
$seed$;
`;

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** The whole file. */
export function demoNotes(): string {
  const lines = notes.map(({ customer, blocks }) => {
    const document = documentOf(blocks);
    const { body } = mergeUpdates([document]);
    return `  (${text(customer)}, ${text(Buffer.from(document).toString('base64'))},\n   ${text(body)})`;
  });
  return `${head}${lines.join(',\n')};\n${tail}`;
}

if (import.meta.main) await writeFile(join(projectRoot, 'supabase', 'seed', '45_notes.sql'), demoNotes());
