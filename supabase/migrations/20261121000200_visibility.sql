-- Who am I, and what may I reach? The sets of organisations, people and territories that policies compare rows with.
-- Sets, not per-row questions: a policy wraps them in a sub-select, which Postgres evaluates once per statement.
-- Everything is looked up live, so that taking it away works at the next statement. They are plpgsql because that keeps
-- plans for the session: planning such a join costs several times what running it does. It also lets them stand here,
-- ahead of the tables they read, whose own policies use them.

-- Reach of anybody ---------------------------------------------------------------------------------------

create function private.granted_orgs(person uuid, wanted text)
returns setof uuid
language plpgsql
stable security definer
rows 3
set search_path = ''
as $$
begin
  return query select granted.org_id from unnest(private.grants_of(person, wanted)) as granted where granted.scope = 'all';
end
$$;
comment on function private.granted_orgs(uuid, text) is 'Organisations in which a person holds a permission over all rows.';

create function private.with_reports(person uuid, organization uuid)
returns uuid[]
language plpgsql
stable security definer
set search_path = ''
as $$
declare
  level uuid[] := array[person];
  everyone uuid[] := level;
begin
  -- Level by level rather than by a recursive query, which takes longer to begin than most people have reports.
  loop
    level := array(
      select report.user_id from public.memberships as report where report.org_id = organization and report.manager_id = any (level)
    );
    exit when cardinality(level) = 0;
    everyone := everyone || level;
  end loop;
  return everyone;
end
$$;
comment on function private.with_reports(uuid, uuid) is 'A person and everyone below them in the reporting line of an organisation.';

create function private.assigned_territories(person uuid, organization uuid)
returns uuid[]
language plpgsql
stable security definer
set search_path = ''
as $$
declare
  today constant date := private.today_in(organization);
begin
  return array(
    select territory.id
    from public.territory_assignments as assigned
    join public.territories as root on root.id = assigned.territory_id
    join public.territories as territory on territory.path operator(extensions.<@) root.path
    where assigned.org_id = organization and assigned.user_id = person
      and assigned.starts_on <= today and (assigned.ends_on is null or assigned.ends_on >= today)
  );
end
$$;
comment on function private.assigned_territories(uuid, uuid) is
  'The territories of an organisation a person is assigned to today, and all that lie below; one twice that lies in two of them.';

create function private.person_reaches(person uuid, wanted text, org_id uuid, owner_id uuid, territory_id uuid)
returns boolean
language plpgsql
stable security definer
set search_path = ''
as $$
begin
  return exists (
    select from unnest(private.grants_of(person, wanted)) as granted
    where granted.org_id = person_reaches.org_id and (
      granted.scope = 'all'
      or person_reaches.owner_id = any (private.with_reports(person, granted.org_id))
      or (granted.scope = 'territory' and person_reaches.territory_id = any (private.assigned_territories(person, granted.org_id)))
    )
  );
end
$$;
comment on function private.person_reaches(uuid, text, uuid, uuid, uuid) is
  'Whether a permission of somebody covers a row of this organisation, owner and territory: the rule of the policies for a single row, asked by definer functions and for people who are not the caller.';

-- Reach of the caller: sets, in which it does no harm that somebody with two roles finds a thing twice ----

create function private.orgs_with(permission text)
returns setof uuid
language plpgsql
stable security definer
rows 3
set search_path = ''
as $$
declare
  claims constant jsonb := auth.jwt();
begin
  if claims ? 'api_key_id' or strpos(coalesce(current_setting('request.headers', true), ''), 'x-tandem-view-as') > 0
    or pg_catalog.pg_input_is_valid(claims ->> 'session_id', 'uuid') is not true
  then
    return query select granted.org_id from unnest(private.grants_of(auth.uid(), permission)) as granted where granted.scope = 'all';
  else
    -- The same of a session that nothing narrows, in one query: every policy asks this first, in nearly every request.
    return query
      select granted.org_id from private.session_grants as granted
      where granted.session_id = (claims ->> 'session_id')::uuid and granted.user_id = auth.uid()
        and granted.permission = orgs_with.permission and granted.scope = 'all'
        and (granted.is_strong and claims ->> 'aal' = 'aal2' or not granted.asks_second_factor);
  end if;
end
$$;
comment on function private.orgs_with(text) is 'Organisations in which the caller holds a permission over all rows.';

create function private.users_with(permission text)
returns table (org_id uuid, user_id uuid)
language plpgsql
stable security definer
rows 10
set search_path = ''
as $$
begin
  return query
    select granted.org_id, unnest(private.with_reports(auth.uid(), granted.org_id))
    from unnest(private.grants_of(auth.uid(), permission)) as granted
    where granted.scope <> 'all';
end
$$;
comment on function private.users_with(text) is
  'Whose rows the caller reaches when the permission does not reach all: their own, and those of everyone below them in the reporting line. Compare the pair: a report in one organisation is nobody in another.';

create function private.territories_with(permission text)
returns setof uuid
language plpgsql
stable security definer
rows 100
set search_path = ''
as $$
begin
  return query
    select unnest(private.assigned_territories(auth.uid(), granted.org_id))
    from unnest(private.grants_of(auth.uid(), permission)) as granted
    where granted.scope = 'territory';
