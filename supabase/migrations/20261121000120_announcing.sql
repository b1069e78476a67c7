-- Announcing: who hears of a change, declared per table. See docs/realtime.md.

create function private.topic_expression(template text, alias text)
returns text
language sql
immutable
set search_path = ''
as $$
  -- 'owner:{org_id}:{owner_id}' → 'owner:' || n.org_id::text || ':' || n.owner_id::text  (null when any column is null)
  -- 'territory:{governorate_of(territory_id)}' → 'territory:' || private.governorate_of(n.territory_id)::text
  select string_agg(
    case
      when part[3] is not null then format('private.%I(%I.%I)::text', part[2], alias, part[3])
      when part[4] is not null then format('%I.%I::text', alias, part[4])
      else format('%L', part[1])
    end, ' || ' order by position
  )
  from regexp_matches(template, '([^{}]+)|\{([a-z_]+)\(([a-z_]+)\)\}|\{([a-z_]+)\}', 'g') with ordinality as found (part, position)
$$;
comment on function private.topic_expression(text, text) is
  'SQL expression of a topic template over a row alias; null when one of its columns is null. Braces hold a column, or a function of the schema private over a column.';

create function private.topics_of(target regclass, templates text[], alias text)
returns text
language sql
stable
set search_path = ''
as $$
  select case when exists (select from pg_catalog.pg_attribute where attrelid = target and attname = 'deleted_at' and not attisdropped)
    -- Nobody hears of rows in the trash, so that going there is leaving every audience.
    then format('case when %I.deleted_at is null then %s else array[]::text[] end', alias, listed.expression)
    else listed.expression end
  from (
    select format('array_remove(array[%s], null)', string_agg(private.topic_expression(template, alias), ', ')) as expression
    from unnest(templates) as template
  ) as listed
$$;
comment on function private.topics_of(regclass, text[], text) is 'SQL expression of the audience topics of a row, by its alias; none while it lies in the trash.';

create function private.source_of(target regclass, operation text)
returns text
language sql
immutable
set search_path = ''
as $$
  select case operation
    when 'INSERT' then 'from new_rows as n'
    -- Rows left as they were say nothing.
    when 'UPDATE' then 'from new_rows as n join old_rows as o on o.id = n.id where n.version is distinct from o.version'
    when 'DELETE' then 'from old_rows as o'
    when 'TRUNCATE' then format('from %s as o', target)
  end
$$;
comment on function private.source_of(regclass, text) is
  'From where a statement''s changed rows are read: n is a row as it is now, o as it was. A truncation has no transition table, so it is announced before it happens.';

create function private.organization_column(target regclass)
returns text
language sql
stable
set search_path = ''
as $$
  select coalesce(
    (select 'org_id' from pg_catalog.pg_attribute where attrelid = target and attname = 'org_id' and not attisdropped),
    (select 'id' from pg_catalog.pg_class where oid = target and relname = 'organizations')
  )
$$;
comment on function private.organization_column(regclass) is 'The column that says whose organisation a row belongs to; null for a table that belongs to none, such as that of people.';

create function private.rows_query(target regclass, operation text, templates text[])
returns text
language sql
stable
set search_path = ''
as $$
  select format('select %1$s.id, %2$s as org_id, %3$s as version, to_jsonb(%1$s) as record, %4$s as topics, %5$s as old_topics %6$s',
    alias, coalesce(alias || '.' || private.organization_column(target), 'null::uuid'),
    -- Rows that never change have no version and stay at the first.
    case when exists (select from pg_catalog.pg_attribute where attrelid = target and attname = 'version' and not attisdropped)
      then alias || '.version' else '1' end,
    case when operation = 'DELETE' then 'array[]::text[]' else private.topics_of(target, templates, 'n') end,
    case when operation = 'INSERT' then 'array[]::text[]' else private.topics_of(target, templates, 'o') end,
    private.source_of(target, operation))
  from (select case operation when 'DELETE' then 'o' else 'n' end) as named (alias)
