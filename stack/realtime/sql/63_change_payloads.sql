-- What the server asks about tables and values whose changes it passes on. Nothing here is for applications. Applied as
-- supabase_admin at every start.

create or replace function realtime.describe_types(type_ids oid[]) returns jsonb
language sql stable
set search_path = ''
as $$
  -- Domains lead to the type below them, arrays to that of their elements.
  with recursive wanted (id) as (
    select unnest(type_ids)
    union
    select case when type.typtype = 'd' then type.typbasetype else type.typelem end
    from wanted
    join pg_catalog.pg_type as type on type.oid = wanted.id
    where type.typtype = 'd' or type.typsubscript = 'pg_catalog.array_subscript_handler'::regproc
  )
  select coalesce(jsonb_agg(jsonb_build_object(
    'id', type.oid::bigint,
    'name', format('%I.%I', namespace.nspname, type.typname),
    'kind', case
      when type.typtype = 'd' then 'domain'
      -- Arrays that do not look like any.
      when type.oid in ('pg_catalog.int2vector'::regtype, 'pg_catalog.oidvector'::regtype) then 'cast'
      when type.typsubscript = 'pg_catalog.array_subscript_handler'::regproc then 'array'
      when type.typtype = 'c' then 'composite'
      when exists (
        select from pg_catalog.pg_cast as conversion
        where conversion.castsource = type.oid and conversion.casttarget = 'pg_catalog.json'::regtype and conversion.castmethod = 'f'
      ) then 'cast'
      else 'plain'
    end,
    'of', case when type.typtype = 'd' then type.typbasetype else type.typelem end::bigint,
    'delimiter', type.typdelim
  )), '[]')
  from wanted
  join pg_catalog.pg_type as type on type.oid = wanted.id
  join pg_catalog.pg_namespace as namespace on namespace.oid = type.typnamespace
$$;
comment on function realtime.describe_types(oid[]) is
  'How values of types, and of all types they consist of, become JSON: by kind, as to_jsonb tells them apart.';

create or replace function realtime.describe_table(relation oid, type_ids oid[], seen_transactions bigint[]) returns jsonb
language plpgsql volatile
set search_path = ''
as $$
declare
  description jsonb;
begin
  -- Whoever altered a table is not visible later than whoever wrote to it after that.
  perform realtime.await_transactions(seen_transactions);
  with attributes as (
    select attribute.attnum, attribute.attname, attribute.atttypid, attribute.attgenerated, type.typname
    from pg_catalog.pg_attribute as attribute
    join pg_catalog.pg_type as type on type.oid = attribute.atttypid
    where attribute.attrelid = relation and attribute.attnum > 0 and not attribute.attisdropped
  )
  select jsonb_build_object(
    'oid', class.oid::bigint,
    'schema', namespace.nspname,
    'name', class.relname,
    'replicaIdentity', class.relreplident,
    'rowSecurity', class.relrowsecurity,
    'columns', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'name', attname, 'typeName', typname, 'typeId', atttypid::bigint, 'isGenerated', attgenerated <> ''
      ) order by attnum), '[]')
      from attributes
    ),
    'primaryKey', (
      select coalesce(jsonb_agg(attributes.attname order by part.place), '[]')
      from pg_catalog.pg_index as key
      cross join lateral unnest(key.indkey::smallint[]) with ordinality as part (attnum, place)
      join attributes on attributes.attnum = part.attnum
      where key.indrelid = class.oid and key.indisprimary
    ),
    'inputs', (
      -- A generated column depends on the columns that its expression names.
      select coalesce(jsonb_object_agg(generated.name, generated.inputs), '{}')
      from (
        select result.attname as name, jsonb_agg(distinct input.attname) filter (where input.attname is not null) as inputs
        from attributes as result
        left join pg_catalog.pg_attrdef as expression on expression.adrelid = class.oid and expression.adnum = result.attnum
        left join pg_catalog.pg_depend as link
          on link.classid = 'pg_catalog.pg_attrdef'::regclass and link.objid = expression.oid
          and link.refclassid = 'pg_catalog.pg_class'::regclass and link.refobjid = class.oid and link.refobjsubid > 0
        left join attributes as input on input.attnum = link.refobjsubid and input.attnum <> result.attnum
        where result.attgenerated <> ''
        group by result.attname
      ) as generated
    ),
    'types', realtime.describe_types(type_ids || array(select atttypid from attributes))
  ) into description
  from pg_catalog.pg_class as class
  join pg_catalog.pg_namespace as namespace on namespace.oid = class.relnamespace
  where class.oid = relation;
  return description;
end
$$;
comment on function realtime.describe_table(oid, oid[], bigint[]) is
  'A table as the Realtime server needs it: columns, key, replica identity, what generated columns are made of, and its types besides the given ones. Null when it is gone.';

create or replace function realtime.become_owner(relation oid) returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  -- Domain checks, casts and generation expressions are the project's code: it runs with the project's rights.
  perform set_config('role', (
    select role.rolname
    from pg_catalog.pg_class as class
    join pg_catalog.pg_roles as role on role.oid = class.relowner
    where class.oid = relation
  ), true);
  if current_setting('role') = 'none' then
    raise exception 'the relation % is gone', relation;
  end if;
