-- Foundation: schemas, extensions, default privileges, and the helpers every table uses.
--
-- A business table needs four declarations besides its columns, indexes, grants and policies:
--   select private.add_standard_triggers('public.things');
--   select private.announce_changes_of('public.things', 'org:{org_id}', …);
-- See docs/data-model.md, "How to add a table".

create schema if not exists private;
comment on schema private is 'Helpers and internal tables. Never exposed by the API; policies and triggers call into it.';

create schema if not exists extensions;
create extension if not exists pgcrypto with schema extensions;
create extension if not exists pg_trgm with schema extensions;
create extension if not exists unaccent with schema extensions;
create extension if not exists btree_gin with schema extensions;

-- Nothing is reachable unless a later line grants it.
alter default privileges for role postgres revoke execute on functions from public;
alter default privileges for role postgres in schema public revoke all on tables from anon, authenticated, service_role;
alter default privileges for role postgres in schema public revoke all on sequences from anon, authenticated, service_role;
alter default privileges for role postgres in schema public revoke execute on functions from anon, authenticated, service_role;

revoke all on schema private from public;
grant usage on schema private to authenticated, service_role;
grant usage on schema public to anon, authenticated, service_role;

-- Errors ---------------------------------------------------------------------------------------------

create function private.fail(status integer, code text, hint text, detail jsonb default '{}'::jsonb)
returns void
language plpgsql
set search_path = ''
as $$
begin
  raise exception using errcode = 'PT' || status, message = code, detail = detail::text, hint = hint;
end
$$;
comment on function private.fail(integer, text, text, jsonb) is
  'Raises the one error shape of this database: SQLSTATE PT<http status>, a machine code as message, JSON detail, and a hint in plain English.';
grant execute on function private.fail(integer, text, text, jsonb) to authenticated, service_role;

-- Text -----------------------------------------------------------------------------------------------

create function private.normalise(value text)
returns text
language sql
immutable strict parallel safe
set search_path = ''
as $$ select lower(extensions.unaccent('extensions.unaccent'::regdictionary, value)) $$;
comment on function private.normalise(text) is
  'Lower case without accents, for search and slugs. Declared immutable because the unaccent dictionary is named explicitly, so that indexes may use it.';
grant execute on function private.normalise(text) to authenticated, service_role;

create function private.is_text(value text, shortest integer, longest integer)
returns boolean
language sql
immutable parallel safe
set search_path = ''
as $$ select value is null or char_length(btrim(value)) >= shortest and char_length(value) <= longest $$;
comment on function private.is_text(text, integer, integer) is
  'Length rule of free text: null passes, blanks do not count towards the shortest length.';
grant execute on function private.is_text(text, integer, integer) to authenticated, service_role;

create function private.is_email(value text)
returns boolean
language sql
immutable parallel safe
set search_path = ''
as $$ select value is null or (char_length(value) <= 254 and value ~ '^[^@[:space:]]+@[^@[:space:].]+(\.[^@[:space:].]+)+$') $$;
comment on function private.is_email(text) is 'Shape of an e-mail address; whether it exists only a message can tell. Null passes.';
grant execute on function private.is_email(text) to authenticated, service_role;

create function private.is_phone(value text)
returns boolean
language sql
immutable parallel safe
set search_path = ''
as $$ select value is null or (value ~ '^\+?[0-9][0-9 ()./-]{2,38}$') $$;
comment on function private.is_phone(text) is 'Shape of a phone number as people write it: digits with the usual separators. Null passes.';
grant execute on function private.is_phone(text) to authenticated, service_role;

create function private.is_currency(value text)
returns boolean
language sql
immutable parallel safe
set search_path = ''
as $$ select value is null or value ~ '^[A-Z]{3}$' $$;
comment on function private.is_currency(text) is 'Three capital letters, as in ISO 4217. Null passes.';
grant execute on function private.is_currency(text) to authenticated, service_role;

create function private.is_color(value text)
returns boolean
language sql
immutable parallel safe
set search_path = ''
as $$ select value is null or value ~ '^#[0-9a-fA-F]{6}$' $$;
comment on function private.is_color(text) is 'A colour as #rrggbb. Null passes.';
grant execute on function private.is_color(text) to authenticated, service_role;

