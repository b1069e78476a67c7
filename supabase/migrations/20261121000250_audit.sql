-- Reading, sealing and verifying the trail that …140_audit_trigger writes.

select private.add_permissions('[
  {"key": "audit:read", "description": "Read, verify and export the audit trail of the organisation."}
]');

create policy audit_log_select_permitted on public.audit_log for select to authenticated
  using (org_id = any (array(select private.orgs_with('audit:read'))));
comment on policy audit_log_select_permitted on public.audit_log is
  'Needs audit:read. Whoever may see a record reads its history through record_history.';

-- Seals ----------------------------------------------------------------------------------------------------

create table public.audit_seals (
  org_id uuid not null,
  number bigint not null,
  from_id bigint not null,
  to_id bigint not null,
  row_ids bigint[] not null,
  row_hashes bytea[] not null,
  sealed_at timestamptz not null default now(),
  previous_hash bytea,
  hash bytea not null,
  primary key (org_id, number)
);
comment on table public.audit_seals is
  'Seals over the trail: each names the rows it covers with their hashes and holds the hash of the seal before it, so that a changed, removed, inserted or moved row shows (docs/decisions/0050).';
comment on column public.audit_seals.number is 'Place in the chain of the organisation, from 1, without gaps.';
comment on column public.audit_seals.from_id is 'First id of the stretch that the seal covers: the one after the seal before it.';
comment on column public.audit_seals.to_id is 'Last id of the stretch, which is that of its last row.';
comment on column public.audit_seals.row_ids is 'The rows in order.';
comment on column public.audit_seals.row_hashes is 'Their hashes, in the same order.';
comment on column public.audit_seals.sealed_at is 'When the seal was made.';
comment on column public.audit_seals.previous_hash is 'Hash of the seal before; null for the first.';
comment on column public.audit_seals.hash is 'SHA-256 of the seal in its canonical form.';
select private.describe_standard_columns('public.audit_seals');

grant select on public.audit_seals to authenticated, service_role;
alter table public.audit_seals enable row level security;
create policy audit_seals_select_permitted on public.audit_seals for select to authenticated
  using (org_id = any (array(select private.orgs_with('audit:read'))));
comment on policy audit_seals_select_permitted on public.audit_seals is 'Needs audit:read.';
select private.keep_append_only('public.audit_seals');

create table private.audit_sealing (
  is_only boolean primary key default true constraint audit_sealing_one_row check (is_only),
  sealed_to bigint not null default 0,
  marked_to bigint not null default 0,
  marked_transaction xid8 not null default '0'
);
comment on table private.audit_sealing is 'Where the sealer stands, in one row.';
comment on column private.audit_sealing.is_only is 'Keeps it to one row.';
comment on column private.audit_sealing.sealed_to is 'Every row up to this id is sealed, whatever its organisation.';
comment on column private.audit_sealing.marked_to is 'The highest id there was when the mark was set.';
comment on column private.audit_sealing.marked_transaction is
  'The next transaction when the mark was set. Once all before it have ended, no row up to marked_to can appear any more.';
insert into private.audit_sealing default values;

create function private.audit_seal_hash(seal public.audit_seals)
returns bytea
language plpgsql
immutable
set search_path = ''
as $$
begin
  return sha256(convert_to(concat_ws(E'\n', 'tandem-seal-1', seal.org_id, seal.number, seal.from_id, seal.to_id,
    private.audit_time(seal.sealed_at), coalesce(encode(seal.previous_hash, 'hex'), ''),
    (select string_agg(entry.id || ' ' || encode(entry.hash, 'hex'), E'\n' order by entry.place)
     from unnest(seal.row_ids, seal.row_hashes) with ordinality as entry (id, hash, place))), 'UTF8'));
end
$$;
comment on function private.audit_seal_hash(public.audit_seals) is
  'SHA-256 of the canonical seal, a line each: version, org_id, number, from_id, to_id, sealed_at, previous hash in hex or nothing; then for each row its id, a blank and its hash in hex.';