end
$$;
comment on function realtime.become_owner(oid) is
  'Goes on, until the transaction ends, with the rights of the owner of a table.';

create or replace function realtime.values_to_json(relation oid, type_name text, raw_values text[]) returns text[]
language plpgsql volatile
set search_path = ''
set datestyle = 'ISO'
set timezone = 'UTC'
set intervalstyle = 'postgres'
set extra_float_digits = '1'
set bytea_output = 'hex'
as $$
declare
  conversion constant text := format('select to_jsonb($1::%s)::text', type_name);
  converted text;
  result text[];
begin
  perform realtime.become_owner(relation);
  begin
    execute format('select array_agg(to_jsonb(raw::%s)::text order by place) from unnest($1) with ordinality as given (raw, place)', type_name)
      into result using raw_values;
  exception when others then
    -- One value that does not convert, or no longer, costs only itself.
    result := array_fill(null::text, array[cardinality(raw_values)]);
    for place in 1 .. cardinality(raw_values) loop
      begin
        execute conversion into converted using raw_values[place];
        result[place] := converted;
      exception when others then
        null; -- stays null
      end;
    end loop;
  end;
  return result;
end
$$;
comment on function realtime.values_to_json(oid, text, text[]) is
  'JSON of values of one type that a table holds, given as text; null for what does not convert.';

create or replace function realtime.generated_values(
  relation oid, row_count integer, input_names text[], input_types text[], inputs text[], generated_names text[]
)
returns text[]
language plpgsql volatile
set search_path = ''
set datestyle = 'ISO'
set timezone = 'UTC'
set intervalstyle = 'postgres'
set extra_float_digits = '1'
set bytea_output = 'hex'
as $$
declare
  width constant integer := cardinality(input_names);
  columns text;
  results text;
  result text[];
begin
  -- A column more keeps a row of constants a row.
  select coalesce(string_agg(format('($1)[number * %s + %s]::%s as %I', width, place, type, name), ', ' order by place) || ', ', '') || 'number as " row"'
    into columns
  from unnest(input_names, input_types) with ordinality as input (name, type, place);
  -- Without its offset, the subquery would be folded in and the expression computed twice.
  select string_agg(format(
    '(select format(''%%s'', value) from (select %s offset 0) as result (value) where value is distinct from null)',
    pg_get_expr(expression.adbin, expression.adrelid)
  ), ', ' order by wanted.place) into results
  from unnest(generated_names) with ordinality as wanted (name, place)
  join pg_catalog.pg_attribute as attribute on attribute.attrelid = relation and attribute.attname = wanted.name
  join pg_catalog.pg_attrdef as expression on expression.adrelid = attribute.attrelid and expression.adnum = attribute.attnum;
  perform realtime.become_owner(relation);
  execute format(
    'select array_agg(computed.value order by source." row", computed.place)
     from (select %s from generate_series(0, $2 - 1) as numbers (number)) as source
     cross join lateral unnest(array[%s]) with ordinality as computed (value, place)', columns, results
  ) into result using inputs, row_count;
  return result;
end
$$;
comment on function realtime.generated_values(oid, integer, text[], text[], text[], text[]) is
  'Computes generated columns, which the replication stream leaves out, from the values of a change; row by row, as text.';

create or replace function realtime.stored_values(
  relation oid, row_count integer, key_names text[], key_types text[], keys text[], wanted_names text[]
)
returns jsonb
language plpgsql volatile
set search_path = ''
set datestyle = 'ISO'
set timezone = 'UTC'
set intervalstyle = 'postgres'
set extra_float_digits = '1'
set bytea_output = 'hex'
as $$
declare
  width constant integer := cardinality(key_names);
  condition text;
  results text;
  result jsonb;
begin
  select string_agg(format('target.%I = ($1)[numbers.number * %s + %s]::%s', name, width, place, type), ' and ')
    into condition
  from unnest(key_names, key_types) with ordinality as key (name, type, place);
  select string_agg(format('case when target.%1$I is distinct from null then format(''%%s'', target.%1$I) end', name), ', ' order by place)
    into results
  from unnest(wanted_names) with ordinality as wanted (name, place);
  perform realtime.become_owner(relation);
  execute format(
    'select jsonb_agg((select jsonb_build_array(%s) from %s as target where %s) order by numbers.number)
     from generate_series(0, $2 - 1) as numbers (number)', results, relation::regclass, condition
  ) into result using keys, row_count;
  return result;
end
$$;
comment on function realtime.stored_values(oid, integer, text[], text[], text[], text[]) is
  'Columns of rows by key as they are now, as text; null for a row that is gone. For what can be had neither from the stream nor by computing it.';

revoke execute on function
  realtime.describe_types(oid[]),
  realtime.describe_table(oid, oid[], bigint[]),
  realtime.become_owner(oid),
  realtime.values_to_json(oid, text, text[]),
  realtime.generated_values(oid, integer, text[], text[], text[], text[]),
  realtime.stored_values(oid, integer, text[], text[], text[], text[])
from public, anon, authenticated, service_role;
