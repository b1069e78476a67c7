-- Importing a file of territories: all of it or none, with errors by line.

create function private.territory_row_problems(organization uuid, rows jsonb)
returns table (line integer, field text, code text, problem text)
language sql
stable security definer
set search_path = ''
-- A list of unknown length is taken for a short one; ten thousand lines times ten thousand others would take minutes.
set enable_nestloop = off
as $$
  with given as (
    select
      coalesce(case when jsonb_typeof(entry.value -> 'line') = 'number' and entry.value ->> 'line' ~ '^[0-9]{1,7}$'
        then (entry.value ->> 'line')::integer end, entry.position::integer) as line,
      entry.position,
      jsonb_typeof(entry.value) = 'object' as is_row,
      btrim(entry.value ->> 'level') as level,
      btrim(entry.value ->> 'code') as code,
      nullif(btrim(entry.value ->> 'parent_code'), '') as parent_code,
      entry.value ->> 'name' as name,
      nullif(entry.value ->> 'name_ar', '') as name_ar,
      private.unwrapped(nullif(entry.value -> 'boundary', '""')) as boundary
    from jsonb_array_elements(rows) with ordinality as entry (value, position)
  ), judged as (
    select given.*,
      array_position(enum_range(null::public.territory_level)::text[], given.level) as depth,
      present.level::text as present_level, present_parent.code as present_parent,
      -- The parent may come later in the same file.
      coalesce(file_parent.level, known_parent.level::text) as parent_level,
      count(*) over (partition by given.code) as namesakes
    from given
    left join public.territories as present on present.org_id = organization and present.code = given.code
    left join public.territories as present_parent on present_parent.org_id = organization and present_parent.id = present.parent_id
    left join public.territories as known_parent on known_parent.org_id = organization and known_parent.code = given.parent_code
    left join (select distinct on (code) code, level from given order by code, position) as file_parent on file_parent.code = given.parent_code
  )
  select line, found.field, found.code, found.problem
  from judged
  cross join lateral (
    select 'row', 'invalid_row', 'A line has to have columns.' where not is_row
    union all
    select 'level', 'unknown_level', format('The level has to be one of %s.', array_to_string(enum_range(null::public.territory_level), ', '))
      where is_row and depth is null
    union all
    select 'code', 'invalid_code', 'A code has 1 to 40 letters, digits, dots, dashes or underscores and begins with a letter or digit.'
      where is_row and (judged.code is null or judged.code !~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$')
    union all
    select 'code', 'duplicate_code', format('The code %s is on several lines of this file.', left(judged.code, 40)) where namesakes > 1 and judged.code is not null
    union all
    select 'name', 'invalid_name', 'A name has 1 to 120 characters.' where is_row and (name is null or not private.is_text(name, 1, 120))
    union all
    select 'name_ar', 'invalid_name', 'A name has 1 to 120 characters.' where not private.is_text(name_ar, 1, 120)
    union all
    select 'parent_code', 'parent_missing', format('A %s lies in another territory: name its code.', level) where depth > 1 and parent_code is null
    union all
    select 'parent_code', 'parent_not_wanted', 'A country lies in no other territory.' where depth = 1 and parent_code is not null
    union all
    select 'parent_code', 'parent_not_found', format('There is no territory with the code %s, neither here nor in this file.', left(parent_code, 40))
      where depth > 1 and parent_code is not null and parent_level is null
    union all
    select 'parent_code', 'parent_not_one_level_up', format('What is of the level %s has to lie in one of the level %s; %s is of the level %s.', level,
        (enum_range(null::public.territory_level))[depth - 1], left(parent_code, 40), left(parent_level, 40))
      where depth > 1 and parent_level is distinct from (enum_range(null::public.territory_level))[depth - 1]::text and parent_level is not null
    union all
    select 'level', 'level_fixed', format('%s exists already, at the level %s.', judged.code, present_level) where present_level <> level and depth is not null
    union all
    select 'parent_code', 'parent_fixed', format('%s exists already and lies in %s. Move it on its own page.', judged.code, coalesce(present_parent, 'nothing'))
      where present_level = level and present_parent is distinct from parent_code
    union all
    select 'boundary', 'invalid_boundary', format('The boundary cannot be used: %s.', private.boundary_problem(nullif(boundary, 'null')))
      where private.boundary_problem(nullif(boundary, 'null')) is not null
  ) as found (field, code, problem)
  order by line, position
$$;
comment on function private.territory_row_problems(uuid, jsonb) is 'What is wrong with the lines of a territory file, in the order of the lines; nothing when all can be imported.';

create function private.import_territories(organization uuid, given jsonb, dry_run boolean)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  most_rows constant integer := 10000;
  most_errors constant integer := 500;
  rows constant jsonb := private.unwrapped(given);
  errors jsonb;
  wrong bigint;
  creating integer := 0;
  updating integer := 0;
  wanted public.territory_level;
  parents jsonb;
begin
  if organization is null or organization not in (select private.orgs_with('territories:read')) then
    perform private.fail(404, 'organization_not_found', 'There is no such organisation, or you do not belong to it.');
  end if;
  if organization not in (select private.orgs_with('territories:update')) then
    perform private.fail(403, 'territories_update_denied', 'Your role does not allow importing territories.', '{"permission": "territories:update"}');
  end if;
  if jsonb_typeof(rows) is distinct from 'array' then
    perform private.fail(422, 'invalid_value', 'Send the lines of the file as a list.', '{"field": "rows"}');
  end if;
  if jsonb_array_length(rows) > most_rows then
    perform private.fail(413, 'too_many_rows', format('A file has at most %s lines.', most_rows),
      jsonb_build_object('field', 'rows', 'limit', most_rows, 'rows', jsonb_array_length(rows)));
  end if;
  perform private.lock_territories(organization);
  select count(*), coalesce(jsonb_agg(jsonb_build_object('line', line, 'field', field, 'code', code, 'message', problem) order by line, position)
      filter (where position <= most_errors), '[]')
    into wrong, errors
  from private.territory_row_problems(organization, rows) with ordinality as found (line, field, code, problem, position);
  if wrong = 0 then
    select count(*) filter (where present.id is null), count(*) filter (where present.id is not null
        and ((present.name, present.name_ar) is distinct from (btrim(entry ->> 'name'), coalesce(nullif(btrim(entry ->> 'name_ar'), ''), present.name_ar))
          or present.boundary is distinct from coalesce(nullif(nullif(private.unwrapped(entry -> 'boundary'), 'null'), '""'), present.boundary)))
      into creating, updating
    from jsonb_array_elements(rows) as entry
    left join public.territories as present on present.org_id = organization and present.code = btrim(entry ->> 'code');
  end if;
  if wrong = 0 and not coalesce(dry_run, false) then
    foreach wanted in array enum_range(null::public.territory_level) loop
      -- In a variable, because a join planned while the table is almost empty would compare all with all.
      select coalesce(jsonb_object_agg(code, id), '{}') into parents
      from public.territories
      where org_id = organization and level = (enum_range(null::public.territory_level))[array_position(enum_range(null::public.territory_level), wanted) - 1];
      insert into public.territories (org_id, level, parent_id, code, name, name_ar, boundary)
      select organization, wanted,
        (parents ->> btrim(entry ->> 'parent_code'))::uuid,
        btrim(entry ->> 'code'), btrim(entry ->> 'name'), nullif(btrim(entry ->> 'name_ar'), ''),
        nullif(nullif(private.unwrapped(entry -> 'boundary'), 'null'), '""')
      from jsonb_array_elements(rows) as entry
      where btrim(entry ->> 'level') = wanted::text
      on conflict (org_id, code) do nothing;
    end loop;
    update public.territories as present
    set name = btrim(entry ->> 'name'), name_ar = coalesce(nullif(btrim(entry ->> 'name_ar'), ''), present.name_ar),
      boundary = coalesce(nullif(nullif(private.unwrapped(entry -> 'boundary'), 'null'), '""'), present.boundary)
    from jsonb_array_elements(rows) as entry
    where present.org_id = organization and present.code = btrim(entry ->> 'code')
      and ((present.name, present.name_ar) is distinct from (btrim(entry ->> 'name'), coalesce(nullif(btrim(entry ->> 'name_ar'), ''), present.name_ar))
        or present.boundary is distinct from coalesce(nullif(nullif(private.unwrapped(entry -> 'boundary'), 'null'), '""'), present.boundary));
  end if;
  return jsonb_build_object('rows', jsonb_array_length(rows), 'created', creating, 'updated', updating,
    'unchanged', case when wrong = 0 then jsonb_array_length(rows) - creating - updating else 0 end,
    'applied', wrong = 0 and not coalesce(dry_run, false), 'error_count', wrong, 'errors', errors);
end
$$;
comment on function private.import_territories(uuid, jsonb, boolean) is 'See public.import_territories.';

create function public.import_territories(org_id uuid, rows jsonb, dry_run boolean default false)
returns jsonb
language sql
set search_path = ''
as $$ select private.import_territories(org_id, rows, dry_run) $$;
comment on function public.import_territories(uuid, jsonb, boolean) is
  'Adds and updates territories by code from the lines of a file, [{line?, level, code, parent_code, name, name_ar?, boundary?}], all or none: {rows, created, updated, unchanged, applied, error_count, errors: [{line, field, code, message}]}. A dry run only reports. At most 10,000 lines, the first 500 errors. PT403 territories_update_denied, PT413 too_many_rows, PT422 invalid_value.';
grant execute on function private.import_territories(uuid, jsonb, boolean), public.import_territories(uuid, jsonb, boolean) to authenticated;
