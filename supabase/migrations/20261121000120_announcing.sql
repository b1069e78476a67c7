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

create function private.announce()
returns trigger
language plpgsql
security definer
set search_path = ''
-- Plans of a session outlive the statement they were made for: a loop over two rows is no way to join 10,000 with 10,000.
set enable_nestloop = off
as $$
-- Arguments are topic templates such as 'owner:{org_id}:{owner_id}'. Limits: more than 50 rows become one
-- `bulk` event per topic; a record above 32 kB is left out and the client fetches it.
declare
  bulk_above constant integer := 50;
  record_limit constant integer := 32768;
  has_new constant boolean := tg_op <> 'DELETE';
  has_old constant boolean := tg_op <> 'INSERT';
  columns constant text[] := array(
    select attname from pg_catalog.pg_attribute where attrelid = tg_relid and attnum > 0 and not attisdropped
  );
  row_alias constant text := case when has_new then 'n' else 'o' end;
  org_column constant text := case when 'org_id' = any (columns) then 'org_id' when tg_table_name = 'organizations' then 'id' end;
  source text;
  row_total bigint;
  new_topics text := 'array[]::text[]';
  old_topics text := 'array[]::text[]';
  change record;
  topic text;
  envelope jsonb := jsonb_build_object('table', tg_table_name, 'actor', auth.uid(), 'at', now());
begin
  -- Statements that change nothing (no rows, or rows left as they were) say nothing.
  if tg_op = 'UPDATE' then
    source := 'from new_rows as n join old_rows as o on o.id = n.id where n.version is distinct from o.version';
    select count(*) into row_total from new_rows as n join old_rows as o on o.id = n.id where n.version is distinct from o.version;
  elsif tg_op = 'INSERT' then
    source := 'from new_rows as n';
    select count(*) into row_total from new_rows;
  else
    source := 'from old_rows as o';
    select count(*) into row_total from old_rows;
  end if;
  if row_total = 0 then
    return null;
  end if;

  if row_total > bulk_above then
    -- Executed here and not in a function of its own, because only this one sees the transition tables.
    for change in execute private.bulk_query(tg_argv, source, tg_op, org_column) loop
      perform realtime.send(
        envelope || jsonb_build_object('op', lower(tg_op), 'org_id', change.org_id)
          -- Where topics of single records collapse into the organisation's, how many there were and who did it is not
          -- for everyone there.
          || case when change.topic ~ '^org:[^:]+$' and not tg_argv && array['org:{org_id}', 'org:{id}'] then jsonb_build_object('actor', null)
             else jsonb_build_object('count', change.row_count) end,
        'bulk', change.topic, true);
    end loop;
    return null;
  end if;

  if has_new then
    select format('array_remove(array[%s], null)', string_agg(private.topic_expression(template, 'n'), ', '))
    into new_topics from unnest(tg_argv) as template;
    if 'deleted_at' = any (columns) then
      new_topics := format('case when n.deleted_at is null then %s else array[]::text[] end', new_topics);
    end if;
  end if;
  if has_old then
    select format('array_remove(array[%s], null)', string_agg(private.topic_expression(template, 'o'), ', '))
    into old_topics from unnest(tg_argv) as template;
    if 'deleted_at' = any (columns) then
      old_topics := format('case when o.deleted_at is null then %s else array[]::text[] end', old_topics);
    end if;
  end if;

  for change in execute format(
    'select %1$s.id, %2$s as org_id, %3$s as version, to_jsonb(%1$s) as record, %4$s as new_topics, %5$s as old_topics %6$s',
    row_alias, coalesce(row_alias || '.' || org_column, 'null::uuid'),
    -- Rows that never change have no version and stay at the first.
    case when 'version' = any (columns) then row_alias || '.version' else '1' end,
    new_topics, old_topics, source)
  loop
    envelope := envelope || jsonb_build_object('id', change.id, 'org_id', change.org_id, 'version', change.version);
    foreach topic in array change.new_topics loop
      perform realtime.send(
        envelope || jsonb_build_object('op', lower(tg_op))
          -- Being a member does not imply reading every table, so the organisation's topic names rows only.
          || case when topic ~ '^org:[^:]+$' or octet_length(change.record::text) > record_limit then '{}'::jsonb
             else jsonb_build_object('record', change.record) end,
        'change', topic, true);
    end loop;
    foreach topic in array change.old_topics loop
      if topic <> all (change.new_topics) then
        perform realtime.send(
          envelope || jsonb_build_object('op', case when tg_op = 'DELETE' then 'delete' else 'gone' end),
          'change', topic, true);
      end if;
    end loop;
  end loop;
  return null;
exception when others then
  -- An edit is worth more than its announcement: clients find it again when they catch up.
  raise warning 'announcing % on % failed: %', tg_op, tg_table_name, sqlerrm;
  return null;
end
$$;
comment on function private.announce() is
  'After each statement: tells every audience topic of the changed rows what happened. A row that leaves a topic''s audience is announced there as gone. Never aborts the write.';

create function private.bulk_query(templates text[], source text, operation text, org_column text)
returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
  aliases text[] := case operation when 'INSERT' then array['n'] when 'DELETE' then array['o'] else array['n', 'o'] end;
  expressions text;
begin
  -- Topics of single records would make as many messages as rows: they collapse into the organisation's topic.
  select string_agg(distinct private.topic_expression(
    case when template ~ '^(org|owner|user|territory):' then template else 'org:{org_id}' end, alias), ', ')
  into expressions
  from unnest(templates) as template, unnest(aliases) as alias;

  return format(
    'select topic, org_id, count(distinct id) as row_count from (select %1$s.id, %2$s as org_id, unnest(array[%3$s]) as topic %4$s) as touched where topic is not null group by topic, org_id',
    aliases[1], coalesce(format('%I.%I', aliases[1], org_column), 'null::uuid'), expressions, source);
end
$$;
comment on function private.bulk_query(text[], text, text, text) is
  'The query that finds the topics of a statement which touched many rows, one row per topic, so that an import of 100,000 rows sends a handful of messages.';

create function private.announce_changes_of(target regclass, variadic topics text[])
returns void
language plpgsql
set search_path = ''
as $$
declare
  table_name text := (select relname from pg_catalog.pg_class where oid = target);
  arguments text := (select string_agg(quote_literal(topic), ', ') from unnest(topics) as topic);
  event record;
begin
  if cardinality(topics) not between 1 and 4 then
    raise exception 'a table announces to one to four topics, % names %', target, cardinality(topics);
  end if;
  for event in
    select * from (values
      ('insert', 'new table as new_rows'),
      ('update', 'old table as old_rows new table as new_rows'),
      ('delete', 'old table as old_rows')
    ) as events (name, transition)
  loop
    execute format('create trigger %I after %s on %s referencing %s for each statement execute function private.announce(%s)',
      format('%s_after_%s_announce', table_name, event.name), event.name, target, event.transition, arguments);
    execute format('comment on trigger %I on %s is %L',
      format('%s_after_%s_announce', table_name, event.name), target, 'Tells the audience topics: ' || array_to_string(topics, ', ') || '.');
  end loop;
end
$$;
comment on function private.announce_changes_of(regclass, text[]) is
  'Declares who hears of a table''s changes: one to four topic templates with column names in braces. Transition tables allow one event per trigger, hence three triggers.';
