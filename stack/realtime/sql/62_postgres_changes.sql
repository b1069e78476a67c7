-- Realtime: what the server asks the database about subscriptions to changes of tables. The subscriptions themselves
-- live in the server. Applied as supabase_admin at every start, so every statement can run again.

-- Filters -------------------------------------------------------------------------------------------

create or replace function realtime.comparison(operator_name text, value_sql text, operand_sql text)
returns text
language sql immutable
set search_path = ''
as $$
  select format(
    case operator_name
      when 'eq' then '%s = %s'
      when 'neq' then '%s <> %s'
      when 'lt' then '%s < %s'
      when 'lte' then '%s <= %s'
      when 'gt' then '%s > %s'
      when 'gte' then '%s >= %s'
      when 'in' then '%s = any (%s)'
      when 'is' then '%s is true'
      when 'like' then '%s like %s'
      when 'ilike' then '%s ilike %s'
      when 'match' then '%s ~ %s'
      when 'imatch' then '%s ~* %s'
      when 'isdistinct' then '%s is distinct from %s'
    end,
    value_sql, operand_sql
  )
$$;
comment on function realtime.comparison(text, text, text) is
  'The SQL of a filter''s operator; null for a name that is none.';

create or replace function realtime.operand_type(value_type oid, type_name text, operator_name text) returns text
language sql immutable
set search_path = ''
as $$
  select case
    when operator_name = 'in' then type_name || '[]'
    -- A pattern need not be a value of the type: a domain may have rules for those.
    when operator_name in ('like', 'ilike', 'match', 'imatch') and value_type <> 'bytea'::regtype then 'text'
    else type_name
  end
$$;
comment on function realtime.operand_type(oid, text, text) is 'What a filter''s operand is cast to.';

create or replace function realtime.base_type(type_id oid) returns jsonb
language sql stable
set search_path = pg_catalog
as $$
  with recursive chain as (
    select oid, typtype, typbasetype from pg_type where oid = type_id
    union all
    select type.oid, type.typtype, type.typbasetype
    from chain join pg_type as type on type.oid = chain.typbasetype
    where chain.typtype = 'd'
  )
  select jsonb_build_array(oid::bigint, typtype = 'e') from chain where typtype <> 'd'
$$;
comment on function realtime.base_type(oid) is 'The type under all domains, and whether it is an enum.';

create or replace function realtime.enter_role(subscriber_role text, type_schema name) returns void
language plpgsql volatile
as $$
begin
  -- As over REST: a token names a role that the gateway's login may become, never a superuser.
  if not pg_catalog.pg_has_role('authenticator', subscriber_role, 'member') then
    raise exception using errcode = '42501',
      message = pg_catalog.format('permission denied to set role "%s"', subscriber_role);
  end if;
  perform pg_catalog.set_config('search_path', pg_catalog.format('pg_catalog, %I, public, extensions', type_schema), true);
  perform pg_catalog.set_config('role', subscriber_role, true);
end
$$;
comment on function realtime.enter_role(text, name) is
  'Goes on with the rights of a subscriber and the operators of a type''s schema in reach, until the subtransaction is undone.';

-- Subscribing ---------------------------------------------------------------------------------------

create or replace function realtime.check_operands(
  subscriber_role text, operand_type oid, operator_name text, operands text[]
)
returns jsonb
language plpgsql volatile
set search_path = pg_catalog
set timezone = 'UTC'
set datestyle = 'ISO, MDY'
as $$
declare
  type_name text;
  type_schema name;
  target text;
  probe text;
  write_one text;
  written jsonb;
  single jsonb;
  problem jsonb;
  number integer := 1;
