-- Editing records: changes merge by field, for any table.

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

create function private.patched_fields(target regclass, changes jsonb, seen jsonb)
returns text[]
language plpgsql
stable
set search_path = ''
as $$
declare
  fields text[];
  unknown text[];
begin
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
  return fields;
end
$$;
comment on function private.patched_fields(regclass, jsonb, jsonb) is
  'The fields that a patch changes, all of which the caller may change. PT400 invalid_patch, unknown_field {field, fields}.';

create function private.locked_record(target regclass, noun text, record_id uuid)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  table_name text := (select relname from pg_catalog.pg_class where oid = target);
  stored jsonb;
begin
  execute format('select to_jsonb(record) from %s as record where record.id = $1 for update', target) into stored using record_id;
  if stored is null then
    execute format('select to_jsonb(record) from %s as record where record.id = $1', target) into stored using record_id;
    if stored is null then
      perform private.fail(404, noun || '_not_found', format('There is no such %s, or you may not see it.', noun));
    end if;
    perform private.fail(403, table_name || '_update_denied', format('Your role does not allow changing this %s.', noun),
      jsonb_build_object('permission', table_name || ':update'));
  end if;
  return stored;
end
$$;
comment on function private.locked_record(regclass, text, uuid) is
  'A record that the caller may change, as it is until the end of the transaction. PT404 <noun>_not_found, PT403 <table>_update_denied.';

create function private.write_fields(target regclass, noun text, record_id uuid, wanted jsonb, sent text[])
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  table_name text := (select relname from pg_catalog.pg_class where oid = target);
  written jsonb;
  field text;
  broken_constraint text;
  broken_column text;
begin
  execute format('update %1$s as record set %2$s from jsonb_populate_record(null::%1$s, $1) as given where record.id = $2 returning to_jsonb(record)',
    target, (select string_agg(format('%1$I = given.%1$I', name), ', ') from jsonb_object_keys(wanted) as name))
    into written using wanted, record_id;
  return written;
exception
  when check_violation or foreign_key_violation or not_null_violation then
    get stacked diagnostics broken_constraint = constraint_name, broken_column = column_name;
    field := coalesce(nullif(broken_column, ''), private.field_of_constraint(target, broken_constraint, sent));
    perform private.fail(422, 'invalid_value', format('The value of %s is not allowed.', field),
      jsonb_build_object('field', field, 'rule', broken_constraint));
  when unique_violation then
    get stacked diagnostics broken_constraint = constraint_name;
    field := private.field_of_constraint(target, broken_constraint, sent);
    perform private.fail(409, 'already_taken', format('Another record already has this %s.', field), jsonb_build_object('field', field));
  when insufficient_privilege then
    perform private.fail(403, table_name || '_update_denied', format('Your role does not allow this change of the %s.', noun),
      jsonb_build_object('permission', table_name || ':update'));
end
$$;
comment on function private.write_fields(regclass, text, uuid, jsonb, text[]) is
  'Writes fields of a record and gives it as it is then; what a constraint, a policy or a grant refuses is said of the field. PT422 invalid_value {field, rule}, PT409 already_taken {field}, PT403 <table>_update_denied.';

create function private.patch_record(target regclass, noun text, record_id uuid, changes jsonb, seen jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
-- Runs as the caller, as all that it calls: policies decide which rows, column grants decide which fields.
declare
  table_name text := (select relname from pg_catalog.pg_class where oid = target);
  fields text[];
  field text;
  stored jsonb;
  yours jsonb;
  wanted jsonb := '{}';
  conflicts jsonb := '[]';
  last_edit jsonb;
begin
  changes := private.unwrapped(changes);
  seen := private.unwrapped(seen);
  fields := private.patched_fields(target, changes, seen);
  stored := private.locked_record(target, noun, record_id);

  foreach field in array fields loop
    yours := private.as_stored(target, field, changes -> field);
    if yours is not distinct from stored -> field then
      continue; -- already so, whoever did it
    end if;
    if private.as_stored(target, field, coalesce(seen -> field, 'null')) is distinct from stored -> field then
      -- Whoever gave the field its value, not whoever touched the row last.
      select jsonb_build_object('by', edit.by, 'at', edit.at) into last_edit from private.last_edit_of(table_name, record_id, field) as edit;
      conflicts := conflicts || (jsonb_build_object('field', field, 'yours', yours, 'theirs', stored -> field)
        || coalesce(last_edit, jsonb_build_object('by', stored -> 'updated_by', 'at', stored -> 'updated_at')));
    else
      wanted := wanted || jsonb_build_object(field, yours);
    end if;
  end loop;

  if wanted <> '{}' then
    stored := private.write_fields(target, noun, record_id, wanted, fields);
  end if;
  return jsonb_build_object('record', stored, 'applied', coalesce((select jsonb_agg(name) from jsonb_object_keys(wanted) as name), '[]'),
    'conflicts', conflicts);
end
$$;
comment on function private.patch_record(regclass, text, uuid, jsonb, jsonb) is
  'Field-level merge for any table with updated_by: fields nobody else touched are changed, the others come back as conflicts. See public.patch_customer for the errors.';

grant execute on function
  private.as_stored(regclass, text, jsonb), private.field_of_constraint(regclass, text, text[]),
  private.unwrapped(jsonb), private.patched_fields(regclass, jsonb, jsonb), private.locked_record(regclass, text, uuid),
  private.write_fields(regclass, text, uuid, jsonb, text[]), private.patch_record(regclass, text, uuid, jsonb, jsonb)
to authenticated;
