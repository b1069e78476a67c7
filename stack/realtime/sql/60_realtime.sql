-- Realtime: the table that channels are authorised against and that database broadcasts travel through,
-- the functions applications call (hosted signatures), and the functions only the server calls.
-- Applied as supabase_admin at every start, so every statement can run again on a database that has it.

-- The messages table --------------------------------------------------------------------------------

create table if not exists realtime.messages (
  topic text not null,
  extension text not null,
  payload jsonb,
  event text,
  private boolean default false,
  updated_at timestamp without time zone not null default timezone('utc', now()),
  inserted_at timestamp without time zone not null default timezone('utc', now()),
  id uuid not null default gen_random_uuid(),
  binary_payload bytea,
  primary key (id, inserted_at)
) partition by range (inserted_at);

create index if not exists messages_inserted_at_topic_index
  on realtime.messages (inserted_at desc, topic)
  where extension = 'broadcast' and private;

alter table realtime.messages owner to supabase_realtime_admin;
alter table realtime.messages enable row level security;
grant select, insert, update on realtime.messages to anon, authenticated, service_role;
grant select, insert, update, delete on realtime.messages to postgres;

comment on table realtime.messages is
  'One row is one broadcast sent from the database. Policies on it decide who joins a private channel (select) and who sends to it (insert), per extension.';
comment on column realtime.messages.topic is 'The channel name, without the realtime: prefix.';
comment on column realtime.messages.extension is 'What the row or the probe is for: broadcast or presence.';
comment on column realtime.messages.payload is 'JSON payload of a broadcast.';
comment on column realtime.messages.event is 'Event name that listeners match on.';
comment on column realtime.messages.private is 'Whether it goes to the private or to the public channel of that name.';
comment on column realtime.messages.updated_at is 'UTC time of the last change.';
comment on column realtime.messages.inserted_at is 'UTC time of sending; the partition key.';
comment on column realtime.messages.id is 'Message id, delivered as meta.id.';
comment on column realtime.messages.binary_payload is 'Binary payload, used instead of payload by realtime.send_binary.';
comment on index realtime.messages_inserted_at_topic_index is 'Serves replay: the latest private broadcasts of a topic.';

-- Functions for applications ------------------------------------------------------------------------

create or replace function realtime.topic() returns text
language sql stable
as $$ select nullif(current_setting('realtime.topic', true), '') $$;
comment on function realtime.topic() is 'The channel being authorised, without the realtime: prefix; for use in policies on realtime.messages.';

create or replace function realtime.send(payload jsonb, event text, topic text, private boolean default true)
returns void
language plpgsql
as $$
#variable_conflict use_variable
declare
  message_id uuid := gen_random_uuid();
begin
  -- The write that announces itself must not fail because the announcement did.
  begin
    perform set_config('realtime.topic', topic, true);
    insert into realtime.messages (id, payload, event, topic, private, extension)
    values (
      message_id,
      case when payload ? 'id' then payload else jsonb_set(payload, '{id}', to_jsonb(message_id)) end,
      event, topic, private, 'broadcast'
    );
  exception when others then
    raise warning 'WarnSendingBroadcastMessage: %', sqlerrm;
  end;
end
$$;
comment on function realtime.send(jsonb, text, text, boolean) is
  'Broadcasts a JSON payload on a topic once the transaction commits. Runs as the caller, so the caller''s insert policy on realtime.messages applies. Errors become a warning.';

create or replace function realtime.send_binary(payload bytea, event text, topic text, private boolean default true)
returns void
language plpgsql
as $$
#variable_conflict use_variable
declare
  message_id uuid := gen_random_uuid();
begin
  begin
    perform set_config('realtime.topic', topic, true);
    insert into realtime.messages (id, binary_payload, event, topic, private, extension)
    values (message_id, payload, event, topic, private, 'broadcast');
  exception when others then
    raise warning 'WarnSendingBroadcastMessage: %', sqlerrm;
  end;
end
$$;
comment on function realtime.send_binary(bytea, text, text, boolean) is
  'Like realtime.send, with a binary payload. Sockets of protocol 1.0.0 do not receive it.';

create or replace function realtime.broadcast_changes(
  topic_name text, event_name text, operation text, table_name text, table_schema text,
  new record, old record, level text default 'ROW'
)
returns void
language plpgsql
as $$
begin
  if level = 'STATEMENT' then
    raise exception 'function can only be triggered for each row, not for each statement';
  end if;
  if operation not in ('INSERT', 'UPDATE', 'DELETE') then
    raise exception 'Unexpected operation type: %', operation;
  end if;
  perform realtime.send(
    jsonb_build_object('old_record', old, 'record', new, 'operation', operation, 'table', table_name, 'schema', table_schema),
    event_name, topic_name
  );
exception when others then
  raise exception 'Failed to process the row: %', sqlerrm;