create function private.seal_rows(org_id uuid, settled bigint, batch integer)
returns bigint
language plpgsql
security definer
set search_path = ''
as $$
declare
  seal public.audit_seals;
  sealed bigint := 0;
begin
  select * into seal from public.audit_seals where audit_seals.org_id = seal_rows.org_id order by number desc limit 1;
  seal.org_id := seal_rows.org_id;
  seal.number := coalesce(seal.number, 0);
  seal.to_id := coalesce(seal.to_id, 0);
  seal.sealed_at := now();
  loop
    seal.from_id := seal.to_id + 1;
    seal.previous_hash := seal.hash;
    seal.number := seal.number + 1;
    select array_agg(entry.id order by entry.id), array_agg(entry.hash order by entry.id), max(entry.id)
    into seal.row_ids, seal.row_hashes, seal.to_id
    from (
      select log.id, log.hash from public.audit_log as log
      where log.org_id = seal_rows.org_id and log.id >= seal.from_id and log.id <= settled
      order by log.id limit batch
    ) as entry;
    exit when seal.row_ids is null;
    seal.hash := private.audit_seal_hash(seal);
    insert into public.audit_seals values (seal.*);
    sealed := sealed + cardinality(seal.row_ids);
  end loop;
  return sealed;
end
$$;
comment on function private.seal_rows(uuid, bigint, integer) is 'Seals the rows of one organisation up to an id below which none can appear any more; gives how many.';

create function private.seal_audit(batch integer default 1000)
returns bigint
language plpgsql
security definer
set search_path = ''
as $$
-- Ids are taken before they are committed, so the highest one says nothing about those below. But a transaction has its own
-- number before it takes an id. So: mark the highest id and the next transaction; when all transactions before that one have
-- ended, whatever was to appear up to the mark has appeared. Nobody waits for anybody.
declare
  state private.audit_sealing;
  newest bigint;
  next_transaction xid8;
  oldest_running xid8;
  settled bigint;
  organization uuid;
  sealed bigint := 0;
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'sealing needs to see what was committed meanwhile: run it in read committed'
      using errcode = 'object_not_in_prerequisite_state';
  end if;
  if not pg_try_advisory_xact_lock(hashtextextended('private.seal_audit', 0)) then
    return 0; -- another one is at it
  end if;
  select * into state from private.audit_sealing;
  select case when is_called then last_value else 0 end into newest from public.audit_log_id_seq;
  -- A statement of its own, after the one that read the id: the order is what makes the mark true.
  select pg_snapshot_xmax(seen), pg_snapshot_xmin(seen) into next_transaction, oldest_running
  from pg_current_snapshot() as seen;

  settled := case
    when oldest_running >= next_transaction then newest
    -- Ahead of every transaction there is: a mark from before a restore, when other transactions ran.
    when oldest_running >= state.marked_transaction or state.marked_transaction > next_transaction then state.marked_to
    else state.sealed_to
  end;
  if settled > state.sealed_to then
    for organization in
      select distinct log.org_id from public.audit_log as log where log.id > state.sealed_to and log.id <= settled
    loop
      sealed := sealed + private.seal_rows(organization, settled, batch);
    end loop;
  end if;
  -- A mark that is not reached yet stays: set anew each minute, it might never be.
  if settled >= state.marked_to then
    update private.audit_sealing
    set sealed_to = settled, marked_to = newest, marked_transaction = next_transaction;
  end if;
  return sealed;
end
$$;
comment on function private.seal_audit(integer) is
  'Seals every row of the trail that is settled, in seals of at most batch rows; gives how many rows. Run every minute. Rows of transactions that are still open wait for the next run, and so do those written after them.';

do $$
begin
  if exists (select from pg_catalog.pg_available_extensions where name = 'pg_cron') then
    create extension if not exists pg_cron;
  end if;
  perform cron.schedule('seal-audit-trail', '* * * * *', 'select private.seal_audit()');
end
$$;

-- Verifying ------------------------------------------------------------------------------------------------