$$;
comment on function private.rows_query(regclass, text, text[]) is 'The query that finds the rows a statement changed, each with the topics that hear of it and those that heard of it before.';

create function private.bulk_query(target regclass, operation text, templates text[])
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  aliases constant text[] := case operation when 'INSERT' then array['n'] when 'UPDATE' then array['n', 'o'] else array['o'] end;
  org_column constant text := private.organization_column(target);
  -- Topics of single records would make as many messages as rows: they collapse into the organisation's topic. How many
  -- there were and who did it is then not for everyone there.
  is_open constant boolean := templates && array['org:{org_id}', 'org:{id}'];
  expressions text;
begin
  select string_agg(distinct private.topic_expression(
    case when template ~ '^(org|owner|user|territory):' then template else 'org:{org_id}' end, alias), ', ')
  into expressions
  from unnest(templates) as template, unnest(aliases) as alias;

  return format(
    'select org_id, place, is_open, array_agg(topic) as topics, array_agg(row_count) as counts from ('
    '  select org_id, place, topic, %5$L or topic !~ ''^org:[^:]+$'' as is_open, count(distinct id) as row_count'
    '  from (select %1$s.id, %2$s as org_id, %3$s as place, unnest(array[%4$s]) as topic %6$s) as touched'
    '  where topic is not null group by org_id, place, topic'
    ') as told group by org_id, place, is_open',
    aliases[1], coalesce(aliases[1] || '.' || org_column, 'null::uuid'), aliases[1] || '.' || coalesce(org_column, 'id'), expressions,
    is_open, private.source_of(target, operation));
end
$$;
comment on function private.bulk_query(regclass, text, text[]) is
  'The query that finds the topics of a statement which touched many rows, one row per organisation, so that an import of 100,000 rows sends a handful of messages.';

create function private.announce()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
-- Arguments: the queries for rows one by one and for many at once, made when the table was declared. They are executed
-- here and not in functions of their own, because only this one sees the transition tables. Their plans are made anew
-- for each statement: one made for two rows is no way to join 10,000 with 10,000.
declare
  bulk_above constant integer := 50;
  touched bigint := bulk_above + 1;
  change record;
begin
  if tg_op in ('INSERT', 'UPDATE') then
    select count(*) into touched from (select from new_rows limit bulk_above + 1) as rows_written;
  elsif tg_op = 'DELETE' then
    select count(*) into touched from (select from old_rows limit bulk_above + 1) as rows_written;
  end if;
  if touched > bulk_above and tg_op = 'UPDATE' then
    -- Those that are left as they were do not count.
    execute format('select count(*) from (select %s limit %s) as changed', private.source_of(tg_relid, tg_op), bulk_above + 1) into touched;
  end if;
  if touched > bulk_above then
    for change in execute tg_argv[1] loop
      perform private.announce_many(tg_table_name, lower(tg_op), change.org_id, change.place, change.is_open, change.topics, change.counts);
    end loop;
  elsif touched > 0 then
    for change in execute tg_argv[0] loop
      perform private.announce_row(tg_table_name, lower(tg_op), change.org_id, change.id, change.version, change.record,
        change.topics, change.old_topics);
    end loop;
  end if;
  return null;
exception when others then
  -- An edit is worth more than its announcement.
  raise warning 'announcing % on % failed: %', tg_op, tg_table_name, sqlerrm;
  return null;
end
$$;
comment on function private.announce() is
  'After each statement: tells every audience topic of the changed rows what happened. A row that leaves a topic''s audience is announced there as gone; more than 50 rows become one bulk event per topic. Never aborts the write.';

create function private.announce_row(
  table_name text, operation text, org_id uuid, record_id uuid, version bigint, record jsonb, topics text[], old_topics text[]
)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  record_limit constant integer := 32768;
  left_topics constant text[] := array(select old from unnest(old_topics) as old where old <> all (announce_row.topics));
  topic text;
  envelope jsonb;
