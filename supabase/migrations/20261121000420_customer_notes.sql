-- Notes of customers: one rich text for each, written by several people at once. The text is a Yjs document: an update can
-- arrive late, twice or in any order and everyone still ends with the same text, so nobody waits and nobody is overwritten.
-- The database keeps updates in the order it took them, announces them, and never looks inside (docs/decisions/0075).

create table public.customer_notes (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  customer_id uuid not null,
  body text not null default '' constraint customer_notes_body_length check (char_length(body) <= 100000),
  edited_by uuid,
  edited_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  version integer not null default 1,
  constraint customer_notes_one_each unique (org_id, customer_id),
  foreign key (org_id, customer_id) references public.customers (org_id, id) on delete cascade
);
comment on table public.customer_notes is 'The note of a customer: who writes in it, and its words. The text itself is in private.note_documents; load_note and append_note_update are the ways to it.';
comment on column public.customer_notes.customer_id is 'The customer; each has one note at most.';
comment on column public.customer_notes.body is 'The words without their form, as of the last compaction, for programs that do not speak Yjs; at most 100,000 characters.';
comment on column public.customer_notes.edited_by is 'Who began the latest editing session.';
comment on column public.customer_notes.edited_at is 'When that session began. A session ends with 15 minutes of silence of its person.';

grant select on public.customer_notes to authenticated;
grant select on public.customer_notes to service_role;

select private.protect('public.customer_notes', resource => 'customers', parent => 'customer_id',
  permissions => '{"insert": "customers:update", "delete": "customers:update"}');
select private.add_standard_triggers('public.customer_notes', audited => false);
-- What was typed is not in the trail, only who edited when: one line for each session.
select private.audit_changes_of('public.customer_notes', left_out => '{body}');
select private.announce_changes_of('public.customer_notes', 'customer:{customer_id}:notes');

-- The document ---------------------------------------------------------------------------------------------

create table private.note_documents (
  note_id uuid primary key references public.customer_notes (id) on delete cascade,
  state bytea not null default '',
  state_seq bigint not null default 0,
  last_seq bigint not null default 0,
  pending_count integer not null default 0,
  pending_bytes integer not null default 0,
  pending_since timestamptz,
  tried_at timestamptz
);
create index note_documents_pending_idx on private.note_documents (pending_since) where pending_count > 0;
comment on table private.note_documents is 'The text of each note: everything up to a number merged, and how much waits to be merged. Clients reach it through functions only.';
comment on column private.note_documents.note_id is 'The note.';
comment on column private.note_documents.state is 'A Yjs update that holds everything up to state_seq; empty before the first compaction.';
comment on column private.note_documents.state_seq is 'Up to which update the state was merged.';
comment on column private.note_documents.last_seq is 'Number of the last update. Counted under the lock of this row, so numbers have no gaps and are committed in order.';
comment on column private.note_documents.pending_count is 'How many updates came after the state.';
comment on column private.note_documents.pending_bytes is 'How large those are together.';
comment on column private.note_documents.pending_since is 'When the oldest of those came.';
comment on column private.note_documents.tried_at is 'When a compaction was last begun, so that two do not do the same work.';

create table private.note_updates (
  note_id uuid not null references private.note_documents (note_id) on delete cascade,
  seq bigint not null,
  update_id uuid not null,
  update bytea not null,
  author uuid,
  at timestamptz not null default now(),
  primary key (note_id, seq),
  constraint note_updates_taken_once unique (note_id, update_id)
);
comment on table private.note_updates is 'What was written in notes since their last compaction, in order. Rows are only added; compaction removes what it has merged.';
comment on column private.note_updates.note_id is 'The note.';
comment on column private.note_updates.seq is 'Its number within the note, from 1, without gaps.';
comment on column private.note_updates.update_id is 'Chosen by the client and kept when it sends again, so that a lost answer does not store an update twice.';
comment on column private.note_updates.update is 'The Yjs update, as it came.';
comment on column private.note_updates.author is 'Who wrote it. Not a foreign key: history outlives accounts.';
comment on column private.note_updates.at is 'When it was taken.';

create table private.note_sessions (
  note_id uuid not null references public.customer_notes (id) on delete cascade,
  user_id uuid not null,
  last_at timestamptz not null,
  primary key (note_id, user_id)
);
comment on table private.note_sessions is 'Who edited which note last when: after 15 minutes of silence the next edit is a new session, with a line in the trail.';
comment on column private.note_sessions.note_id is 'The note.';
comment on column private.note_sessions.user_id is 'The person.';
comment on column private.note_sessions.last_at is 'Their last update, to within a minute.';

