-- Custom roles: made, changed and deleted by whoever may do as much themselves.

create function private.keep_system_role()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform private.fail(409, 'role_fixed', 'This role comes with Tandem and stays as it is. Make a copy and change that.');
  return null;
end
$$;
comment on function private.keep_system_role() is 'Before a system role is changed through the API: refuses, whoever asks. Migrations and functions of the database maintain these roles.';
create trigger roles_before_change_fixed before update or delete on public.roles
  for each row when (old.is_system and current_user in ('authenticated', 'service_role')) execute function private.keep_system_role();
comment on trigger roles_before_change_fixed on public.roles is 'System roles are fixed.';

create function private.custom_role(org_id uuid, role_id uuid, seen_version integer)
returns public.roles
language plpgsql
security definer
set search_path = ''
as $$
declare
  role public.roles;
begin
  -- Two who change a role at once come one after the other; so does who assigns it meanwhile.
  select * into role from public.roles where roles.id = custom_role.role_id and roles.org_id = custom_role.org_id for update;
  if role.id is null then
    perform private.fail(404, 'role_not_found', 'There is no such role in this organisation.');
  end if;
  if role.is_system then
    perform private.fail(409, 'role_fixed', 'This role comes with Tandem and stays as it is. Make a copy and change that.');
  end if;
  if private.permissions_beyond(auth.uid(), role.org_id, role.id) is not null then
    perform private.fail(403, 'role_exceeds_yours', 'This role allows more than yours. Somebody who may do as much has to change it.',
      jsonb_build_object('permissions', private.permissions_beyond(auth.uid(), role.org_id, role.id)));
  end if;
  if seen_version is distinct from role.version then
    perform private.fail(409, 'role_changed', 'Somebody changed this role in the meantime. Look at it again before you change it.',
      jsonb_build_object('version', role.version, 'by', role.updated_by, 'at', role.updated_at, 'name', role.name));
  end if;
  return role;
end
$$;
comment on function private.custom_role(uuid, uuid, integer) is
  'The custom role as the caller saw it, locked, if they may change it. PT403 role_exceeds_yours, PT404 role_not_found, PT409 role_fixed, role_changed.';

create function private.check_role_permissions(org_id uuid, wanted jsonb)
returns void
language plpgsql
stable security definer
set search_path = ''
as $$
declare
  wrong record;
  lacking text[];
begin
  if jsonb_typeof(wanted) is distinct from 'object' then
    perform private.fail(422, 'invalid_value', 'What a role allows is an object such as {"customers:read": "territory"}.', '{"field": "permissions"}');
  end if;
  select asked.key, asked.value, permission.is_scoped into wrong
  from jsonb_each(wanted) as asked
  left join public.permissions as permission on permission.key = asked.key
  where permission.key is null
    or asked.value not in ('"all"', '"territory"', '"own"')
    or (asked.value <> '"all"' and not permission.is_scoped)
  order by permission.key is null desc, asked.key
  limit 1;
  if wrong.key is not null and wrong.is_scoped is null then
    perform private.fail(422, 'unknown_permission', format('There is no permission %s.', left(wrong.key, 80)),
      jsonb_build_object('field', 'permissions', 'permission', left(wrong.key, 80)));
  elsif wrong.key is not null then
    perform private.fail(422, 'invalid_scope',
      case when wrong.is_scoped then format('%s can be given for all rows, for one''s territories or for one''s own: all, territory or own.', wrong.key)
        else format('%s holds for the whole organisation or not at all: all.', wrong.key) end,
      jsonb_build_object('field', 'permissions', 'permission', wrong.key));
  end if;
  -- What the caller holds, and may use in this very request: a key or a view of less grants no more than itself.
  select array_agg(lack order by lack) into lacking
  from (
    select unnest(private.permissions_lacking(auth.uid(), check_role_permissions.org_id, wanted)) as lack
    union
    select asked from jsonb_object_keys(wanted) as asked where not private.has_permission(check_role_permissions.org_id, asked)
  ) as found;
  if lacking is not null then
    perform private.fail(403, 'role_exceeds_yours', 'A role you make can only allow what you may do yourself.',
      jsonb_build_object('permissions', to_jsonb(lacking)));
  end if;
