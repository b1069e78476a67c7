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
as $$
  -- Blanks are whatever prints nothing: a name of line breaks or zero-width characters is no name.
  select value is null or (
    char_length(btrim(value, E' \t\n\r\f\x0b\u00a0\u00ad\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u2060\u3000\ufeff')) >= shortest
    and char_length(value) <= longest
  )
$$;
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

create function private.refuse_other_organization()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  perform private.fail(409, 'organization_fixed', 'A row cannot move to another organisation.', '{"field": "org_id"}');
  return null;
end
$$;
comment on function private.refuse_other_organization() is 'Before an update of org_id: refuses, for everyone.';

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
  if exists (select from pg_catalog.pg_attribute where attrelid = target and attname = 'org_id') then
    execute format('create trigger %I before update of org_id on %s for each row when (old.org_id is distinct from new.org_id) execute function private.refuse_other_organization()',
      table_name || '_before_update_tenant', target);
    execute format('comment on trigger %I on %s is %L', table_name || '_before_update_tenant', target, 'A row stays in its organisation.');
  end if;
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
  'Declares a table standard: created_by, updated_at and version are kept by triggers, rows stay in their organisation, and the standard columns get their comments.';

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
        envelope || jsonb_build_object('op', lower(tg_op), 'org_id', change.org_id, 'count', change.row_count),
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
    case when template ~ '^(org|owner|user):' then template else 'org:{org_id}' end, alias), ', ')
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

-- Editing records ----------------------------------------------------------------------------------------

create function private.as_stored(target regclass, field text, given jsonb)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  stored jsonb;
  takes_structure boolean := exists (
    select from pg_catalog.pg_attribute as attribute
    join pg_catalog.pg_type as type on type.oid = attribute.atttypid
    where attribute.attrelid = target and attribute.attname = field
      and (type.typcategory = 'A' or type.typname in ('json', 'jsonb'))
  );
begin
  if jsonb_typeof(given) in ('object', 'array') and not takes_structure then
    perform private.fail(422, 'invalid_value', format('The field %s does not take a list or an object.', field), jsonb_build_object('field', field));
  end if;
  execute format('select to_jsonb(record) -> %L from jsonb_populate_record(null::%s, $1) as record', field, target)
    into stored using jsonb_build_object(field, given);
  return stored;
exception when data_exception or program_limit_exceeded or check_violation then
  perform private.fail(422, 'invalid_value', format('The value of %s cannot be used: %s.', field, sqlerrm), jsonb_build_object('field', field));
end
$$;
comment on function private.as_stored(regclass, text, jsonb) is
  'A JSON value as the column would give it back, so that what a person saw can be compared with what is stored. PT422 invalid_value.';

create function private.field_of_constraint(target regclass, constraint_name text, fields text[])
returns text
language sql
stable
set search_path = ''
as $$
  -- The column of a broken rule, preferring one that the caller sent and never the organisation.
  select attribute.attname::text
  from pg_catalog.pg_constraint as broken
  join pg_catalog.pg_attribute as attribute on attribute.attrelid = target and attribute.attnum = any (broken.conkey)
  where broken.conrelid = target and broken.conname = constraint_name and attribute.attname <> 'org_id'
  order by attribute.attname = any (fields) desc, array_position(broken.conkey, attribute.attnum)
  limit 1
$$;
comment on function private.field_of_constraint(regclass, text, text[]) is 'The field to name when a constraint refuses a change.';