create function private.first_broken_row(seal public.audit_seals)
returns jsonb
language sql
stable security definer
set search_path = ''
as $$
  select jsonb_build_object('reason', found.reason, 'seal', seal.number, 'id', found.id,
    'table_name', found.table_name, 'record_id', found.record_id, 'at', found.at)
  from (
    select sealed.id, log.table_name, log.record_id, log.at,
      case
        when log.id is null then 'removed'
        when log.hash <> sealed.hash and log.hash = any (seal.row_hashes) then 'reordered'
        when log.hash <> sealed.hash or private.audit_row_hash(log) <> log.hash then 'changed'
        when private.audit_values_hash(log) <> log.values_hash then 'values_changed'
      end as reason
    from unnest(seal.row_ids, seal.row_hashes) as sealed (id, hash)
    left join public.audit_log as log
      on log.id = sealed.id and log.org_id = seal.org_id and log.id between seal.from_id and seal.to_id
    union all
    select log.id, log.table_name, log.record_id, log.at, 'inserted'
    from public.audit_log as log
    where log.org_id = seal.org_id and log.id between seal.from_id and seal.to_id
      and not exists (select from unnest(seal.row_ids) as sealed (id) where sealed.id = log.id)
  ) as found
  where found.reason is not null
  order by found.id
  limit 1
$$;
comment on function private.first_broken_row(public.audit_seals) is
  'The first row that is not as its seal says, with the reason: changed, values_changed, removed, inserted or reordered. Null when all are.';

create function private.verify_audit(org_id uuid, after_seal bigint default 0, max_seals integer default null)
returns jsonb
language plpgsql
stable security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  seal public.audit_seals;
  previous public.audit_seals;
  broken jsonb;
  seals bigint := 0;
  row_count bigint := 0;
  unsealed bigint := 0;
  is_end boolean := true;
begin
  if after_seal > 0 then
    select * into previous from public.audit_seals where org_id = verify_audit.org_id and number = after_seal;
    if previous.number is null then
      perform private.fail(404, 'audit_seal_not_found', format('There is no seal %s to go on from.', after_seal), '{"field": "after_seal"}');
    end if;
  end if;
  for seal in
    select * from public.audit_seals where org_id = verify_audit.org_id and number > after_seal order by number
  loop
    if seals >= max_seals then
      is_end := false;
      exit;
    end if;
    broken := case
      when seal.number <> coalesce(previous.number, 0) + 1 then
        jsonb_build_object('reason', 'seal_removed', 'seal', coalesce(previous.number, 0) + 1)
      when seal.previous_hash is distinct from previous.hash or seal.from_id <> coalesce(previous.to_id, 0) + 1
        or cardinality(seal.row_ids) <> cardinality(seal.row_hashes) or private.audit_seal_hash(seal) <> seal.hash then
        jsonb_build_object('reason', 'seal_changed', 'seal', seal.number)
      else private.first_broken_row(seal)
    end;
    exit when broken is not null;
    seals := seals + 1;
    row_count := row_count + cardinality(seal.row_ids);
    previous := seal;
  end loop;
  if broken is null and is_end then
    select count(*), (array_agg(jsonb_build_object('reason', 'changed', 'id', log.id, 'table_name', log.table_name,
        'record_id', log.record_id, 'at', log.at) order by log.id)
      filter (where private.audit_row_hash(log) <> log.hash or private.audit_values_hash(log) <> log.values_hash))[1]
    into unsealed, broken
    from public.audit_log as log
    where log.org_id = verify_audit.org_id and log.id > coalesce(previous.to_id, 0);
  end if;
  return jsonb_build_object('ok', broken is null, 'broken', broken, 'seals', seals, 'rows', row_count, 'unsealed', unsealed,
    'head', jsonb_build_object('number', previous.number, 'hash', encode(previous.hash, 'hex'), 'sealed_at', previous.sealed_at),
    'next_seal', case when broken is null and not is_end then previous.number end);
end
$$;
comment on function private.verify_audit(uuid, bigint, integer) is 'See public.verify_audit. Without a check of who asks: for operators.';

