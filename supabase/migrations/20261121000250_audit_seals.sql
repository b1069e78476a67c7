-- Reading and sealing the trail that …140_audit_trigger writes. How it is verified stands in …252_audit_verifying.

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
