-- Compaction of notes: what was written piece by piece becomes one state. Merging is Yjs' business, so the edge function
-- compact-notes does it; these functions give it the work, and take the result only where it fits.

create function private.next_note_to_compact()
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  document private.note_documents;
begin
  select * into document
  from private.note_documents as due
  where due.pending_count > 0
    -- Many updates make opening slow; few can wait until the writing has paused.
    and (due.pending_count >= 200 or due.pending_bytes >= 262144 or due.pending_since < now() - interval '5 minutes')
    -- One that could not be merged is tried again, after the others.
    and (due.tried_at is null or due.tried_at < now() - interval '2 minutes')
  order by due.pending_since
  limit 1
  for update skip locked;
  if document.note_id is null then
    return null;
  end if;
  update private.note_documents as claimed set tried_at = now() where claimed.note_id = document.note_id;
  return jsonb_build_object(
    'note_id', document.note_id, 'state_seq', document.state_seq, 'seq', document.last_seq,
    'state', nullif(private.as_base64(document.state), ''),
    'updates', (
      select jsonb_agg(private.as_base64(pending.update) order by pending.seq)
      from private.note_updates as pending
      where pending.note_id = document.note_id and pending.seq > document.state_seq
    ));
end
$$;
comment on function private.next_note_to_compact() is 'See public.next_note_to_compact.';

create function public.next_note_to_compact()
returns jsonb
language sql
set search_path = ''
as $$ select private.next_note_to_compact() $$;
comment on function public.next_note_to_compact() is
  'For the function compact-notes: the next note with updates to merge, claimed for two minutes: {note_id, state_seq, seq, state, updates} in base64; null when there is none.';

create function private.compact_note(note_id uuid, seen_state_seq bigint, seq bigint, state text, body text)
returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  document private.note_documents;
begin
  select * into document from private.note_documents as found where found.note_id = compact_note.note_id for update;
  -- Someone else was faster, or the note is gone: what they made of it holds.
  if document.note_id is null or document.state_seq <> compact_note.seen_state_seq
    or compact_note.seq not between document.state_seq and document.last_seq
  then
    return false;
  end if;
  delete from private.note_updates as merged where merged.note_id = document.note_id and merged.seq <= compact_note.seq;
  -- What came while the function was merging has a higher number and stays.
  update private.note_documents as compacted set
    state = decode(compact_note.state, 'base64'), state_seq = compact_note.seq, tried_at = null,
    pending_count = rest.count, pending_bytes = rest.bytes, pending_since = rest.since
  from (
    select count(*) as count, coalesce(sum(octet_length(pending.update)), 0) as bytes, min(pending.at) as since
    from private.note_updates as pending where pending.note_id = document.note_id
  ) as rest
  where compacted.note_id = document.note_id;
  update public.customer_notes as note set body = left(compact_note.body, 100000)
  where note.id = document.note_id and note.body is distinct from left(compact_note.body, 100000);
  delete from private.note_sessions as over where over.note_id = document.note_id and over.last_at < now() - interval '1 day';
  return true;
end
$$;
comment on function private.compact_note(uuid, bigint, bigint, text, text) is 'See public.compact_note.';

create function public.compact_note(note_id uuid, seen_state_seq bigint, seq bigint, state text, body text)
returns boolean
language sql
set search_path = ''
as $$ select private.compact_note(note_id, seen_state_seq, seq, state, body) $$;
comment on function public.compact_note(uuid, bigint, bigint, text, text) is
  'For the function compact-notes: replaces the updates up to a number by the state they were merged into, unless another did so meanwhile. Says whether it was taken.';

grant execute on function
  private.next_note_to_compact(), private.compact_note(uuid, bigint, bigint, text, text),
  public.next_note_to_compact(), public.compact_note(uuid, bigint, bigint, text, text)
to service_role;

-- Waking it ------------------------------------------------------------------------------------------------------

create function private.wake_note_compaction()
returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  address text;
  key text;
begin
  if not exists (
    select from private.note_documents as due
    where due.pending_count > 0
      and (due.pending_count >= 200 or due.pending_bytes >= 262144 or due.pending_since < now() - interval '5 minutes')
  ) then
    return false;
  end if;
  select decrypted_secret into address from vault.decrypted_secrets where name = 'tandem_api_url';
  select decrypted_secret into key from vault.decrypted_secrets where name = 'tandem_secret_key';
  if address is null or key is null then
    raise warning 'notes are not compacted: put the secrets tandem_api_url and tandem_secret_key into the vault';
    return false;
  end if;
  perform net.http_post(url := address || '/functions/v1/compact-notes', body := '{}', headers := jsonb_build_object('apikey', key, 'content-type', 'application/json'),
    timeout_milliseconds := 30000);
  return true;
end
$$;
comment on function private.wake_note_compaction() is
  'Calls the edge function compact-notes when a note has updates to merge; says whether. Address and key stand in the vault as tandem_api_url and tandem_secret_key. Run every minute.';

do $$
begin
  if exists (select from pg_catalog.pg_available_extensions where name = 'pg_net') then
    create extension if not exists pg_net;
  end if;
  perform cron.schedule('compact-notes', '* * * * *', 'select private.wake_note_compaction()');
end
$$;