create function private.unwrapped(given jsonb)
returns jsonb
language sql
immutable
set search_path = ''
as $$
  select case
    when jsonb_typeof(given) = 'string' and pg_catalog.pg_input_is_valid(given #>> '{}', 'jsonb') then (given #>> '{}')::jsonb
    else given
  end
$$;
comment on function private.unwrapped(jsonb) is
  'JSON that arrived as a JSON string of itself: some gateways encode an argument of type jsonb twice.';

create function private.patch_record(target regclass, noun text, record_id uuid, changes jsonb, seen jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
-- Runs as the caller: policies decide which rows, column grants decide which fields.
declare
  table_name text := (select relname from pg_catalog.pg_class where oid = target);
  fields text[];
  unknown text[];
  field text;
  stored jsonb;
  yours jsonb;
  wanted jsonb := '{}';
  conflicts jsonb := '[]';
  broken_constraint text;
  broken_column text;
begin
  changes := private.unwrapped(changes);
  seen := private.unwrapped(seen);
  if jsonb_typeof(changes) is distinct from 'object' or changes = '{}' or jsonb_typeof(seen) is distinct from 'object' then
    perform private.fail(400, 'invalid_patch', 'Send the fields to change and the values you saw as two objects.', '{"fields": ["changes", "seen"]}');
  end if;
  fields := array(select jsonb_object_keys(changes));
  unknown := array(
    select name from unnest(fields) as name
    where not exists (
      select from pg_catalog.pg_attribute as attribute
      where attribute.attrelid = target and attribute.attname = name and attribute.attnum > 0 and not attribute.attisdropped
        and has_column_privilege(target, attribute.attnum, 'update')
    )
  );
  if cardinality(unknown) > 0 then
    perform private.fail(400, 'unknown_field', format('These fields cannot be changed this way: %s.', left(array_to_string(unknown, ', '), 200)),
      jsonb_build_object('field', left(unknown[1], 80), 'fields', to_jsonb(unknown[1:20])));
  end if;

  execute format('select to_jsonb(record) from %s as record where record.id = $1 for update', target) into stored using record_id;
  if stored is null then
    execute format('select to_jsonb(record) from %s as record where record.id = $1', target) into stored using record_id;
    if stored is null then
      perform private.fail(404, noun || '_not_found', format('There is no such %s, or you may not see it.', noun));
    end if;
    perform private.fail(403, table_name || '_update_denied', format('Your role does not allow changing this %s.', noun),
      jsonb_build_object('permission', table_name || ':update'));
  end if;

  foreach field in array fields loop
    yours := private.as_stored(target, field, changes -> field);
    if yours is not distinct from stored -> field then
      continue; -- already so, whoever did it
    end if;
    if private.as_stored(target, field, coalesce(seen -> field, 'null')) is distinct from stored -> field then
      conflicts := conflicts || jsonb_build_object('field', field, 'yours', yours, 'theirs', stored -> field,
        'by', stored -> 'updated_by', 'at', stored -> 'updated_at');
    else
      wanted := wanted || jsonb_build_object(field, yours);
    end if;
  end loop;

  if wanted <> '{}' then
    begin
      execute format('update %1$s as record set %2$s from jsonb_populate_record(null::%1$s, $1) as given where record.id = $2 returning to_jsonb(record)',
        target, (select string_agg(format('%1$I = given.%1$I', name), ', ') from jsonb_object_keys(wanted) as name))
        into stored using wanted, record_id;
    exception
      when check_violation or foreign_key_violation or not_null_violation then
        get stacked diagnostics broken_constraint = constraint_name, broken_column = column_name;
        field := coalesce(nullif(broken_column, ''), private.field_of_constraint(target, broken_constraint, fields));
        perform private.fail(422, 'invalid_value', format('The value of %s is not allowed.', field),
          jsonb_build_object('field', field, 'rule', broken_constraint));
      when unique_violation then
        get stacked diagnostics broken_constraint = constraint_name;
        field := private.field_of_constraint(target, broken_constraint, fields);
        perform private.fail(409, 'already_taken', format('Another record already has this %s.', field), jsonb_build_object('field', field));
      when insufficient_privilege then
        perform private.fail(403, table_name || '_update_denied', format('Your role does not allow this change of the %s.', noun),
          jsonb_build_object('permission', table_name || ':update'));
    end;
  end if;
  return jsonb_build_object('record', stored, 'applied', coalesce((select jsonb_agg(name) from jsonb_object_keys(wanted) as name), '[]'),
    'conflicts', conflicts);
end
$$;
comment on function private.patch_record(regclass, text, uuid, jsonb, jsonb) is
  'Field-level merge for any table with updated_by: fields nobody else touched are changed, the others come back as conflicts. See public.patch_customer for the errors.';

grant execute on function
  private.as_stored(regclass, text, jsonb), private.field_of_constraint(regclass, text, text[]),
  private.unwrapped(jsonb), private.patch_record(regclass, text, uuid, jsonb, jsonb)
to authenticated;
