-- Territories: the map as a tree, where customers sit. Who looks after which part of it stands in …352, importing a file in …356.

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
        else format('What is of the level %s has to lie in one of the level %s.', new.level, wanted) end,
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

create function private.bricks_within(org_id uuid, territory_ids uuid[])
returns uuid[]
language plpgsql
stable security definer
set search_path = ''
as $$
begin
  return array(
    select distinct brick.id
    from public.territories as root
    join public.territories as brick on brick.path operator(extensions.<@) root.path and brick.level = 'brick'
    where root.org_id = bricks_within.org_id and root.id = any (territory_ids)
  );
end
$$;
comment on function private.bricks_within(uuid, uuid[]) is 'The bricks of an organisation among these territories and below them; what is no territory of it is left out.';

create function public.bricks_within(org_id uuid, territory_ids uuid[])
returns uuid[]
language sql
stable
set search_path = ''
as $$
  select case when private.has_permission(org_id, 'territories:read') then private.bricks_within(org_id, territory_ids) else '{}' end
$$;
comment on function public.bricks_within(uuid, uuid[]) is
  'The bricks among these territories and below them, so that a page which shows a part of the map knows which customers lie in it. Empty for who may not see the map.';
grant execute on function private.bricks_within(uuid, uuid[]), public.bricks_within(uuid, uuid[]) to authenticated;

-- Changing the tree --------------------------------------------------------------------------------------

create function private.move_territory(moved_id uuid, new_parent_id uuid, seen_parent_id uuid)
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
  select * into moved from public.territories where id = moved_id;
  if moved.parent_id <> seen_parent_id then
    perform private.fail(409, 'changed_meanwhile', 'Someone moved this territory meanwhile. Look where it is now.',
      jsonb_build_object('field', 'parent_id', 'parent_id', moved.parent_id));
  end if;
  update public.territories set parent_id = new_parent_id where id = moved_id returning * into moved;
  if moved.id is null then
    perform private.fail(404, 'territory_not_found', 'Someone deleted this territory meanwhile.');
  end if;
  return moved;
end
$$;
comment on function private.move_territory(uuid, uuid, uuid) is 'See public.move_territory.';

create function public.move_territory(territory_id uuid, new_parent_id uuid, seen_parent_id uuid default null)
returns public.territories
language sql
set search_path = ''
as $$ select * from private.move_territory(territory_id, new_parent_id, seen_parent_id) $$;
comment on function public.move_territory(uuid, uuid, uuid) is
  'Moves a territory with all that lies below it, if it still lies where it was seen; without that wherever it lies. PT409 changed_meanwhile {parent_id}, PT404 territory_not_found, PT403 territories_update_denied, reach_exceeds_yours, PT422 parent_not_found, parent_not_one_level_up {level, parent_level, wanted_level}.';
grant execute on function private.move_territory(uuid, uuid, uuid), public.move_territory(uuid, uuid, uuid) to authenticated;

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