end
$$;
comment on function realtime.broadcast_changes(text, text, text, text, text, record, record, text) is
  'For row triggers: broadcasts {old_record, record, operation, table, schema} on a private topic.';

alter function realtime.topic() owner to supabase_realtime_admin;
alter function realtime.send(jsonb, text, text, boolean) owner to supabase_realtime_admin;
alter function realtime.send_binary(bytea, text, text, boolean) owner to supabase_realtime_admin;
alter function realtime.broadcast_changes(text, text, text, text, text, record, record, text) owner to supabase_realtime_admin;

grant execute on function
  realtime.topic(),
  realtime.send(jsonb, text, text, boolean),
  realtime.send_binary(bytea, text, text, boolean),
  realtime.broadcast_changes(text, text, text, text, text, record, record, text)
to postgres, anon, authenticated, service_role;

-- Functions for the server --------------------------------------------------------------------------

create or replace function realtime.await_transactions(transaction_ids bigint[]) returns void
language plpgsql volatile
set search_path = ''
as $$
declare
  deadline timestamptz := clock_timestamp() + interval '1 second';
begin
  if cardinality(transaction_ids) = 0 then
    return;
  end if;
  -- A replicated commit can be read from the log before new snapshots see it. Each turn takes a new
  -- snapshot. 32-bit ids are widened to the epoch that puts them nearest to the snapshot's upper end.
  while exists (
    select
    from unnest(transaction_ids) as seen (id)
    cross join lateral (select pg_snapshot_xmax(pg_current_snapshot())::text::bigint as latest) as snapshot
    cross join lateral (select latest - ((latest - seen.id) % 4294967296) as id) as widened
    where not pg_visible_in_snapshot(
      (case when latest - widened.id > 2147483648 then widened.id + 4294967296 else widened.id end)::text::xid8,
      pg_current_snapshot()
    )
  ) loop
    exit when clock_timestamp() > deadline;
    perform pg_sleep(0.001);
  end loop;
end
$$;
comment on function realtime.await_transactions(bigint[]) is
  'Waits until the given transactions (32-bit ids from the replication stream) are visible to new snapshots; at most one second.';

create or replace function realtime.authorize(
  probe_command text, probe_topic text, probe_extensions text[],
  probe_role text, probe_subject text, probe_claims text, probe_headers text,
  seen_transactions bigint[] default '{}'
)
returns text[]
language plpgsql volatile
-- What policies call is looked up as in a request over REST.
set search_path = public, extensions
as $$
declare
  allowed text[] := '{}';
  probe_ids uuid[];
  probe text;
begin
  -- As over REST: a token names a role that the gateway's login may become, never a superuser.
  if not pg_has_role('authenticator', probe_role, 'member') then
    return allowed;
  end if;
  perform realtime.await_transactions(seen_transactions);
  -- The probe takes a transaction id but changes nothing worth waiting for a disk.
  perform set_config('synchronous_commit', 'off', true);
  begin
    if probe_command = 'read' then
      with probes as (
        insert into realtime.messages (topic, extension, private)
        select probe_topic, extension, true from unnest(probe_extensions) as wanted (extension)
        returning id
      )
      select array_agg(id) into probe_ids from probes;
    end if;

    perform set_config('realtime.topic', probe_topic, true),
      set_config('request.jwt.claims', probe_claims, true),
      set_config('request.jwt.claim.sub', coalesce(probe_subject, ''), true),
      set_config('request.jwt.claim.role', probe_role, true),
      set_config('request.headers', probe_headers, true),
      set_config('request.method', '', true),
      set_config('request.path', '', true);
    perform set_config('role', probe_role, true);

    if probe_command = 'read' then
      select coalesce(array_agg(messages.extension), '{}') into allowed
      from realtime.messages
      where messages.id = any (probe_ids) and messages.inserted_at = timezone('utc', now());
    else
      foreach probe in array probe_extensions loop
        begin
          insert into realtime.messages (topic, extension, private) values (probe_topic, probe, true);
          allowed := allowed || probe;
        exception when insufficient_privilege then
          null;
        end;
      end loop;
    end if;
    -- Undoes the probes, the role and the settings. Variables keep their values.
    raise exception using errcode = 'RTBCK', message = 'probe done';
  exception when sqlstate 'RTBCK' then
    null;
  end;
  return allowed;
end
$$;
comment on function realtime.authorize(text, text, text[], text, text, text, text, bigint[]) is
  'Which extensions of a topic the given claims may read (join) or write (send to), judged by the policies on realtime.messages. Probe rows never survive the call.';

