-- Who holds which permission: what memberships and roles come to.

create view private.held_permissions as
  select membership.user_id, membership.org_id, held.role_id, granted.permission, granted.scope
  from public.memberships as membership
  join public.organizations as organization on organization.id = membership.org_id and organization.deleted_at is null
  join public.member_roles as held on held.org_id = membership.org_id and held.user_id = membership.user_id
  join public.role_permissions as granted on granted.org_id = held.org_id and granted.role_id = held.role_id
  where membership.is_active;
comment on view private.held_permissions is
  'Permissions of active members of organisations that exist, one row for each role that gives one. Nothing else decides about access; private.grants_of and private.session_grants narrow it.';
comment on column private.held_permissions.user_id is 'Who holds it.';
comment on column private.held_permissions.org_id is 'In which organisation.';
comment on column private.held_permissions.role_id is 'The role that gives it.';
comment on column private.held_permissions.permission is 'What is allowed.';
comment on column private.held_permissions.scope is 'How far.';

create function private.holds_partly(org_id uuid, widest public.permission_scope[])
returns boolean
language sql
stable security definer
set search_path = ''
as $$
  select exists (
    select from private.held_permissions as held
    where held.user_id = auth.uid() and held.org_id = holds_partly.org_id
    group by held.permission
    having min(held.scope) = any (widest)
  )
$$;
comment on function private.holds_partly(uuid, public.permission_scope[]) is
  'Whether the caller holds a permission no further than one of these scopes: who does could widen it by moving people or territories towards themselves.';

create function private.require_permission(organization uuid, permission text, hint text default null)
returns void
language plpgsql
stable security definer
set search_path = ''
as $$
begin
  if private.present_person() is null then
    perform private.fail(401, 'not_signed_in', 'Sign in first.');
  end if;
  if organization is null or organization not in (select private.my_orgs()) then
    perform private.fail(404, 'organization_not_found', 'There is no such organisation, or you are not a member.');
  end if;
  if organization not in (select private.orgs_with(permission)) then
    perform private.fail(403, replace(permission, ':', '_') || '_denied', coalesce(hint, format('Your role does not include %s.', permission)),
      jsonb_build_object('permission', permission));
  end if;
end
$$;
comment on function private.require_permission(uuid, text, text) is
  'How a function begins that needs a permission over a whole organisation: refuses who is not signed in (PT401 not_signed_in), strangers (PT404 organization_not_found) and members without it (PT403 <permission>_denied).';