-- Reading ----------------------------------------------------------------------------------------------------

create function private.as_base64(given bytea)
returns text
language sql
immutable
set search_path = ''
as $$ select translate(encode(given, 'base64'), E'\n', '') $$;
comment on function private.as_base64(bytea) is 'Base64 in one line.';

create function private.load_note(customer_id uuid, after_seq bigint)
returns jsonb
language plpgsql
stable security definer
set search_path = ''
as $$
declare
  customer constant public.customers := private.customer_for(load_note.customer_id, 'customers:read');
  document private.note_documents;
  from_seq bigint;
begin
  select found.* into document
  from public.customer_notes as note
  join private.note_documents as found on found.note_id = note.id
  where note.org_id = customer.org_id and note.customer_id = customer.id;
  -- Someone who has seen more than was merged needs only the rest; anyone else begins with the state. A number that was
  -- never given is of another note's life: begin anew.
  from_seq := case when load_note.after_seq between document.state_seq and document.last_seq then load_note.after_seq else document.state_seq end;
  return jsonb_build_object(
    'note_id', document.note_id,
    'seq', coalesce(document.last_seq, 0),
    'state', case when from_seq is distinct from load_note.after_seq then nullif(private.as_base64(document.state), '') end,
    'updates', coalesce((
      select jsonb_agg(jsonb_build_object('seq', pending.seq, 'update', private.as_base64(pending.update)) order by pending.seq)
      from private.note_updates as pending
      where pending.note_id = document.note_id and pending.seq > from_seq
    ), '[]'));
end
$$;
comment on function private.load_note(uuid, bigint) is 'See public.load_note.';

create function public.load_note(customer_id uuid, after_seq bigint default 0)
returns jsonb
language sql
stable
set search_path = ''
as $$ select private.load_note(customer_id, after_seq) $$;
comment on function public.load_note(uuid, bigint) is
  'The text of a customer''s note as Yjs updates in base64: {note_id, seq, state, updates: [{seq, update}]}. With the number of the last update one has, only what came after it; state is null where that is enough. A note nobody has written in is {note_id: null, seq: 0}. PT404 customer_not_found.';

-- Writing ------------------------------------------------------------------------------------------------------

create function private.note_update_bytes(given text)
returns bytea
language plpgsql
immutable
set search_path = ''
as $$
declare
  largest constant integer := 262144;
begin
  if length(given) > largest / 3 * 4 + 4 then
    perform private.fail(413, 'note_update_too_large', 'This is too much to add to a note at once.',
      jsonb_build_object('field', 'update', 'largest_bytes', largest));
  end if;
  -- Two bytes are the shortest update there is: nothing inserted, nothing deleted.
  if given is null or length(given) < 4 or given !~ '^[A-Za-z0-9+/]+={0,2}$' or length(given) % 4 <> 0 then
    perform private.fail(422, 'invalid_value', 'An update of a note is sent as Base64.', '{"field": "update"}');
  end if;
  return decode(given, 'base64');
exception when invalid_parameter_value then
  perform private.fail(422, 'invalid_value', 'An update of a note is sent as Base64.', '{"field": "update"}');
  return null;
end
$$;
comment on function private.note_update_bytes(text) is 'An update from its Base64; at most 256 kB. PT413 note_update_too_large, PT422 invalid_value.';

create function private.lock_note(customer public.customers)
returns private.note_documents
language plpgsql
security definer
set search_path = ''
as $$
declare
  note uuid;
  document private.note_documents;
begin
  select known.id into note from public.customer_notes as known where known.org_id = customer.org_id and known.customer_id = customer.id;
  if note is null then
    -- Two people who begin at once begin the same note.
    insert into public.customer_notes (org_id, customer_id, edited_by, edited_at) values (customer.org_id, customer.id, auth.uid(), now())
    on conflict on constraint customer_notes_one_each do nothing
    returning id into note;
    if note is not null then
      insert into private.note_sessions (note_id, user_id, last_at) values (note, auth.uid(), now());
    end if;
    select known.id into note from public.customer_notes as known where known.org_id = customer.org_id and known.customer_id = customer.id;
  end if;
  insert into private.note_documents (note_id) values (note) on conflict do nothing;
  select * into document from private.note_documents as found where found.note_id = note for update;
  return document;
end
$$;
comment on function private.lock_note(public.customers) is 'The document of a customer''s note, begun if there was none, locked: writers of one note take turns, of different notes never.';