end
$$;
comment on function private.territories_with(text) is
  'Territories in which the caller holds a permission: those assigned to them today, and all that lie below. An id belongs to one organisation, so no pair is needed.';

create function private.orgs_with_any(permission text)
returns setof uuid
language plpgsql
stable security definer
rows 3
set search_path = ''
as $$
begin
  return query select granted.org_id from unnest(private.grants_of(auth.uid(), permission)) as granted;
end
$$;
comment on function private.orgs_with_any(text) is 'Organisations in which the caller holds a permission, however far it reaches.';

create function private.my_orgs()
returns setof uuid
language plpgsql
stable security definer
rows 3
set search_path = ''
as $$
declare
  claims constant jsonb := auth.jwt();
  person constant uuid := (claims ->> 'sub')::uuid;
  only_org constant uuid := case when claims ? 'api_key_id' then private.key_organization() end;
  assured constant integer := private.assurance_of(claims);
begin
  if assured = 0 then
    return;
  end if;
  return query
    select membership.org_id
    from public.memberships as membership
    join public.organizations as organization on organization.id = membership.org_id and organization.deleted_at is null
    where membership.user_id = person and membership.is_active and (only_org is null or membership.org_id = only_org)
      and (assured = 2 or not exists (select from private.guarded_organizations as guarded where guarded.org_id = membership.org_id));
end
$$;
comment on function private.my_orgs() is 'Organisations of which the caller is an active member, and for which the session is good enough.';

create function private.my_colleagues()
returns setof uuid
language plpgsql
stable security definer
rows 50
set search_path = ''
as $$
begin
  return query
    select distinct colleague.user_id
    from public.memberships as colleague
    where colleague.org_id = any (array(select private.orgs_with('members:read')));
end
$$;
comment on function private.my_colleagues() is 'People of the organisations whose members the caller may read, former activity included.';

create function private.has_permission(org_id uuid, permission text)
returns boolean
language sql
stable security definer
set search_path = ''
as $$ select has_permission.org_id = any (array(select private.orgs_with_any(permission))) $$;
comment on function private.has_permission(uuid, text) is 'Whether the caller holds a permission in an organisation, however far it reaches. For checks of one record; policies use the sets.';

create function private.reaches(permission text, org_id uuid, owner_id uuid, territory_id uuid)
returns boolean
language sql
stable security definer
set search_path = ''
as $$ select private.person_reaches(auth.uid(), permission, org_id, owner_id, territory_id) $$;
comment on function private.reaches(text, uuid, uuid, uuid) is
  'Whether a permission of the caller covers a row of this organisation, owner and territory. For checks of one record; policies use the sets.';

create function private.reach_in(org_id uuid, permission text)
returns table (everything boolean, is_narrow boolean, owners uuid[], territories uuid[])
language plpgsql
stable security definer
rows 1
set search_path = ''
as $$
declare
  person constant uuid := auth.uid();
  -- Asked once: who holds a permission takes longest to find.
  scopes constant public.permission_scope[] := array(
    select granted.scope from unnest(private.grants_of(person, permission)) as granted where granted.org_id = reach_in.org_id
  );
begin
  everything := 'all' = any (scopes);
  is_narrow := false;
  owners := '{}';
  territories := '{}';
  if not everything then
    if cardinality(scopes) > 0 then
      owners := private.with_reports(person, reach_in.org_id);
    end if;
    if 'territory' = any (scopes) then
      territories := private.assigned_territories(person, reach_in.org_id);
    end if;
    is_narrow := 16 * cardinality(territories) <= (
      select count(*) from (
        select from public.territories as territory
        where territory.org_id = reach_in.org_id and territory.level = 'brick' limit 16 * cardinality(territories)
      ) as counted
    );
  end if;
  return next;
end
$$;
comment on function private.reach_in(uuid, text) is
  'How far a permission of the caller reaches in one organisation, as lists; nothing of one where they hold none. is_narrow: at most a sixteenth of the map, so that picking out those rows by index is better than walking past everyone''s, which a policy cannot tell Postgres.';

grant execute on function
  private.orgs_with(text), private.users_with(text), private.territories_with(text), private.orgs_with_any(text), private.my_orgs(),
  private.my_colleagues(), private.has_permission(uuid, text), private.reaches(text, uuid, uuid, uuid), private.reach_in(uuid, text),
  private.viewing_as(), private.key_organization()
to authenticated, service_role;

-- Days ---------------------------------------------------------------------------------------------------

create function private.today_in(org_id uuid)
returns date
language plpgsql
stable security definer
set search_path = ''
as $$
begin
  -- As private.setting would say, without the time that calling it takes: this is asked by every statement of a
  -- representative.
  return (now() at time zone coalesce(
    (select stored.value from public.settings as stored where stored.org_id = today_in.org_id and stored.key = 'region.time_zone'),
    (select definition.default_value from private.setting_definitions as definition where definition.key = 'region.time_zone')
  ))::date;
end
$$;
comment on function private.today_in(uuid) is
  'The present day of an organisation, by its setting region.time_zone. Not by the zone of a person, who could otherwise lengthen an assignment by moving their clock.';