create function private.require_audit(org_id uuid)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
  if require_audit.org_id is null or require_audit.org_id not in (select private.my_orgs()) then
    perform private.fail(404, 'organization_not_found', 'There is no such organisation, or you may not see it.');
  end if;
  if require_audit.org_id not in (select private.orgs_with('audit:read')) then
    perform private.fail(403, 'audit_read_denied', 'Your role does not allow reading the audit trail.', '{"permission": "audit:read"}');
  end if;
end
$$;
comment on function private.require_audit(uuid) is 'Refuses who may not read the trail of an organisation. PT404 organization_not_found, PT403 audit_read_denied.';

create function private.verify_audit_checked(org_id uuid, after_seal bigint, max_seals integer)
returns jsonb
language plpgsql
stable security definer
set search_path = ''
as $$
begin
  perform private.require_audit(verify_audit_checked.org_id);
  return private.verify_audit(org_id, greatest(coalesce(after_seal, 0), 0),
    case when max_seals is not null then greatest(max_seals, 1) end);
end
$$;
comment on function private.verify_audit_checked(uuid, bigint, integer) is 'See public.verify_audit.';

create function public.verify_audit(org_id uuid, after_seal bigint default 0, max_seals integer default null)
returns jsonb
language sql
stable
set search_path = ''
as $$ select private.verify_audit_checked(org_id, after_seal, max_seals) $$;
comment on function public.verify_audit(uuid, bigint, integer) is
  'Recomputes the trail and its seals: {ok, broken: {reason, seal, id, table_name, record_id, at} | null, seals, rows, unsealed, head: {number, hash, sealed_at}, next_seal}. reason is changed, values_changed, removed, inserted, reordered, seal_changed or seal_removed. A long trail is verified in parts: max_seals of them, then again with after_seal = next_seal until that is null. PT403 audit_read_denied, PT404 organization_not_found, audit_seal_not_found.';

-- History of one record -----------------------------------------------------------------------------------

create function private.record_history(table_name text, record_id uuid, before_id bigint, page_size integer)
returns table (
  id bigint, at timestamptz, actor_kind public.audit_actor_kind, actor_id uuid, api_key_id uuid, action text, old_values jsonb, new_values jsonb,
  of_table text
)
language plpgsql
stable security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  size constant integer := least(greatest(coalesce(record_history.page_size, 30), 1), 200);
  organizations constant uuid[] := array(select private.my_orgs());
  -- What was written in the note of a customer belongs to the customer; whoever sees the one sees the other.
  note constant uuid := (
    select known.id from public.customer_notes as known
    where record_history.table_name = 'customers' and known.customer_id = record_history.record_id and known.org_id = any (organizations)
  );
begin
  return query
  select entry.*
  from (values (record_history.table_name, record_history.record_id), ('customer_notes', note)) as watched (of_table, record)
  cross join lateral (
    select log.id, log.at, log.actor_kind, log.actor_id, log.api_key_id, log.action, log.old_values, log.new_values, log.table_name
    from public.audit_log as log
    where log.record_id = watched.record and log.table_name = watched.of_table
      and log.org_id = any (organizations)
      and (record_history.before_id is null or log.id < record_history.before_id)
    order by log.id desc
    limit size
  ) as entry
  order by entry.id desc
  limit size;
end
$$;
comment on function private.record_history(text, uuid, bigint, integer) is
  'See public.record_history, which decides whether the caller may see the record; here only members of its organisation get anything.';

create function public.record_history(table_name text, record_id uuid, before_id bigint default null, page_size integer default 30)
returns table (
  id bigint, at timestamptz, actor_kind public.audit_actor_kind, actor_id uuid, api_key_id uuid, action text, old_values jsonb, new_values jsonb,
  of_table text
)
language plpgsql
stable
rows 30
set search_path = ''
as $$
#variable_conflict use_column
-- Runs as the caller: whether they see the record is asked of the record's own policies.
declare
  is_visible boolean := false;