end
$$;
comment on function private.check_role_permissions(uuid, jsonb) is
  'Refuses {permission: scope} that does not exist or that the caller lacks. PT422 unknown_permission, invalid_scope, PT403 role_exceeds_yours {permissions}.';

create function private.save_role(
  org_id uuid, role_id uuid, name text, description text, permissions jsonb, seen_version integer
)
returns public.roles
language plpgsql
security definer
set search_path = ''
as $$
declare
  most constant integer := 100;
  wanted constant jsonb := private.unwrapped(permissions);
  wanted_name constant text := btrim(name);
  wanted_description constant text := nullif(btrim(description), '');
  role public.roles;
begin
  perform private.require_permission(save_role.org_id, 'roles:update', 'Your role does not allow changing roles.');
  -- One at a time in an organisation, so that names stay apart and the limit holds.
  perform pg_advisory_xact_lock(hashtextextended('roles:' || save_role.org_id, 0));
  if wanted_name is null or not private.is_text(wanted_name, 1, 80) then
    perform private.fail(422, 'invalid_value', 'A role needs a name of 1 to 80 characters.', '{"field": "name"}');
  end if;
  if not private.is_text(wanted_description, 1, 500) then
    perform private.fail(422, 'invalid_value', 'A description has at most 500 characters.', '{"field": "description"}');
  end if;
  if save_role.role_id is not null then
    role := private.custom_role(save_role.org_id, save_role.role_id, seen_version);
  elsif (select count(*) from public.roles where roles.org_id = save_role.org_id and not is_system) >= most then
    perform private.fail(409, 'too_many_roles', format('An organisation has at most %s roles of its own.', most), jsonb_build_object('limit', most));
  end if;
  perform private.check_role_permissions(save_role.org_id, wanted);
  if exists (
    select from public.roles as other
    where other.org_id = save_role.org_id and other.id is distinct from role.id
      and private.normalise(other.name) = private.normalise(wanted_name)
  ) then
    perform private.fail(409, 'already_taken', 'Another role already has this name.', '{"field": "name"}');
  end if;

  if role.id is null then
    insert into public.roles (org_id, key, name, description)
    values (save_role.org_id, 'custom_' || left(replace(gen_random_uuid()::text, '-', ''), 12), wanted_name, wanted_description)
    returning * into role;
  elsif (role.name, role.description) is distinct from (wanted_name, wanted_description) or private.role_allows(role.id) <> wanted then
    -- The version also stands for what the role allows, so it grows even when nothing else of the row changes.
    update public.roles set name = wanted_name, description = wanted_description, version = version + 1 where id = role.id
    returning * into role;
  end if;
  delete from public.role_permissions as granted
  where granted.role_id = role.id and not wanted operator(pg_catalog.?) granted.permission;
  insert into public.role_permissions (org_id, role_id, permission, scope)
  select role.org_id, role.id, asked.key, asked.value::public.permission_scope from jsonb_each_text(wanted) as asked
  on conflict on constraint role_permissions_org_id_role_id_permission_key do update set scope = excluded.scope
    where role_permissions.scope is distinct from excluded.scope;
  return role;
end
$$;
comment on function private.save_role(uuid, uuid, text, text, jsonb, integer) is 'See public.save_role.';

create function public.save_role(
  org_id uuid, role_id uuid default null, name text default null, description text default null, permissions jsonb default null,
  seen_version integer default null
)
returns public.roles
language sql
set search_path = ''
as $$ select * from private.save_role(org_id, role_id, name, description, permissions, seen_version) $$;
comment on function public.save_role(uuid, uuid, text, text, jsonb, integer) is
  'Makes a role, or changes one as it was seen: name, description and all it allows as {permission: scope}. Needs roles:update, and every permission that the role has or gets. PT403 roles_update_denied, role_exceeds_yours {permissions}; PT404 organization_not_found, role_not_found; PT409 role_fixed, role_changed {version, by, at}, already_taken, too_many_roles; PT422 invalid_value {field}, unknown_permission, invalid_scope {permission}.';

