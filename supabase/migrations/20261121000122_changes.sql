-- What was announced, kept for a week: whoever was away asks what they missed. See docs/realtime.md.

create sequence private.changes_seq;
comment on sequence private.changes_seq is 'Numbers the changes. One for all partitions, so that of two changes of a row the later has the higher number.';

create table private.changes (
  org_id uuid not null,
  xid xid8 not null default pg_current_xact_id(),
  seq bigint not null default nextval('private.changes_seq'),
  at timestamptz not null default now(),
  table_name text not null,
  record_id uuid,
  op text not null constraint changes_op_known check (op in ('insert', 'update', 'delete', 'bulk')),
  version bigint,
  topics text[] not null,
  gone_topics text[] not null,
  actor uuid,
  primary key (org_id, xid, seq, at)
) partition by range (at);
comment on table private.changes is 'Every announced change, by ids: what clients ask for after they were away. Partitioned by day, kept for a week.';
comment on column private.changes.org_id is 'Organisation of the row; of what belongs to none, such as a person, the row itself.';
comment on column private.changes.xid is 'Transaction that made the change. Sequence numbers alone would hide what commits late.';
comment on column private.changes.seq is 'Order of changes within a transaction, and of changes of one row.';
comment on column private.changes.at is 'When its transaction began, as the announcement says; the partition key.';
comment on column private.changes.table_name is 'Table of the row.';
comment on column private.changes.record_id is 'The row; null when a statement changed many.';
comment on column private.changes.op is 'insert, update or delete; bulk for many rows of one statement.';
comment on column private.changes.version is 'Version of the row after the change, of a deleted row its last.';
comment on column private.changes.topics is 'Who hears of the row as it is now.';
comment on column private.changes.gone_topics is 'Who heard of it until then and hears no more.';
comment on column private.changes.actor is 'Who did it; null for the system, and for many rows at once where it is not for everyone who listens.';

create table private.changes_default partition of private.changes default;
comment on table private.changes_default is
  'Changes of days without a partition of their own: when the clock was wrong, or the job that makes partitions has not run. No write ever fails for want of one.';

create function private.record_change(
  org_id uuid, table_name text, record_id uuid, op text, version bigint, topics text[], gone_topics text[], actor uuid
)
returns text
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  place text;
begin
  insert into private.changes (org_id, table_name, record_id, op, version, topics, gone_topics, actor)
  values (record_change.org_id, record_change.table_name, record_change.record_id, record_change.op, record_change.version,
    record_change.topics, record_change.gone_topics, record_change.actor)
  returning xid || ':' || seq into place;
  return place;
end
$$;
comment on function private.record_change(uuid, text, uuid, text, bigint, text[], text[], uuid) is 'Keeps an announced change; gives its place as transaction:number.';

-- Days -----------------------------------------------------------------------------------------------------------

create function private.changes_kept_for()
returns interval
language sql
immutable
set search_path = ''
as $$ select interval '7 days' $$;
comment on function private.changes_kept_for() is 'How long somebody can be away and still catch up by changes. Who was away longer reads anew.';

create function private.add_change_partitions()
returns integer
language plpgsql
security definer
set search_path = ''
as $$
declare
  today constant date := (now() at time zone 'utc')::date;
  name text;
  added integer := 0;
begin
  for day in 0 .. 3 loop
    name := 'changes_' || to_char(today + day, 'YYYY_MM_DD');
    -- A day that already has changes without a partition keeps them there.
    continue when to_regclass(format('private.%I', name)) is not null
      or exists (select from private.changes_default as stray where (stray.at at time zone 'utc')::date = today + day);
    -- Attaching a table keeps no writer waiting, unlike creating it as a partition.
    execute format('create table private.%I (like private.changes including defaults including constraints)', name);
    execute format('comment on table private.%I is %L', name, 'Changes of ' || (today + day) || ' (UTC).');
    execute format('alter table private.changes attach partition private.%I for values from (%L) to (%L)',
      name, (today + day) || ' 00:00+00', (today + day + 1) || ' 00:00+00');
    added := added + 1;
  end loop;
  return added;
end
$$;
comment on function private.add_change_partitions() is 'Makes the partitions of private.changes for today and the three days after; gives how many it made.';

create function private.drop_change_partitions()
returns integer
language plpgsql
security definer
set search_path = ''
as $$
declare
  name text;
  dropped integer := 0;
begin
  for name in
    select relation.relname
    from pg_catalog.pg_inherits as link
    join pg_catalog.pg_class as relation on relation.oid = link.inhrelid
    where link.inhparent = 'private.changes'::regclass and relation.relname ~ '^changes_\d{4}_\d{2}_\d{2}$'
      and (to_date(substr(relation.relname, 9), 'YYYY_MM_DD') + 1)::timestamp at time zone 'utc' + private.changes_kept_for() <= now()
  loop
    execute format('drop table private.%I', name);
    dropped := dropped + 1;
  end loop;
  delete from private.changes_default where at < now() - private.changes_kept_for() - interval '1 day';
  return dropped;
end
$$;
comment on function private.drop_change_partitions() is 'Drops the days of private.changes that nobody can ask for any more; gives how many.';

create function private.keep_changes()
returns integer
language plpgsql
security definer
set search_path = ''
-- Whoever waits for a lock on the table keeps every writer after it waiting as well; there is another try soon.
set lock_timeout = '200ms'
as $$
begin
  return private.add_change_partitions() + private.drop_change_partitions();
exception when lock_not_available then
  return 0;
end
$$;
comment on function private.keep_changes() is 'Keeps the days of private.changes: some ahead, a week back. Run every ten minutes; gives how many it made and dropped.';

select private.keep_changes();

-- Marks ----------------------------------------------------------------------------------------------------------

create table private.change_marks (
  at timestamptz primary key default clock_timestamp(),
  seen pg_snapshot not null default pg_current_snapshot()
);
comment on table private.change_marks is
  'What was committed when, a line each minute of the last hour: a page that was rendered a minute ago asks for what was committed since, however long ago it was written.';
comment on column private.change_marks.at is 'When the mark was set.';
comment on column private.change_marks.seen is 'Which transactions had been committed by then.';

create function private.mark_changes()
returns void
language sql
security definer
set search_path = ''
as $$
  delete from private.change_marks where at not between now() - interval '1 hour' and now();
  insert into private.change_marks default values on conflict do nothing;
$$;
comment on function private.mark_changes() is 'Notes what has been committed by now. Run every minute.';

do $$
begin
  if exists (select from pg_catalog.pg_available_extensions where name = 'pg_cron') then
    create extension if not exists pg_cron;
  end if;
  perform cron.schedule('keep-changes', '*/10 * * * *', 'select private.keep_changes()');
  perform cron.schedule('mark-changes', '* * * * *', 'select private.mark_changes()');
end
$$;
