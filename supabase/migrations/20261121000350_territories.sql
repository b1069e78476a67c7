-- Territories: where customers sit, who looks after which part of the map, and for how long.

create extension if not exists ltree with schema extensions;
create extension if not exists btree_gist with schema extensions;

select private.add_permissions('[
  {"key": "territories:read", "description": "See the tree of territories and who is assigned to it.",
    "roles": {"manager": "all", "sales": "all", "marketing": "all", "medical_rep": "all", "district_manager": "all", "viewer": "all"}},
  {"key": "territories:update", "description": "Add, change, move, import and delete territories."},
  {"key": "territories:assign", "description": "Assign people to territories."}
]');

create type public.territory_level as enum ('country', 'region', 'governorate', 'city', 'area', 'brick');
comment on type public.territory_level is 'The six levels of the tree, widest first. A territory lies in one that is exactly one level wider.';

-- Boundaries ---------------------------------------------------------------------------------------------

create function private.ring_problem(ring jsonb)
returns text
language sql
immutable parallel safe
set search_path = ''
as $$
  select case
    when jsonb_typeof(ring) is distinct from 'array' then 'a ring has to be a list of positions'
    when exists (
      select from jsonb_array_elements(ring) as position
      where jsonb_typeof(position) <> 'array' or jsonb_array_length(position) not between 2 and 3
        or exists (select from jsonb_array_elements(position) as number where jsonb_typeof(number) <> 'number')
    ) then 'a position has to be [longitude, latitude]'
    when exists (
      select from jsonb_array_elements(ring) as position
      where (position ->> 0)::numeric not between -180 and 180 or (position ->> 1)::numeric not between -90 and 90
    ) then 'longitude has to be between -180 and 180 and latitude between -90 and 90, in this order'
    when jsonb_array_length(ring) < 4 then 'a ring needs at least four positions'
    when ring -> 0 <> ring -> -1 then 'a ring has to end where it begins'
    when (select count(distinct position) from jsonb_array_elements(ring) as position) < 3 then 'a ring has to enclose an area'
  end
$$;
comment on function private.ring_problem(jsonb) is 'What is wrong with one ring of a polygon, or null.';

create function private.boundary_problem(boundary jsonb)
returns text
language plpgsql
immutable parallel safe
set search_path = ''
as $$
declare
  most_bytes constant integer := 1048576;
  most_positions constant integer := 20000;
  polygons jsonb;
  polygon jsonb;
  ring jsonb;
  problem text;
  positions integer := 0;
begin
  if boundary is null then
    return null;
  end if;
  if jsonb_typeof(boundary) <> 'object' then
    return 'it has to be a GeoJSON object';
  end if;
  if octet_length(boundary::text) > most_bytes then
    return 'it is larger than 1 MB';
  end if;
  if boundary ->> 'type' in ('Feature', 'FeatureCollection') then
    return 'it is a ' || (boundary ->> 'type') || '; send the geometry inside';
  end if;
  polygons := case boundary ->> 'type'
    when 'Polygon' then jsonb_build_array(boundary -> 'coordinates')
    when 'MultiPolygon' then boundary -> 'coordinates'
  end;
  if polygons is null then
    return 'its type has to be Polygon or MultiPolygon, with coordinates';
  end if;
  if exists (select from jsonb_object_keys(boundary) as key where key not in ('type', 'coordinates', 'bbox')) then
    return 'it may only have type, coordinates and bbox';
  end if;
  if jsonb_typeof(polygons) <> 'array' or jsonb_array_length(polygons) = 0 then
    return 'its coordinates have to be a list that is not empty';
  end if;
  for polygon in select value from jsonb_array_elements(polygons) loop
    if jsonb_typeof(polygon) <> 'array' or jsonb_array_length(polygon) = 0 then
      return 'a polygon has to be a list of rings';
    end if;
    for ring in select value from jsonb_array_elements(polygon) loop
      problem := private.ring_problem(ring);
      if problem is not null then
        return problem;
      end if;
      positions := positions + jsonb_array_length(ring);
      if positions > most_positions then
        return format('it has more than %s positions', most_positions);
      end if;
    end loop;
  end loop;
  return null;
end
$$;
comment on function private.boundary_problem(jsonb) is
  'What keeps a value from being a boundary, in words that complete "The boundary cannot be used: …", or null. Polygon or MultiPolygon of RFC 7946, closed rings, at most 20,000 positions and 1 MB. Never raises, whatever it is given.';
grant execute on function private.ring_problem(jsonb), private.boundary_problem(jsonb) to authenticated, service_role;