create function private.mark_note_session(note uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  silence constant interval := '15 minutes';
  before timestamptz;
begin
  select known.last_at into before from private.note_sessions as known where known.note_id = note and known.user_id = auth.uid();
  if before > now() - interval '1 minute' then
    return;
  end if;
  insert into private.note_sessions as known (note_id, user_id, last_at) values (note, auth.uid(), now())
  on conflict on constraint note_sessions_pkey do update set last_at = excluded.last_at;
  if before is null or before < now() - silence then
    update public.customer_notes set edited_by = auth.uid(), edited_at = now() where id = note;
  end if;
end
$$;
comment on function private.mark_note_session(uuid) is 'Notes that the caller edits a note; the first time in 15 minutes that is a line in the trail.';

create function private.announce_note_update(customer_id uuid, seq bigint, update text)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  -- Larger ones are fetched: a channel is no place for them.
  largest constant integer := 43692;
begin
  perform realtime.send(
    jsonb_build_object('customer_id', customer_id, 'seq', seq, 'actor', auth.uid())
      || case when length(update) > largest then '{}' else jsonb_build_object('update', update) end,
    'note_update', 'customer:' || customer_id || ':notes', true);
exception when others then
  -- What was written is worth more than its announcement: the next one shows the gap.
  raise warning 'announcing an update of a note failed: %', sqlerrm;
end
$$;
comment on function private.announce_note_update(uuid, bigint, text) is
  'Tells who has the note open that an update was taken: {customer_id, seq, actor, update?}, without the update above 32 kB. Never aborts the write.';

create function private.append_note_update(customer_id uuid, update text, update_id uuid)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  largest_note constant integer := 524288;
  -- An update that begins with a zero adds nothing, it only takes away. A full note takes those a little longer, or nobody
  -- could make room in it.
  room_for_less constant integer := 131072;
  most_pending constant integer := 20000;
  customer constant public.customers := private.customer_for(append_note_update.customer_id, 'customers:update');
  bytes constant bytea := private.note_update_bytes(append_note_update.update);
  document private.note_documents;
  taken bigint;
begin
  perform private.refuse_while_viewing();
  if append_note_update.update_id is null then
    perform private.fail(422, 'invalid_value', 'Give each update an id of its own.', '{"field": "update_id"}');
  end if;
  document := private.lock_note(customer);
  select known.seq into taken from private.note_updates as known
  where known.note_id = document.note_id and known.update_id = append_note_update.update_id;
  if taken is not null then
    return jsonb_build_object('seq', taken);
  end if;
  if octet_length(document.state) + document.pending_bytes + octet_length(bytes)
    > largest_note + (case when get_byte(bytes, 0) = 0 then room_for_less else 0 end)
  then
    perform private.fail(413, 'note_full', 'This note is full. Move some of its text elsewhere.',
      jsonb_build_object('largest_bytes', largest_note));
  end if;
  if document.pending_count >= most_pending then
    perform private.fail(429, 'note_busy', 'This note is written in faster than it can be put in order. Try again in a minute.');
  end if;
  taken := document.last_seq + 1;
  insert into private.note_updates (note_id, seq, update_id, update, author)
  values (document.note_id, taken, append_note_update.update_id, bytes, auth.uid());
  update private.note_documents as changed set
    last_seq = taken, pending_count = changed.pending_count + 1, pending_bytes = changed.pending_bytes + octet_length(bytes),
    pending_since = coalesce(changed.pending_since, now())
  where changed.note_id = document.note_id;
  perform private.mark_note_session(document.note_id);
  perform private.announce_note_update(customer.id, taken, append_note_update.update);
  return jsonb_build_object('seq', taken);
end
$$;
comment on function private.append_note_update(uuid, text, uuid) is 'See public.append_note_update.';

create function public.append_note_update(customer_id uuid, update text, update_id uuid)
returns jsonb
language sql
set search_path = ''
as $$ select private.append_note_update(customer_id, update, update_id) $$;
comment on function public.append_note_update(uuid, text, uuid) is
  'Adds a Yjs update (Base64, at most 256 kB) to the note of a customer and tells whoever has it open: {seq}, its number within the note. Sending it again with the same id gives the same answer. PT403 customers_update_denied, PT404 customer_not_found, PT413 note_update_too_large {largest_bytes}, note_full {largest_bytes}, PT422 invalid_value {field}, PT429 note_busy.';

grant execute on function
  private.load_note(uuid, bigint), public.load_note(uuid, bigint),
  private.append_note_update(uuid, text, uuid), public.append_note_update(uuid, text, uuid)
to authenticated;