drop function if exists realtime.replay_messages(text, timestamp, integer, bigint[]);
create function realtime.replay_messages(
  replay_topic text, replay_since timestamp without time zone, replay_limit integer,
  seen_transactions bigint[] default '{}'
)
returns table (seen_snapshot text, id uuid, event text, payload text, binary_payload bytea)
language plpgsql volatile
set search_path = ''
as $$
begin
  perform realtime.await_transactions(seen_transactions);
  -- Messages of one transaction have one time: among them the number of the command that sent each decides, and the id
  -- among those of one command, so that it is always the same ones that are repeated, in the same order.
  return query
    select pg_current_snapshot()::text, latest.id, latest.event, latest.payload::text, latest.binary_payload
    from (values (true)) as always
    left join (
      select messages.*, messages.cmin::text::bigint as command from realtime.messages
      where messages.topic = replay_topic and messages.extension = 'broadcast' and messages.private
        and messages.inserted_at >= replay_since
        and messages.inserted_at < timezone('utc', now()) + interval '1 minute'
      order by messages.inserted_at desc, command desc, messages.id desc
      limit replay_limit
    ) as latest on true
    order by latest.inserted_at, latest.command, latest.id;
end
$$;
comment on function realtime.replay_messages(text, timestamp, integer, bigint[]) is
  'The latest private broadcasts of a topic since a time (UTC), oldest first, each with the snapshot they were read by; one row without an id when there are none.';

create or replace function realtime.maintain_partitions() returns void
language plpgsql volatile
set search_path = ''
-- Who waits for a lock on a table keeps everybody after it waiting as well.
set lock_timeout = '2s'
as $$
declare
  today date := timezone('utc', now())::date;
  day date;
  partition_name text;
begin
  perform pg_advisory_xact_lock(hashtext('realtime.maintain_partitions'));
  for day in select today + offset_days from generate_series(-1, 3) as days (offset_days) loop
    partition_name := 'messages_' || to_char(day, 'YYYY_MM_DD');
    if to_regclass(format('realtime.%I', partition_name)) is null then
      -- Attaching a table keeps no writer waiting, unlike creating it as a partition.
      execute format('create table realtime.%I (like realtime.messages including defaults)', partition_name);
      execute format(
        'alter table realtime.messages attach partition realtime.%I for values from (%L) to (%L)',
        partition_name, day, day + 1
      );
      execute format('alter table realtime.%I owner to supabase_realtime_admin', partition_name);
      execute format('alter table realtime.%I enable row level security', partition_name);
      execute format('comment on table realtime.%I is %L', partition_name, 'Broadcasts of ' || day || ' (UTC).');
    end if;
  end loop;

  for partition_name in
    select relation.relname
    from pg_catalog.pg_inherits as link
    join pg_catalog.pg_class as relation on relation.oid = link.inhrelid
    where link.inhparent = 'realtime.messages'::regclass
      and relation.relname ~ '^messages_\d{4}_\d{2}_\d{2}$'
      -- A day's partition ends a day later: gone once its last row is 72 hours old.
      and to_date(substr(relation.relname, 10), 'YYYY_MM_DD') + 1 + interval '72 hours' <= timezone('utc', now())
  loop
    execute format('drop table realtime.%I', partition_name);
  end loop;
end
$$;
comment on function realtime.maintain_partitions() is
  'Makes the day partitions of realtime.messages from yesterday to three days ahead and drops those older than 72 hours.';

revoke execute on function
  realtime.await_transactions(bigint[]),
  realtime.authorize(text, text, text[], text, text, text, text, bigint[]),
  realtime.replay_messages(text, timestamp, integer, bigint[]),
  realtime.maintain_partitions()
from public, anon, authenticated, service_role;

select realtime.maintain_partitions();

-- Publication ---------------------------------------------------------------------------------------
-- It exists before any replication slot: an older slot could not decode a newer publication.

create or replace function realtime.ensure_publications() returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  if not exists (select from pg_catalog.pg_publication where pubname = 'supabase_realtime') then
    create publication supabase_realtime;
    alter publication supabase_realtime owner to postgres;
  end if;
  if not exists (select from pg_catalog.pg_publication where pubname = 'supabase_realtime_messages_publication') then
    create publication supabase_realtime_messages_publication for table realtime.messages with (publish = 'insert');
  elsif not exists (
    select
    from pg_catalog.pg_publication as publication
    left join pg_catalog.pg_publication_rel as member
      on member.prpubid = publication.oid and member.prrelid = 'realtime.messages'::regclass
    where publication.pubname = 'supabase_realtime_messages_publication'
      and (publication.puballtables or member.oid is not null)
  ) then
    alter publication supabase_realtime_messages_publication add table realtime.messages;
  end if;
end
$$;
comment on function realtime.ensure_publications() is
  'Makes the publications that the Realtime server streams, where they are missing: supabase_realtime, empty, for tables whose changes clients subscribe to, and the one of broadcasts.';
revoke execute on function realtime.ensure_publications() from public, anon, authenticated, service_role;

select realtime.ensure_publications();
comment on publication supabase_realtime_messages_publication is 'Broadcasts from the database, read by the Realtime server.';