begin
  if not exists (
    select from pg_catalog.pg_trigger as attached
    join pg_catalog.pg_class as target on target.oid = attached.tgrelid and target.relnamespace = 'public'::regnamespace
    where attached.tgfoid = 'private.audit'::regproc and target.relname = record_history.table_name
  ) then
    perform private.fail(422, 'invalid_value', 'There is no history of this table.', '{"field": "table_name"}');
  end if;
  if pg_catalog.has_table_privilege(format('public.%I', record_history.table_name), 'select') then
    execute format('select exists (select from public.%I where id = $1)', record_history.table_name)
      into is_visible using record_history.record_id;
  end if;
  -- Of what lies in the trash or is gone, whoever reads the whole trail still reads the history.
  if not is_visible and not exists (
    select from public.audit_log where audit_log.record_id = record_history.record_id
      and audit_log.table_name = record_history.table_name
  ) then
    perform private.fail(404, 'record_not_found', 'There is no such record, or you may not see it.');
  end if;
  return query select * from private.record_history(record_history.table_name, record_history.record_id, before_id, page_size);
end
$$;
comment on function public.record_history(text, uuid, bigint, integer) is
  'What happened to a record, newest first, for everyone who may see it (and for audit:read when it is gone): a page of entries before the given id, 200 at most. With a customer come the editing sessions of its note (of_table customer_notes). PT404 record_not_found, PT422 invalid_value.';

create function private.last_edit_of(table_name text, record_id uuid, field text)
returns table (by uuid, at timestamptz)
language sql
stable security definer
rows 1
set search_path = ''
as $$
  select log.actor_id, log.at from public.audit_log as log
  where log.record_id = last_edit_of.record_id and log.table_name = last_edit_of.table_name
    and (log.new_values operator(pg_catalog.?) field or log.action = 'insert')
  order by log.id desc
  limit 1
$$;
comment on function private.last_edit_of(text, uuid, text) is
  'Who gave a field of a record its present value, and when: the last entry of the trail that names it. For naming the other one in a conflict.';

-- Export --------------------------------------------------------------------------------------------------

create function private.audit_row_line(entry public.audit_log)
returns text
language sql
immutable
set search_path = ''
as $$
  -- Values go out as the text that was hashed: a reader that parses numbers would write them differently.
  select json_build_object('type', 'row', 'id', entry.id, 'org_id', entry.org_id, 'at', private.audit_time(entry.at),
    'actor_kind', entry.actor_kind, 'actor_id', entry.actor_id, 'api_key_id', entry.api_key_id, 'address', host(entry.address),
    'request_id', entry.request_id, 'table_name', entry.table_name, 'record_id', entry.record_id, 'action', entry.action,
    'old_values', entry.old_values::text, 'new_values', entry.new_values::text, 'salt', entry.salt,
    'values_hash', encode(entry.values_hash, 'hex'), 'hash', encode(entry.hash, 'hex'))::text
$$;
comment on function private.audit_row_line(public.audit_log) is 'A row of the trail as a line of an export.';

create function private.audit_seal_line(seal public.audit_seals)
returns text
language sql
immutable
set search_path = ''
as $$
  select json_build_object('type', 'seal', 'org_id', seal.org_id, 'number', seal.number, 'from_id', seal.from_id, 'to_id', seal.to_id,
    'sealed_at', private.audit_time(seal.sealed_at), 'previous_hash', encode(seal.previous_hash, 'hex'), 'hash', encode(seal.hash, 'hex'),
    'rows', (select json_agg(json_build_array(entry.id, encode(entry.hash, 'hex')) order by entry.place)
      from unnest(seal.row_ids, seal.row_hashes) with ordinality as entry (id, hash, place)))::text
$$;
comment on function private.audit_seal_line(public.audit_seals) is 'A seal as a line of an export; it stands ahead of its rows.';

create function public.export_audit(org_id uuid, after_seal bigint default 0, after_id bigint default 0)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
#variable_conflict use_column
-- Runs as the caller: policies decide. A page is one seal with its rows; after the last seal, rows that wait for theirs.
declare
  page_size constant integer := 1000;
  seal public.audit_seals;
  entries text[];
  last_id bigint;