-- Table --------------------------------------------------------------------------------------------------

create table public.territories (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  level public.territory_level not null,
  parent_id uuid,
  code text not null constraint territories_code_shape check (code ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$'),
  name text not null constraint territories_name_length check (private.is_text(name, 1, 120)),
  name_ar text constraint territories_name_ar_length check (private.is_text(name_ar, 1, 120)),
  path extensions.ltree not null,
  boundary jsonb,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  version integer not null default 1,
  constraint territories_parent_given check ((level = 'country') = (parent_id is null)),
  constraint territories_parent_is_another check (parent_id <> id),
  unique (org_id, id),
  constraint territories_code_unique unique (org_id, code),
  foreign key (org_id, parent_id) references public.territories (org_id, id) on delete restrict
);
create index territories_parent_idx on public.territories (org_id, parent_id, name, id);
create index territories_level_idx on public.territories (org_id, level, name, id);
create index territories_path_idx on public.territories using gist (path);

comment on table public.territories is 'The map as a tree of six levels. Customers sit in its leaves, the bricks; people are assigned to any level and reach what lies below.';
comment on column public.territories.level is 'How wide it is. Does not change.';
comment on column public.territories.parent_id is 'The territory it lies in, exactly one level wider; null for a country. Changed by move_territory.';
comment on column public.territories.code is 'Short code people and files know it by, unique in the organisation.';
comment on column public.territories.name is 'Name in the working language of the organisation.';
comment on column public.territories.name_ar is 'Name in Arabic, where it is known.';
comment on column public.territories.path is 'Ids of the territories from the country down to this one, without dashes. Kept by trigger.';
comment on column public.territories.boundary is 'Outline as GeoJSON, Polygon or MultiPolygon, in degrees (WGS 84).';

grant select, delete on public.territories to authenticated;
grant insert (id, org_id, level, parent_id, code, name, name_ar, boundary), update (code, name, name_ar, boundary)
  on public.territories to authenticated;
grant select, insert, update, delete on public.territories to service_role;

select private.protect('public.territories', resource => 'territories',
  permissions => '{"insert": "territories:update", "delete": "territories:update"}');

select private.add_standard_triggers('public.territories');
select private.announce_changes_of('public.territories', 'org:{org_id}');

-- The tree -----------------------------------------------------------------------------------------------

create function private.lock_territories(organization uuid)
returns void
language sql
security definer
set search_path = ''
as $$ select pg_advisory_xact_lock(hashtextextended('territories:' || organization, 0)) $$;
comment on function private.lock_territories(uuid) is
  'Whoever changes the shape of an organisation''s tree goes one after the other, so that no path is computed from a parent that is being moved.';

create function private.place_territory()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  levels constant public.territory_level[] := enum_range(null::public.territory_level);
  wanted constant public.territory_level := levels[array_position(levels, new.level) - 1];
  parent public.territories;
begin
  -- Before-triggers run ahead of the policies: strangers are left to the policy and learn nothing here.
  if auth.uid() is not null and new.org_id not in (select private.my_orgs()) then
    new.path := 'unplaced';
    return new;
  end if;
  perform private.lock_territories(new.org_id);
  if tg_op = 'UPDATE' and new.level is distinct from old.level then
    perform private.fail(422, 'invalid_value', 'A territory keeps its level.', '{"field": "level"}');
  end if;
  if new.parent_id is not null then
    -- By id alone: the first rows of an import are looked up before anything is known of the table.
    select * into parent from public.territories where id = new.parent_id;
    if parent.org_id is distinct from new.org_id then
      perform private.fail(422, 'parent_not_found', 'There is no such territory to lie in.', '{"field": "parent_id"}');
    end if;
  end if;
  -- Levels only ever grow narrower downwards, so a rule about levels is also one against cycles.
  if parent.level is distinct from wanted then
    perform private.fail(422, 'parent_not_one_level_up',
      case when wanted is null then 'A country lies in no other territory.'
        else format('A %s has to lie in a %s.', new.level, wanted) end,
      jsonb_build_object('field', 'parent_id', 'level', new.level, 'parent_level', parent.level, 'wanted_level', wanted));
  end if;
  new.path := case when parent.path is null then '' else parent.path::text || '.' end || replace(new.id::text, '-', '');
  return new;
end
$$;
comment on function private.place_territory() is
  'Before a territory is added or moved: its parent is exactly one level wider, in the same organisation; sets the path.';
create trigger territories_before_insert_place before insert on public.territories
  for each row execute function private.place_territory();
comment on trigger territories_before_insert_place on public.territories is 'Checks the parent, sets the path.';
create trigger territories_before_update_place before update of parent_id, level on public.territories
  for each row when (new.parent_id is distinct from old.parent_id or new.level is distinct from old.level)
  execute function private.place_territory();
comment on trigger territories_before_update_place on public.territories is 'Checks the new parent, sets the path.';

create function private.move_subtree()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  update public.territories as below
  set path = new.path operator(extensions.||) extensions.subpath(below.path, extensions.nlevel(old.path))
  where below.org_id = new.org_id and below.path operator(extensions.<@) old.path and below.id <> new.id;
  return null;
end
$$;
comment on function private.move_subtree() is 'After a territory has moved: what lies below moves along.';
create trigger territories_after_update_subtree after update of parent_id on public.territories
  for each row when (new.path is distinct from old.path) execute function private.move_subtree();
comment on trigger territories_after_update_subtree on public.territories is 'Moves what lies below along.';

create function private.check_boundary()
returns trigger
language plpgsql
set search_path = ''
as $$
declare
  problem constant text := private.boundary_problem(new.boundary);
begin
  if problem is not null then
    perform private.fail(422, 'invalid_value', format('The boundary cannot be used: %s.', problem),
      jsonb_build_object('field', 'boundary', 'problem', problem));
  end if;
  return new;
end
$$;
comment on function private.check_boundary() is 'Before a boundary is written: it has to be a GeoJSON polygon.';
create trigger territories_before_insert_boundary before insert on public.territories
  for each row when (new.boundary is not null) execute function private.check_boundary();
comment on trigger territories_before_insert_boundary on public.territories is 'Checks the boundary.';
create trigger territories_before_update_boundary before update of boundary on public.territories
  for each row when (new.boundary is distinct from old.boundary) execute function private.check_boundary();
comment on trigger territories_before_update_boundary on public.territories is 'Checks the boundary.';

create function private.governorate_of(territory_id uuid)
returns uuid
language sql
stable security definer
set search_path = ''
as $$
  select (extensions.subpath(territory.path, 2, 1)::text)::uuid
  from public.territories as territory
  where territory.id = territory_id and extensions.nlevel(territory.path) > 2
$$;
comment on function private.governorate_of(uuid) is 'The governorate a territory lies in, or is; null above.';
grant execute on function private.governorate_of(uuid) to authenticated, service_role;

-- Assignments --------------------------------------------------------------------------------------------

create table public.territory_assignments (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  user_id uuid not null,
  territory_id uuid not null,
  starts_on date not null default current_date
    constraint territory_assignments_starts_on_range check (starts_on between '1900-01-01' and '2199-12-31'),
  ends_on date constraint territory_assignments_ends_on_range check (ends_on between '1900-01-01' and '2199-12-31'),
  is_primary boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  version integer not null default 1,
  constraint territory_assignments_ends_on_order check (ends_on >= starts_on),
  foreign key (org_id, user_id) references public.memberships (org_id, user_id) on delete cascade,
  foreign key (org_id, territory_id) references public.territories (org_id, id) on delete restrict,
  constraint territory_assignments_once_at_a_time exclude using gist (
    org_id with =, user_id with =, territory_id with =,
    daterange(starts_on, ends_on, '[]') with &&
  ),
  constraint territory_assignments_one_primary exclude using gist (
    org_id with =, user_id with =, daterange(starts_on, ends_on, '[]') with &&
  ) where (is_primary)
);
create index territory_assignments_person_idx on public.territory_assignments (org_id, user_id, starts_on, id);
create index territory_assignments_territory_idx on public.territory_assignments (org_id, territory_id, starts_on, id);
create index territory_assignments_user_id_idx on public.territory_assignments (user_id);

comment on table public.territory_assignments is 'Who looks after which territory, from when to when. Gives sight of what lies there to roles whose permissions reach territories.';
comment on column public.territory_assignments.user_id is 'The member.';
comment on column public.territory_assignments.territory_id is 'The territory, of any level; everything below it belongs to it.';
comment on column public.territory_assignments.starts_on is 'First day, in the organisation''s time zone.';
comment on column public.territory_assignments.ends_on is 'Last day, in the organisation''s time zone; null while no end is known.';
comment on column public.territory_assignments.is_primary is 'The person''s main territory; at most one at a time.';

grant select, delete on public.territory_assignments to authenticated;
grant insert (id, org_id, user_id, territory_id, starts_on, ends_on, is_primary), update (starts_on, ends_on, is_primary)
  on public.territory_assignments to authenticated;
grant select, insert, update, delete on public.territory_assignments to service_role;

select private.protect('public.territory_assignments', resource => 'territories',
  permissions => '{"insert": "territories:assign", "update": "territories:assign", "delete": "territories:assign"}');

select private.add_standard_triggers('public.territory_assignments');
select private.announce_changes_of('public.territory_assignments', 'org:{org_id}');

create function private.check_assignment()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  other public.territory_assignments;
begin
  if auth.uid() is not null and not private.has_permission(new.org_id, 'territories:assign') then
    return new; -- the policy refuses it
  end if;
  if new.user_id = auth.uid() and private.holds_partly(new.org_id, '{territory}') then
    perform private.fail(403, 'reach_exceeds_yours',
      'This would show you more than you see now. Somebody who sees all of it has to do this.', '{"field": "user_id"}');
  end if;
  if new.ends_on < new.starts_on then
    perform private.fail(422, 'ends_before_it_begins', 'The last day cannot lie before the first.',
      jsonb_build_object('field', 'ends_on', 'starts_on', new.starts_on, 'ends_on', new.ends_on));
  end if;
  -- One person's assignments are written one after the other, so that the reason given is the right one.
  perform pg_advisory_xact_lock(hashtextextended('assignments:' || new.org_id || new.user_id, 0));
  select * into other from public.territory_assignments as present
  where present.org_id = new.org_id and present.user_id = new.user_id and present.id <> new.id
    and daterange(present.starts_on, present.ends_on, '[]') operator(pg_catalog.&&) daterange(new.starts_on, new.ends_on, '[]')
    and (present.territory_id = new.territory_id or (present.is_primary and new.is_primary))
  order by present.territory_id = new.territory_id desc
  limit 1;
  if other.territory_id = new.territory_id then
    perform private.fail(409, 'already_assigned', 'This person is assigned to this territory on some of these days already.',
      jsonb_build_object('field', 'territory_id', 'id', other.id, 'starts_on', other.starts_on, 'ends_on', other.ends_on));
  elsif other.id is not null then
    perform private.fail(409, 'another_primary', 'This person has another main territory on some of these days. End it first, or assign this one beside it.',
      jsonb_build_object('field', 'is_primary', 'id', other.id, 'territory_id', other.territory_id, 'starts_on', other.starts_on, 'ends_on', other.ends_on));
  end if;
  return new;
end
$$;
comment on function private.check_assignment() is
  'Before an assignment is written: nobody whose permissions follow territories assigns themselves; it ends after it begins, not twice the same territory on one day, one main territory at a time. The exclusion constraints hold the same for everyone; this says why.';
create trigger territory_assignments_before_write_check before insert or update on public.territory_assignments
  for each row execute function private.check_assignment();
comment on trigger territory_assignments_before_write_check on public.territory_assignments is 'Checks days and overlaps.';

-- Changing the tree --------------------------------------------------------------------------------------

create function private.move_territory(moved_id uuid, new_parent_id uuid)
returns public.territories
language plpgsql
security definer
set search_path = ''
as $$
declare
  moved public.territories;
begin
  select * into moved from public.territories where id = moved_id;
  if moved.id is null or moved.org_id not in (select private.orgs_with('territories:read')) then
    perform private.fail(404, 'territory_not_found', 'There is no such territory, or you may not see it.');
  end if;
  if moved.org_id not in (select private.orgs_with('territories:update')) then
    perform private.fail(403, 'territories_update_denied', 'Your role does not allow moving territories.', '{"permission": "territories:update"}');
  end if;
  -- Before the row is locked, as everybody does who changes the tree: two moves can only queue up.
  perform private.lock_territories(moved.org_id);
  if private.holds_partly(moved.org_id, '{territory}') and exists (
    select from public.territory_assignments as assigned
    join public.territories as root on root.id = assigned.territory_id
    join public.territories as parent on parent.id = new_parent_id and parent.path operator(extensions.<@) root.path
    join public.territories as place on place.id = moved_id and not place.path operator(extensions.<@) root.path
    where assigned.org_id = moved.org_id and assigned.user_id = auth.uid()
  ) then
    perform private.fail(403, 'reach_exceeds_yours',
      'This would show you more than you see now. Somebody who sees all of it has to do this.', '{"field": "new_parent_id"}');
  end if;
  update public.territories set parent_id = new_parent_id where id = moved_id returning * into moved;
  if moved.id is null then
    perform private.fail(404, 'territory_not_found', 'Someone deleted this territory meanwhile.');
  end if;
  return moved;
end
$$;
comment on function private.move_territory(uuid, uuid) is 'See public.move_territory.';

create function public.move_territory(territory_id uuid, new_parent_id uuid)
returns public.territories
language sql
set search_path = ''
as $$ select * from private.move_territory(territory_id, new_parent_id) $$;
comment on function public.move_territory(uuid, uuid) is
  'Moves a territory with all that lies below it. PT404 territory_not_found, PT403 territories_update_denied, reach_exceeds_yours, PT422 parent_not_found, parent_not_one_level_up {level, parent_level, wanted_level}.';
grant execute on function private.move_territory(uuid, uuid), public.move_territory(uuid, uuid) to authenticated;

-- Deleting -------------------------------------------------------------------------------------------------

create function private.keep_used_territory()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  children bigint;
  assigned bigint;
  seated bigint;
begin
  -- Strangers are left to the policy; an organisation that goes takes its tree along.
  if (auth.uid() is not null and old.org_id not in (select private.orgs_with('territories:update')))
    or not exists (select from public.organizations where id = old.org_id)
  then
    return old;
  end if;
  perform private.lock_territories(old.org_id);
  select count(*) into children from public.territories where org_id = old.org_id and parent_id = old.id;
  select count(*) into assigned from public.territory_assignments where org_id = old.org_id and territory_id = old.id;
  select count(*) into seated from public.customers where org_id = old.org_id and territory_id = old.id;
  if children + assigned + seated > 0 then
    perform private.fail(409, 'territory_in_use', format(
      'Only an empty territory can be deleted. Move away what is in %s first: %s territories, %s customers (those in the trash included), %s assignments.',
      old.name, children, seated, assigned),
      jsonb_build_object('territories', children, 'customers', seated, 'assignments', assigned));
  end if;
  return old;
end
$$;
comment on function private.keep_used_territory() is 'Before a territory is deleted: nothing may lie in it, nobody be assigned to it. The foreign keys hold the same for everyone; this says why.';
create trigger territories_before_delete_keep before delete on public.territories
  for each row execute function private.keep_used_territory();
comment on trigger territories_before_delete_keep on public.territories is 'Only an empty territory goes.';

-- Names of the levels ------------------------------------------------------------------------------------

create view public.countries with (security_invoker = true) as
  select id, org_id, code, name, name_ar, path, boundary, created_at, updated_at, created_by, version
  from public.territories where level = 'country';
create view public.regions with (security_invoker = true) as
  select id, org_id, parent_id as country_id, code, name, name_ar, path, boundary, created_at, updated_at, created_by, version
  from public.territories where level = 'region';
create view public.governorates with (security_invoker = true) as
  select id, org_id, parent_id as region_id, code, name, name_ar, path, boundary, created_at, updated_at, created_by, version
  from public.territories where level = 'governorate';
create view public.cities with (security_invoker = true) as
  select id, org_id, parent_id as governorate_id, code, name, name_ar, path, boundary, created_at, updated_at, created_by, version
  from public.territories where level = 'city';
create view public.areas with (security_invoker = true) as
  select id, org_id, parent_id as city_id, code, name, name_ar, path, boundary, created_at, updated_at, created_by, version
  from public.territories where level = 'area';
create view public.bricks with (security_invoker = true) as
  select id, org_id, parent_id as area_id, code, name, name_ar, path, boundary, created_at, updated_at, created_by, version
  from public.territories where level = 'brick';

do $$
declare
  level record;
begin
  for level in
    select * from (values ('countries', 'country', null), ('regions', 'region', 'country'), ('governorates', 'governorate', 'region'),
      ('cities', 'city', 'governorate'), ('areas', 'area', 'city'), ('bricks', 'brick', 'area')) as levels (view, name, parent)
  loop
    execute format('comment on view public.%I is %L', level.view, format('Territories of the level %s, under the permissions of territories.', level.name));
    if level.parent is not null then
      execute format('comment on column public.%I.%I is %L', level.view, level.parent || '_id', format('The %s it lies in.', level.parent));
    end if;
    execute format('grant select on public.%I to authenticated, service_role', level.view);
  end loop;
end
$$;

-- Importing a file -----------------------------------------------------------------------------------------

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
    select 'parent_code', 'parent_not_one_level_up', format('A %s has to lie in a %s; %s is a %s.', level,
        (enum_range(null::public.territory_level))[depth - 1], left(parent_code, 40), left(parent_level, 40))
      where depth > 1 and parent_level is distinct from (enum_range(null::public.territory_level))[depth - 1]::text and parent_level is not null
    union all
    select 'level', 'level_fixed', format('%s exists already and is a %s.', judged.code, present_level) where present_level <> level and depth is not null
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