begin
  select format('%I.%I', namespace.nspname, type.typname), namespace.nspname into type_name, type_schema
  from pg_type as type
  join pg_namespace as namespace on namespace.oid = type.typnamespace
  where type.oid = operand_type;
  target := realtime.operand_type(operand_type, type_name, operator_name);
  -- No row: some domains allow no null.
  probe := format('select %s from (select null::%s as value, null::%s as operand limit 0) as probe',
    realtime.comparison(operator_name, 'probe.value', 'probe.operand'), type_name, target);
  write_one := format(
    case operator_name
      when 'in' then $sql$(
        select coalesce(jsonb_agg(case when element is not null then format('%%s', element) end), '[]')
        from unnest(sent.operand::%s) as element
      )$sql$
      when 'is' then $sql$jsonb_build_array(sent.operand)$sql$
      when 'match' then $sql$jsonb_build_array(sent.operand, '' ~ sent.operand)$sql$
      when 'imatch' then $sql$jsonb_build_array(sent.operand, '' ~* sent.operand)$sql$
      else $sql$jsonb_build_array(format('%%s', sent.operand::%s))$sql$
    end,
    target
  );

  -- What clients made up is cast and compared with their own rights. The exception at the end gives them back.
  begin
    perform realtime.enter_role(subscriber_role, type_schema);
    execute probe;
    -- All at once; one by one to find the one that fails. A pattern may take long, and is then to be named.
    if operator_name not in ('match', 'imatch') then
      begin
        execute format(
          'select jsonb_agg(%s order by sent.number) from unnest($1) with ordinality as sent (operand, number)', write_one
        ) into written using operands;
      exception when others then
        null;
      end;
    end if;
    if written is null then
      while number <= cardinality(operands) loop
        execute format('select %s from (select $1) as sent (operand)', write_one) into single using operands[number];
        written := coalesce(written, '[]') || jsonb_build_array(single);
        number := number + 1;
      end loop;
    end if;
    raise exception using errcode = 'RTBCK', message = 'checked';
  exception
    when sqlstate 'RTBCK' then
      null;
    when others or query_canceled then
      problem := jsonb_build_object('operand', operands[number], 'code', sqlstate, 'message', case
        when sqlstate = '2201B' then format('invalid regular expression for %s filter: %s', operator_name, sqlerrm)
        when sqlstate = '42883' and operator_name in ('like', 'ilike', 'match', 'imatch') then format(
          'operator %s requires a text-compatible column type, got %s', operator_name, format_type(operand_type, null))
        else sqlerrm
      end);
  end;
  return jsonb_build_object(
    'type', operand_type::bigint, 'operator', operator_name, 'operands', operands, 'values', written, 'problem', problem
  );
end
$$;
comment on function realtime.check_operands(text, oid, text, text[]) is
  'The operands of one operator and type as the type writes them, cast with the rights of a subscriber; or the first that fails, and why.';

create or replace function realtime.check_bindings(
  publication_name text, subscriber_role text,
  schema_names text[], table_names text[],
  condition_sources integer[], condition_columns text[], condition_operators text[], condition_operands text[],
  select_sources integer[], select_columns text[]
)
returns jsonb
language plpgsql volatile
set search_path = pg_catalog
as $$
declare
  result jsonb;
begin
  if not pg_has_role('authenticator', subscriber_role, 'member') then
    raise exception using errcode = '42501', message = format('permission denied to set role "%s"', subscriber_role);
  end if;
  with published as materialized (
    select class.oid, namespace.nspname, class.relname, published.attrs
    from pg_publication as publication
    cross join lateral pg_get_publication_tables(publication.pubname) as published
    join pg_class as class on class.oid = published.relid
    join pg_namespace as namespace on namespace.oid = class.relnamespace
    where publication.pubname = publication_name
  ),
  sources as materialized (
    select source.number, published.oid, published.attrs
    from unnest(schema_names, table_names) with ordinality as source (schema_name, table_name, number)
    left join published
      on source.schema_name in ('*', published.nspname) and source.table_name in ('*', published.relname)
  ),
  wanted as (
    select source, name from unnest(condition_sources, condition_columns) as sent (source, name)
    union
    select source, name from unnest(select_sources, select_columns) as sent (source, name)
  ),
  columns as materialized (
    select wanted.source, wanted.name, sources.oid, attribute.atttypid, attribute.attgenerated <> '' as is_generated,
      coalesce(
        (attribute.attgenerated <> '' or attribute.attnum = any (sources.attrs))
          and has_column_privilege(subscriber_role, sources.oid, attribute.attnum, 'select'),
        false
      ) as is_readable
    from wanted
    join sources on sources.number = wanted.source and sources.oid is not null
    left join pg_attribute as attribute
      on attribute.attrelid = sources.oid and attribute.attname = wanted.name
      and attribute.attnum > 0 and not attribute.attisdropped
  ),
  unreadable as materialized (
    select jsonb_agg(distinct jsonb_build_array(source, name)) as list from columns where not is_readable
  ),
  shapes as (
    select distinct source, jsonb_object_agg(name, jsonb_build_array(atttypid::bigint, is_generated)) as types
    from columns
    where (select list is null from unreadable)
    group by source, oid
  ),
  compared as (
    select columns.atttypid, sent.operator, array_agg(distinct sent.operand) as operands
    from unnest(condition_sources, condition_columns, condition_operators, condition_operands)
      as sent (source, name, operator, operand)
    join (select distinct source, name, atttypid from columns) as columns using (source, name)
    where (select list is null from unreadable) and (sent.operator <> 'is' or sent.operand <> 'null')
    group by columns.atttypid, sent.operator
  )
  select jsonb_build_object(
    'missing', (select coalesce(jsonb_agg(number), '[]') from sources where oid is null),
    'unreadable', (select coalesce(list, '[]') from unreadable),
    'shapes', (select coalesce(jsonb_agg(jsonb_build_object('source', source, 'types', types)), '[]') from shapes),
    'types', (
      select coalesce(jsonb_object_agg(atttypid::bigint, realtime.base_type(atttypid)), '{}')
      from (select distinct atttypid from columns where is_readable) as types
    ),
    'comparisons', (
      select coalesce(jsonb_agg(realtime.check_operands(subscriber_role, atttypid, operator, operands)), '[]')
      from compared
    )
  ) into result;
  return result;
