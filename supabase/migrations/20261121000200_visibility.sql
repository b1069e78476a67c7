-- Who am I, and what may I reach? The sets of organisations and people that policies compare rows with.
-- Sets, not per-row questions: a policy wraps them in `= any (array(select …))`, which Postgres evaluates once
-- per statement. Membership is looked up live, so that taking it away works at the next statement. They are plpgsql
-- because that keeps plans for the session: planning such a join costs several times what running it does. It also lets
-- them stand here, ahead of the tables they read, whose own policies use them.

create type public.permission_scope as enum ('all', 'territory', 'own');
comment on type public.permission_scope is
  'How far a permission reaches, widest first: the whole organisation, one''s territories, one''s own rows and those of one''s reports.';

create function private.granted_orgs(person uuid, wanted text)
returns setof uuid
language plpgsql
stable security definer
rows 3
set search_path = ''
as $$
begin
  return query
    select distinct membership.org_id
    from public.memberships as membership
    join public.organizations as organization on organization.id = membership.org_id and organization.deleted_at is null
    join public.member_roles as held on held.org_id = membership.org_id and held.user_id = membership.user_id
    join public.role_permissions as granted on granted.org_id = held.org_id and granted.role_id = held.role_id
    where membership.user_id = person and membership.is_active
      and granted.permission = wanted and granted.scope = 'all';
end
$$;
comment on function private.granted_orgs(uuid, text) is 'Organisations in which a person holds a permission over all rows.';

create function private.granted_users(person uuid, wanted text)
returns table (org_id uuid, user_id uuid)
language plpgsql
stable security definer
rows 10
set search_path = ''
as $$
#variable_conflict use_column
begin
  -- `territory` counts as `own` until customers lie in territories.
  return query
    with recursive reach as (
      select distinct membership.org_id, membership.user_id
      from public.memberships as membership
      join public.organizations as organization on organization.id = membership.org_id and organization.deleted_at is null
      join public.member_roles as held on held.org_id = membership.org_id and held.user_id = membership.user_id
      join public.role_permissions as granted on granted.org_id = held.org_id and granted.role_id = held.role_id
      where membership.user_id = person and membership.is_active
        and granted.permission = wanted and granted.scope in ('own', 'territory')
      union
      select report.org_id, report.user_id
      from public.memberships as report
      join reach on reach.org_id = report.org_id and reach.user_id = report.manager_id
    )
    select reach.org_id, reach.user_id from reach;
end
$$;
comment on function private.granted_users(uuid, text) is
  'For a permission held over own rows: the person and everyone below them in the reporting line, with the organisation in which that holds.';

create function private.orgs_with(permission text)
returns setof uuid
language plpgsql
stable security definer
rows 3
set search_path = ''
as $$
begin
  return query select granted from private.granted_orgs(auth.uid(), permission) as granted;
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
  return query select reach.org_id, reach.user_id from private.granted_users(auth.uid(), permission) as reach;
end
$$;
comment on function private.users_with(text) is
  'Whose rows the caller reaches when the permission is limited to own rows. Compare the pair: a report in one organisation is nobody in another.';

create function private.orgs_with_any(permission text)
returns setof uuid
language plpgsql
stable security definer
rows 3
set search_path = ''
as $$
begin
  return query
    select distinct membership.org_id
    from public.memberships as membership
    join public.organizations as organization on organization.id = membership.org_id and organization.deleted_at is null
    join public.member_roles as held on held.org_id = membership.org_id and held.user_id = membership.user_id
    join public.role_permissions as granted on granted.org_id = held.org_id and granted.role_id = held.role_id
    where membership.user_id = auth.uid() and membership.is_active and granted.permission = orgs_with_any.permission;
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
begin
  return query
    select membership.org_id
    from public.memberships as membership
    join public.organizations as organization on organization.id = membership.org_id and organization.deleted_at is null
    where membership.user_id = auth.uid() and membership.is_active;
end
$$;
comment on function private.my_orgs() is 'Organisations of which the caller is an active member.';

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

create function private.owners_in_reach(org_id uuid, permission text)
returns uuid[]
language sql
stable security definer
set search_path = ''
as $$
  select case when owners_in_reach.org_id in (select private.orgs_with(permission)) then null
    else array(
      select reach.user_id from private.users_with(permission) as reach where reach.org_id = owners_in_reach.org_id
    ) end
$$;
comment on function private.owners_in_reach(uuid, text) is
  'How far a permission of the caller reaches in one organisation: null for all rows, otherwise the owners whose rows it covers, none for strangers. For definer functions, which apply visibility themselves.';

grant execute on function
  private.orgs_with(text), private.users_with(text), private.orgs_with_any(text), private.my_orgs(),
  private.my_colleagues(), private.has_permission(uuid, text), private.owners_in_reach(uuid, text)
to authenticated, service_role;