create function private.are_tags(tags text[])
returns boolean
language sql
immutable parallel safe
set search_path = ''
as $$
  select cardinality(tags) <= 30
    and coalesce(array_ndims(tags), 1) = 1
    and not exists (
      select from unnest(tags) as tag where tag is null or char_length(tag) not between 1 and 40 or tag <> btrim(tag)
    )
$$;
comment on function private.are_tags(text[]) is 'At most 30 tags of 1 to 40 characters, without surrounding blanks.';
grant execute on function private.are_tags(text[]) to authenticated, service_role;

create function private.is_small_object(value jsonb)
returns boolean
language sql
immutable parallel safe
set search_path = ''
as $$ select value is null or (jsonb_typeof(value) = 'object' and octet_length(value::text) <= 16384) $$;
comment on function private.is_small_object(jsonb) is 'A JSON object of at most 16 kB: what a free-form column may hold. Null passes.';
grant execute on function private.is_small_object(jsonb) to authenticated, service_role;

-- Standard columns -------------------------------------------------------------------------------------

create function private.stamp_insert()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.created_by := coalesce(auth.uid(), new.created_by);
  return new;
end
$$;
comment on function private.stamp_insert() is
  'Before insert: the signed-in person is the creator, whatever the client sent. Jobs and seeds without a person keep what they give.';

create function private.stamp_update()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.id := old.id;
  new.created_at := old.created_at;
  new.created_by := old.created_by;
  new.updated_at := now();
  new.version := old.version + 1;
  return new;
end
$$;
comment on function private.stamp_update() is
  'Before update of a changed row: keeps identity and origin, sets updated_at, bumps version. Clients compare versions to drop what they already have.';

create function private.stamp_editor()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.updated_by := coalesce(auth.uid(), new.updated_by);
  return new;
end
$$;
comment on function private.stamp_editor() is 'Before insert or update: remembers who changed the row last, to name them in a conflict.';

create function private.describe_standard_columns(target regclass)
returns void
language plpgsql
set search_path = ''
as $$
declare
  described record;
begin
  for described in
    select attribute.attname, texts.description
    from pg_catalog.pg_attribute as attribute
    join (values
      ('id', 'Identity of the row; a client may choose it to show the row before the server answers.'),
      ('org_id', 'Organisation that owns the row. Part of every foreign key between tenant tables.'),
      ('created_at', 'When the row came into being.'),
      ('updated_at', 'When the row last changed; set by trigger.'),
      ('created_by', 'Who created the row. Not a foreign key: history outlives accounts.'),
      ('updated_by', 'Who changed the row last; set by trigger.'),
      ('version', 'Starts at 1 and grows by one with every change; set by trigger.'),
      ('deleted_at', 'In the trash since; null for a live row.'),
      ('deleted_by', 'Who moved the row to the trash.')
    ) as texts (name, description) on texts.name = attribute.attname
    where attribute.attrelid = target and not attribute.attisdropped
      and pg_catalog.col_description(target, attribute.attnum) is null
  loop
    execute format('comment on column %s.%I is %L', target, described.attname, described.description);
  end loop;
end
$$;
comment on function private.describe_standard_columns(regclass) is 'Comments the columns that mean the same in every table.';

create function private.add_standard_triggers(target regclass)
returns void
language plpgsql
set search_path = ''
as $$
declare
  table_name text := (select relname from pg_catalog.pg_class where oid = target);
begin
  execute format('create trigger %I before insert on %s for each row execute function private.stamp_insert()',
    table_name || '_before_insert_stamp', target);
  execute format('create trigger %I before update on %s for each row when (old.* is distinct from new.*) execute function private.stamp_update()',
    table_name || '_before_update_stamp', target);
  execute format('comment on trigger %I on %s is %L', table_name || '_before_insert_stamp', target, 'Sets created_by.');
  execute format('comment on trigger %I on %s is %L', table_name || '_before_update_stamp', target, 'Sets updated_at and version.');
  perform private.describe_standard_columns(target);