begin
  if cardinality(topics) + cardinality(left_topics) = 0 then
    return; -- in the trash before and after
  end if;
  envelope := jsonb_build_object('table', table_name, 'id', record_id, 'org_id', org_id, 'version', version, 'actor', auth.uid(), 'at', now(),
    'cursor', private.record_change(coalesce(org_id, record_id), table_name, record_id, operation, version, topics, left_topics, auth.uid()));
  foreach topic in array topics loop
    perform realtime.send(
      envelope || jsonb_build_object('op', operation)
        -- Being a member does not imply reading every table, so the organisation's topic names rows only; so does a person's,
        -- who joins it as a person, whatever an organisation asks of its members. What is too large the client fetches.
        || case when topic ~ '^org:[^:]+$' or (topic ~ '^user:' and org_id is not null) or octet_length(record::text) > record_limit
             then '{}'::jsonb
           else jsonb_build_object('record', record) end,
      'change', topic, true);
  end loop;
  foreach topic in array left_topics loop
    perform realtime.send(envelope || jsonb_build_object('op', case operation when 'delete' then operation else 'gone' end), 'change', topic, true);
  end loop;
end
$$;
comment on function private.announce_row(text, text, uuid, uuid, bigint, jsonb, text[], text[]) is
  'Tells the topics of one row that it changed, and those it left that it is gone; keeps the change for those who were away.';

create function private.announce_many(
  table_name text, operation text, org_id uuid, place uuid, is_open boolean, topics text[], counts bigint[]
)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  actor constant uuid := case when is_open then auth.uid() end;
  told record;
  envelope jsonb;
begin
  envelope := jsonb_build_object('table', table_name, 'op', operation, 'org_id', org_id, 'actor', actor, 'at', now(),
    'cursor', private.record_change(place, table_name, null, 'bulk', null, topics, '{}', actor));
  for told in select * from unnest(topics, counts) as listed (topic, row_count) loop
    perform realtime.send(envelope || case when is_open then jsonb_build_object('count', told.row_count) else '{}'::jsonb end,
      'bulk', told.topic, true);
  end loop;
end
$$;
comment on function private.announce_many(text, text, uuid, uuid, boolean, text[], bigint[]) is
  'Tells each topic that many rows changed, and keeps that as one change. Who did it and how many there were is left out where it is not for everyone who listens.';

create function private.announce_changes_of(target regclass, variadic topics text[])
returns void
language plpgsql
set search_path = ''
as $$
declare
  table_name text := (select relname from pg_catalog.pg_class where oid = target);
  event record;
begin
  if cardinality(topics) not between 1 and 4 then
    raise exception 'a table announces to one to four topics, % names %', target, cardinality(topics);
  end if;
  for event in
    select * from (values
      ('insert', 'after', 'referencing new table as new_rows'),
      ('update', 'after', 'referencing old table as old_rows new table as new_rows'),
      ('delete', 'after', 'referencing old table as old_rows'),
      ('truncate', 'before', '')
    ) as events (name, moment, transition)
  loop
    execute format('create trigger %I %s %s on %s %s for each statement execute function private.announce(%L, %L)',
      format('%s_%s_%s_announce', table_name, event.moment, event.name), event.moment, event.name, target, event.transition,
      case when event.name <> 'truncate' then private.rows_query(target, upper(event.name), topics) else '' end,
      private.bulk_query(target, upper(event.name), topics));
    execute format('comment on trigger %I on %s is %L',
      format('%s_%s_%s_announce', table_name, event.moment, event.name), target, 'Tells the audience topics: ' || array_to_string(topics, ', ') || '.');
  end loop;
end
$$;
comment on function private.announce_changes_of(regclass, text[]) is
  'Declares who hears of a table''s changes: one to four topic templates with column names in braces. Call it when the table has all its columns. Transition tables allow one event per trigger, hence a trigger for each.';
