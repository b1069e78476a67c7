-- Roles, permissions, and who holds which.

-- Permissions --------------------------------------------------------------------------------------------

create table public.permissions (
  key text primary key constraint permissions_key_shape check (key = resource || ':' || action),
  resource text not null constraint permissions_resource_shape check (resource ~ '^[a-z_]+$'),
  action text not null constraint permissions_action_shape check (action ~ '^[a-z_]+$'),
  description text not null,
  is_scoped boolean not null default false
);
comment on table public.permissions is 'Everything a role can allow. The same list for every organisation; grown by migrations.';
comment on column public.permissions.key is 'resource:action, the name policies use.';
comment on column public.permissions.resource is 'What it is about, usually a table.';
comment on column public.permissions.action is 'What may be done with it.';
comment on column public.permissions.description is 'Explanation shown beside the permission.';
comment on column public.permissions.is_scoped is
  'Whether a role can hold it for part of the rows only: those of its resource have owners or lie in territories. Where not, the scope is always all.';

grant select on public.permissions to authenticated;
grant select, insert, update, delete on public.permissions to service_role;

alter table public.permissions enable row level security;
create policy permissions_select_everyone on public.permissions for select to authenticated
  using ((select private.present_person()) is not null);
comment on policy permissions_select_everyone on public.permissions is 'The list of permissions is no secret to anyone signed in.';


-- Roles --------------------------------------------------------------------------------------------------

create table public.roles (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  key text not null constraint roles_key_shape check (key ~ '^[a-z][a-z0-9_]{0,49}$'),
  name text not null constraint roles_name_length check (private.is_text(name, 1, 80)),
  description text constraint roles_description_length check (private.is_text(description, 1, 500)),
  is_system boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  version integer not null default 1,
  unique (org_id, id),
  unique (org_id, key)
);
create unique index roles_name_idx on public.roles (org_id, private.normalise(name)) where not is_system;
comment on table public.roles is 'A named set of permissions in one organisation. Each organisation starts with the system roles.';
comment on column public.roles.key is 'Stable name for code: admin, manager, sales, …';
comment on column public.roles.name is 'Name people read.';
comment on column public.roles.description is 'Whom the role is meant for.';
comment on column public.roles.is_system is 'Comes with every organisation and cannot be changed or removed.';
comment on column public.roles.version is 'Starts at 1 and grows by one with every change of the role, also of what it allows.';

grant select on public.roles to authenticated;
grant select, insert, update, delete on public.roles to service_role;

alter table public.roles enable row level security;
create policy roles_select_member on public.roles for select to authenticated
  using (org_id = any (array(select private.my_orgs())));
comment on policy roles_select_member on public.roles is 'Members see the roles of their organisation.';

select private.add_standard_triggers('public.roles');
create trigger roles_before_write_editor before insert or update on public.roles
  for each row execute function private.stamp_editor();
comment on trigger roles_before_write_editor on public.roles is 'Sets updated_by.';
select private.announce_changes_of('public.roles', 'org:{org_id}');

-- What a role allows -------------------------------------------------------------------------------------

create table public.role_permissions (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  role_id uuid not null,
  permission text not null references public.permissions (key) on delete cascade,
  scope public.permission_scope not null default 'all',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  version integer not null default 1,
  unique (org_id, role_id, permission),
  foreign key (org_id, role_id) references public.roles (org_id, id) on delete cascade
);
create index role_permissions_permission_idx on public.role_permissions (permission);
comment on table public.role_permissions is 'What a role allows, and how far.';
comment on column public.role_permissions.role_id is 'The role.';
comment on column public.role_permissions.permission is 'The permission it gives.';
comment on column public.role_permissions.scope is 'How far: all rows, those in one''s territories, or one''s own and one''s reports''.';

grant select on public.role_permissions to authenticated;
grant select, insert, update, delete on public.role_permissions to service_role;

alter table public.role_permissions enable row level security;
create policy role_permissions_select_member on public.role_permissions for select to authenticated
  using (org_id = any (array(select private.my_orgs())));
comment on policy role_permissions_select_member on public.role_permissions is 'Members see what the roles of their organisation allow.';

select private.add_standard_triggers('public.role_permissions');
select private.announce_changes_of('public.role_permissions', 'org:{org_id}');

-- Who holds a role ---------------------------------------------------------------------------------------

create table public.member_roles (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  user_id uuid not null,
  role_id uuid not null,
  assigned_by uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  version integer not null default 1,
  unique (org_id, user_id, role_id),
  foreign key (org_id, user_id) references public.memberships (org_id, user_id) on delete cascade,
  foreign key (org_id, role_id) references public.roles (org_id, id) on delete cascade
);
create index member_roles_org_id_role_id_idx on public.member_roles (org_id, role_id);
create index member_roles_user_id_idx on public.member_roles (user_id);
comment on table public.member_roles is 'Which roles a member has. Permissions of several roles add up; the widest scope counts.';
comment on column public.member_roles.user_id is 'The member.';
comment on column public.member_roles.role_id is 'The role.';
comment on column public.member_roles.assigned_by is 'Who assigned it; set by trigger.';

grant select on public.member_roles to authenticated;
grant insert (id, org_id, user_id, role_id), delete on public.member_roles to authenticated;
grant select, insert, update, delete on public.member_roles to service_role;

alter table public.member_roles enable row level security;
create policy member_roles_select_self_or_permitted on public.member_roles for select to authenticated
  using (user_id = (select private.present_person()) or org_id = any (array(select private.orgs_with('members:read'))));
comment on policy member_roles_select_self_or_permitted on public.member_roles is 'One''s own, and all of an organisation with members:read.';
create policy member_roles_insert_permitted on public.member_roles for insert to authenticated
  with check (org_id = any (array(select private.orgs_with('roles:assign'))));