begin
  perform private.require_audit(export_audit.org_id);
  select * into seal from public.audit_seals
  where org_id = export_audit.org_id and number > coalesce(after_seal, 0) order by number limit 1;
  if seal.number is not null then
    -- What lies in the stretch, listed or not: an inserted row has to come along.
    select array_agg(private.audit_row_line(log) order by log.id) into entries
    from public.audit_log as log
    where log.org_id = export_audit.org_id and log.id between seal.from_id and seal.to_id;
    return jsonb_build_object('after_seal', seal.number, 'after_id', seal.to_id, 'done', false,
      'lines', to_jsonb(array[private.audit_seal_line(seal)] || entries));
  end if;
  select array_agg(entry.line order by entry.id), max(entry.id) into entries, last_id
  from (
    select log.id, private.audit_row_line(log) as line from public.audit_log as log
    where log.org_id = export_audit.org_id and log.id > coalesce(after_id, 0)
    order by log.id limit page_size
  ) as entry;
  return jsonb_build_object('after_seal', after_seal, 'after_id', coalesce(last_id, after_id),
    'done', coalesce(cardinality(entries), 0) < page_size, 'lines', to_jsonb(coalesce(entries, '{}')));
end
$$;
comment on function public.export_audit(uuid, bigint, bigint) is
  'The trail as lines of JSON for `npm run audit:verify`, page by page: {lines, after_seal, after_id, done}; ask again with what came back until done. PT403 audit_read_denied, PT404 organization_not_found.';

-- Foreign records ------------------------------------------------------------------------------------------

create function private.report_foreign_access(table_name text, record_id uuid)
returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  owner_org uuid;
begin
  if auth.uid() is null or not exists (
    select from pg_catalog.pg_trigger as attached
    join pg_catalog.pg_class as target on target.oid = attached.tgrelid and target.relnamespace = 'public'::regnamespace
    where attached.tgfoid = 'private.audit'::regproc and target.relname = report_foreign_access.table_name
      and exists (select from pg_catalog.pg_attribute where attrelid = target.oid and attname = 'org_id')
  ) then
    return false;
  end if;
  execute format('select org_id from public.%I where id = $1', report_foreign_access.table_name) into owner_org using report_foreign_access.record_id;
  if owner_org is null or owner_org in (select private.my_orgs()) then
    return false;
  end if;
  -- Once an hour is enough to know, and nobody fills the trail of others.
  if exists (
    select from public.audit_log as log
    where log.org_id = owner_org and log.table_name = 'security' and log.at > now() - interval '1 hour'
      and log.action = 'foreign_access' and log.actor_id = auth.uid()
  ) then
    return false;
  end if;
  perform private.record_security_event(owner_org, 'foreign_access',
    jsonb_build_object('table_name', report_foreign_access.table_name, 'record_id', report_foreign_access.record_id));
  return true;
end
$$;
comment on function private.report_foreign_access(text, uuid) is 'See public.report_foreign_access.';

create function public.report_foreign_access(table_name text, record_id uuid)
returns void
language sql
set search_path = ''
as $$ select private.report_foreign_access(table_name, record_id) $$;
comment on function public.report_foreign_access(text, uuid) is
  'Called by the app after it answered "not found": if the record lies in an organisation the caller is no member of, that organisation''s trail gets a security event, at most one an hour for a person. Says nothing to the caller.';

grant execute on function
  private.require_audit(uuid), private.verify_audit_checked(uuid, bigint, integer), private.record_history(text, uuid, bigint, integer),
  private.last_edit_of(text, uuid, text), private.audit_row_line(public.audit_log), private.audit_seal_line(public.audit_seals),
  private.audit_time(timestamptz), private.report_foreign_access(text, uuid),
  public.verify_audit(uuid, bigint, integer), public.record_history(text, uuid, bigint, integer), public.export_audit(uuid, bigint, bigint),
  public.report_foreign_access(text, uuid)
to authenticated;