end
$$;
comment on function private.add_standard_triggers(regclass) is
  'Declares a table standard: created_by, updated_at and version are kept by triggers, and the standard columns get their comments.';

-- Announcing -------------------------------------------------------------------------------------------

create function private.topic_expression(template text, alias text)
returns text
language sql
immutable
set search_path = ''
as $$
  -- 'owner:{org_id}:{owner_id}' → 'owner:' || n.org_id || ':' || n.owner_id  (null when any column is null)
  select string_agg(
    case when part[2] is not null then format('%I.%I::text', alias, part[2]) else format('%L', part[1]) end, ' || ' order by position
  )
  from regexp_matches(template, '([^{}]+)|\{([a-z_]+)\}', 'g') with ordinality as found (part, position)
$$;
comment on function private.topic_expression(text, text) is 'SQL expression of a topic template over a row alias; null when one of its columns is null.';

create function private.announce()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
-- Arguments are topic templates such as 'owner:{org_id}:{owner_id}'. Limits: more than 50 rows become one
-- `bulk` event per topic; a record above 32 kB is left out and the client fetches it.
declare
  bulk_above constant integer := 50;
  record_limit constant integer := 32768;
  has_new constant boolean := tg_op <> 'DELETE';
  has_old constant boolean := tg_op <> 'INSERT';
  is_soft boolean := exists (
    select from pg_catalog.pg_attribute where attrelid = tg_relid and attname = 'deleted_at' and not attisdropped
  );
  org_column text := case when exists (
    select from pg_catalog.pg_attribute where attrelid = tg_relid and attname = 'org_id' and not attisdropped
  ) then 'org_id' when tg_table_name = 'organizations' then 'id' end;
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
    perform private.announce_bulk(tg_argv, source, tg_op, org_column, envelope);
    return null;
  end if;

  if has_new then
    select format('array_remove(array[%s], null)', string_agg(private.topic_expression(template, 'n'), ', '))
    into new_topics from unnest(tg_argv) as template;
    if is_soft then
      new_topics := format('case when n.deleted_at is null then %s else array[]::text[] end', new_topics);
    end if;
  end if;
  if has_old then
    select format('array_remove(array[%s], null)', string_agg(private.topic_expression(template, 'o'), ', '))
    into old_topics from unnest(tg_argv) as template;
    if is_soft then
      old_topics := format('case when o.deleted_at is null then %s else array[]::text[] end', old_topics);
    end if;
  end if;

  for change in execute format(
    'select %1$s.id, %2$s as org_id, %1$s.version, to_jsonb(%1$s) as record, %3$s as new_topics, %4$s as old_topics %5$s',
    case when has_new then 'n' else 'o' end,
    coalesce(case when has_new then 'n.' else 'o.' end || org_column, 'null::uuid'),
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

create function private.announce_bulk(templates text[], source text, operation text, org_column text, envelope jsonb)
returns void
language plpgsql
set search_path = ''
as $$
declare
  aliases text[] := case operation when 'INSERT' then array['n'] when 'DELETE' then array['o'] else array['n', 'o'] end;
  expressions text;
  announced record;
begin
  -- Topics of single records would make as many messages as rows: they collapse into the organisation's topic.
  select string_agg(distinct private.topic_expression(
    case when template ~ '^(org|owner|user):' then template else 'org:{org_id}' end, alias), ', ')
  into expressions
  from unnest(templates) as template, unnest(aliases) as alias;

  for announced in execute format(
    'select topic, org_id, count(*) as row_count from (select %s as org_id, unnest(array[%s]) as topic %s) as touched where topic is not null group by topic, org_id',
    coalesce(format('%I.%I', aliases[1], org_column), 'null::uuid'), expressions, source)
  loop
    perform realtime.send(
      envelope || jsonb_build_object('op', lower(operation), 'org_id', announced.org_id, 'count', announced.row_count),
      'bulk', announced.topic, true);
  end loop;
end
$$;
comment on function private.announce_bulk(text[], text, text, text, jsonb) is
  'One bulk event per topic for a statement that touched many rows, so that an import of 100,000 rows sends a handful of messages.';

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