comment on policy member_roles_insert_permitted on public.member_roles is 'Needs roles:assign; a trigger refuses roles that allow more than the assigner may.';
create policy member_roles_delete_permitted on public.member_roles for delete to authenticated
  using (org_id = any (array(select private.orgs_with('roles:assign'))));
comment on policy member_roles_delete_permitted on public.member_roles is 'Needs roles:assign; the last admin stays admin.';

select private.add_standard_triggers('public.member_roles');
select private.announce_changes_of('public.member_roles', 'org:{org_id}');

-- Guards -------------------------------------------------------------------------------------------------

create function private.permissions_lacking(person uuid, org_id uuid, wanted jsonb)
returns text[]
language sql
stable security definer
set search_path = ''
as $$
  select array_agg(asked.key order by asked.key)
  from jsonb_each_text(wanted) as asked
  where not exists (
    select from public.member_roles as held
    join public.memberships as membership on membership.org_id = held.org_id and membership.user_id = held.user_id and membership.is_active
    join public.role_permissions as theirs on theirs.org_id = held.org_id and theirs.role_id = held.role_id
    where held.org_id = permissions_lacking.org_id and held.user_id = permissions_lacking.person
      and theirs.permission = asked.key and theirs.scope <= asked.value::public.permission_scope
  )
$$;
comment on function private.permissions_lacking(uuid, uuid, jsonb) is
  'What of {permission: scope} a person does not hold, or holds less far; null when they hold all of it.';

create function private.role_allows(role_id uuid)
returns jsonb
language sql
stable security definer
set search_path = ''
as $$
  select coalesce(jsonb_object_agg(granted.permission, granted.scope), '{}')
  from public.role_permissions as granted where granted.role_id = role_allows.role_id
$$;
comment on function private.role_allows(uuid) is 'What a role allows, as {permission: scope}.';

create function private.permissions_beyond(person uuid, org_id uuid, role_id uuid)
returns text[]
language sql
stable security definer
set search_path = ''
as $$
  select private.permissions_lacking(permissions_beyond.person, role.org_id, private.role_allows(role.id))
  from public.roles as role where role.org_id = permissions_beyond.org_id and role.id = permissions_beyond.role_id
$$;
comment on function private.permissions_beyond(uuid, uuid, uuid) is
  'What a role of the organisation allows that a person lacks, or holds less far; null when the person may hand it out, and for a role that is none there. The one guard of assigning, inviting and accepting.';

create function private.check_role_assignment()
returns trigger
language plpgsql
set search_path = ''
as $$
declare
  lacking text[];
begin
  -- What a client may do; functions of the database that found an organisation or accept an invitation check for themselves,
  -- and know who gave the role.
  if current_user <> 'authenticated' then
    new.assigned_by := coalesce(new.assigned_by, auth.uid());
    return new;
  end if;
  new.assigned_by := auth.uid();
  if not private.has_permission(new.org_id, 'roles:assign') then
    if new.org_id in (select private.my_orgs()) then
      perform private.fail(403, 'roles_assign_denied', 'Your role does not allow giving roles to people.', '{"permission": "roles:assign"}');
    end if;
    return new; -- the policy refuses it; strangers learn nothing about roles here
  end if;
  lacking := private.permissions_beyond(auth.uid(), new.org_id, new.role_id);
  if lacking is not null then
    perform private.fail(403, 'role_exceeds_yours', 'You can only assign roles that allow no more than your own.',
      jsonb_build_object('permissions', to_jsonb(lacking)));
  end if;
  return new;
end
$$;
comment on function private.check_role_assignment() is 'Before insert: nobody hands out a permission they lack, or further than they hold it.';
grant execute on function private.permissions_beyond(uuid, uuid, uuid) to authenticated, service_role;
create trigger member_roles_before_insert_guard before insert on public.member_roles
  for each row execute function private.check_role_assignment();
comment on trigger member_roles_before_insert_guard on public.member_roles is 'Refuses roles that allow more than the assigner may.';

create function private.keep_an_admin()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- Two admins who demote each other at the same moment must not both succeed.
  perform pg_advisory_xact_lock(hashtextextended('admins:' || old.org_id, 0));
  if exists (select from public.organizations where id = old.org_id)
    and exists (select from public.profiles where id = old.user_id) -- an erased account may leave its organisation without one
    and not exists (
      select from public.member_roles as held
      join public.roles as role on role.org_id = held.org_id and role.id = held.role_id and role.key = 'admin' and role.is_system
      join public.memberships as membership on membership.org_id = held.org_id and membership.user_id = held.user_id
      where held.org_id = old.org_id and membership.is_active
    )
  then
    perform private.fail(409, 'last_admin', 'An organisation needs at least one active admin. Make someone else admin first.');
  end if;
  return null;
end
$$;
comment on function private.keep_an_admin() is 'After a member loses a role, is deactivated or removed: an active admin must remain.';
create trigger member_roles_after_change_keep_admin after update or delete on public.member_roles
  for each row execute function private.keep_an_admin();
comment on trigger member_roles_after_change_keep_admin on public.member_roles is 'The last admin cannot be demoted.';
create trigger memberships_after_update_keep_admin after update of is_active on public.memberships
  for each row when (old.is_active and not new.is_active) execute function private.keep_an_admin();
comment on trigger memberships_after_update_keep_admin on public.memberships is 'The last admin cannot be deactivated.';
create trigger memberships_after_delete_keep_admin after delete on public.memberships
  for each row execute function private.keep_an_admin();
comment on trigger memberships_after_delete_keep_admin on public.memberships is 'The last admin cannot be removed.';