create function private.delete_role(org_id uuid, role_id uuid, seen_version integer, reassign_to uuid)
returns integer
language plpgsql
security definer
set search_path = ''
as $$
declare
  role public.roles;
  holders integer;
  invited integer;
begin
  perform private.require_permission(delete_role.org_id, 'roles:update', 'Your role does not allow changing roles.');
  -- Ahead of the role: who invites or accepts meanwhile would hold an invitation and wait for the role.
  perform private.lock_invitations(delete_role.org_id);
  role := private.custom_role(delete_role.org_id, delete_role.role_id, seen_version);
  select count(*) into holders from public.member_roles as held where held.org_id = role.org_id and held.role_id = role.id;
  select count(*) into invited from public.invitations as invitation
  where invitation.org_id = role.org_id and invitation.role_id = role.id and invitation.accepted_at is null and invitation.revoked_at is null;
  if holders + invited > 0 then
    if reassign_to is null then
      perform private.fail(409, 'role_held', 'People hold this role or are invited to it. Say which role they get instead.',
        jsonb_build_object('field', 'reassign_to', 'holders', holders, 'invitations', invited));
    end if;
    if reassign_to = role.id or not exists (
      select from public.roles as other where other.org_id = role.org_id and other.id = reassign_to
    ) then
      perform private.fail(422, 'invalid_value', 'Choose another role of this organisation.', '{"field": "reassign_to"}');
    end if;
    if role.org_id not in (select private.orgs_with('roles:assign')) then
      perform private.fail(403, 'roles_assign_denied', 'Your role does not allow giving roles to people.', '{"permission": "roles:assign"}');
    end if;
    if private.permissions_beyond(auth.uid(), role.org_id, reassign_to) is not null then
      perform private.fail(403, 'role_exceeds_yours', 'You can only assign roles that allow no more than your own.',
        jsonb_build_object('field', 'reassign_to', 'permissions', private.permissions_beyond(auth.uid(), role.org_id, reassign_to)));
    end if;
    insert into public.member_roles (org_id, user_id, role_id, assigned_by)
    select held.org_id, held.user_id, reassign_to, auth.uid()
    from public.member_roles as held where held.org_id = role.org_id and held.role_id = role.id
    on conflict on constraint member_roles_org_id_user_id_role_id_key do nothing;
    update public.invitations as invitation set role_id = reassign_to
    where invitation.org_id = role.org_id and invitation.role_id = role.id and invitation.accepted_at is null and invitation.revoked_at is null;
  end if;
  delete from public.roles where roles.id = role.id;
  return holders;
end
$$;
comment on function private.delete_role(uuid, uuid, integer, uuid) is 'See public.delete_role.';

create function public.delete_role(org_id uuid, role_id uuid, seen_version integer, reassign_to uuid default null)
returns integer
language sql
set search_path = ''
as $$ select private.delete_role(org_id, role_id, seen_version, reassign_to) $$;
comment on function public.delete_role(uuid, uuid, integer, uuid) is
  'Deletes a custom role as it was seen. Who holds it or is invited to it gets reassign_to instead; tells how many held it. Needs roles:update, and roles:assign to reassign. PT403 roles_update_denied, roles_assign_denied, role_exceeds_yours; PT404 organization_not_found, role_not_found; PT409 role_fixed, role_changed, role_held {holders, invitations}; PT422 invalid_value {field: reassign_to}.';

create function public.role_counts(org_id uuid)
returns table (role_id uuid, holders bigint)
language sql
stable
rows 20
set search_path = ''
as $$
  select held.role_id, count(*)
  from public.member_roles as held
  join public.memberships as membership on membership.org_id = held.org_id and membership.user_id = held.user_id and membership.is_active
  where held.org_id = role_counts.org_id
  group by held.role_id
$$;
comment on function public.role_counts(uuid) is 'How many active members hold each role; roles nobody holds are left out. Shows whom the caller may see.';

grant execute on function
  private.save_role(uuid, uuid, text, text, jsonb, integer), private.delete_role(uuid, uuid, integer, uuid),
  public.save_role(uuid, uuid, text, text, jsonb, integer), public.delete_role(uuid, uuid, integer, uuid), public.role_counts(uuid)
to authenticated;