end
$$;
comment on function realtime.check_bindings(text, text, text[], text[], integer[], text[], text[], text[], integer[], text[]) is
  'Everything to know about the bindings of one join: tables that are not published, columns the role cannot read, the types of the others, and operands as their types write them.';

-- Matching ------------------------------------------------------------------------------------------

create or replace function realtime.compare_values(tests jsonb) returns jsonb
language plpgsql volatile
set search_path = pg_catalog
set timezone = 'UTC'
set datestyle = 'ISO, MDY'
as $$
declare
  test record;
  query text;
  results jsonb := '[]';
  answers jsonb;
  began timestamptz;
begin
  for test in
    select sent.*, sent.type::oid as type_id, namespace.nspname,
      format('%I.%I', namespace.nspname, type.typname) as type_name
    from rows from (
      jsonb_to_recordset(tests) as (role text, type bigint, operator text, operand text, "values" text[])
    ) with ordinality as sent (role, type, operator, operand, "values", number)
    left join pg_type as type on type.oid = sent.type::oid
    left join pg_namespace as namespace on namespace.oid = type.typnamespace
    order by sent.number
  loop
    began := clock_timestamp();
    begin
      if test.nspname is null then
        raise exception using errcode = '42704', message = 'the type of the column does not exist any more';
      end if;
      query := format(
        'select jsonb_agg(%s order by sent.number) from unnest($1) with ordinality as sent (value, number)',
        realtime.comparison(test.operator, format('sent.value::%s', test.type_name),
          format('$2::%s', realtime.operand_type(test.type_id, test.type_name, test.operator)))
      );
      perform realtime.enter_role(test.role, test.nspname);
      execute query into answers using test."values", test.operand;
      raise exception using errcode = 'RTBCK', message = 'compared';
    exception
      when sqlstate 'RTBCK' then
        results := results || jsonb_build_object('answers', answers);
      when query_canceled then
        -- The time for all of them is over.
        return results || jsonb_build_object('code', sqlstate, 'message', sqlerrm,
          'spent', round(extract(epoch from clock_timestamp() - began) * 1000));
      when others then
        results := results || jsonb_build_object('code', sqlstate, 'message', sqlerrm);
    end;
  end loop;
  return results;
end
$$;
comment on function realtime.compare_values(jsonb) is
  'Answers comparisons of rows'' values with filters'' operands, each with the rights of its subscriber. One that fails, or is cut off by the time limit, says so and spoils no other; those after a cut are missing.';

create or replace function realtime.publication_state(publication_name text, subscriber_roles text[]) returns text
language sql stable
set search_path = pg_catalog
as $$
  select md5(
    coalesce((
      select string_agg(
        concat_ws(' ', class.oid, namespace.nspname, class.relname, class.relacl, published.attrs, (
          select string_agg(concat_ws(' ', attnum, attname, atttypid, attacl), ',' order by attnum)
          from pg_attribute
          where attrelid = class.oid and attnum > 0 and not attisdropped
        )), ';' order by class.oid
      )
      from pg_publication as publication
      cross join lateral pg_get_publication_tables(publication.pubname) as published
      join pg_class as class on class.oid = published.relid
      join pg_namespace as namespace on namespace.oid = class.relnamespace
      where publication.pubname = publication_name
    ), '')
    || (select count(*) from pg_roles where rolname = any (subscriber_roles))
  )
$$;
comment on function realtime.publication_state(text, text[]) is
  'A text that changes when subscriptions have to be checked again: tables, their names, columns and privileges, and whether the roles exist.';

revoke execute on function
  realtime.comparison(text, text, text),
  realtime.operand_type(oid, text, text),
  realtime.base_type(oid),
  realtime.enter_role(text, name),
  realtime.check_operands(text, oid, text, text[]),
  realtime.check_bindings(text, text, text[], text[], integer[], text[], text[], text[], integer[], text[]),
  realtime.compare_values(jsonb),
  realtime.publication_state(text, text[])
from public, anon, authenticated, service_role;
