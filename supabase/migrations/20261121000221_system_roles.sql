-- The roles every organisation starts with, and how a domain declares its permissions and gives them to these roles.

create table private.system_roles (
  key text primary key,
  name text not null,
  description text not null
);
comment on table private.system_roles is 'The roles every organisation starts with.';
comment on column private.system_roles.key is 'Stable name for code.';
comment on column private.system_roles.name is 'Name people read.';
comment on column private.system_roles.description is 'Whom the role is meant for.';

create table private.system_role_permissions (
  role_key text not null references private.system_roles (key) on delete cascade,
  permission text not null references public.permissions (key) on delete cascade,
  scope public.permission_scope not null default 'all',
  primary key (role_key, permission)
);
create index system_role_permissions_permission_idx on private.system_role_permissions (permission);
comment on table private.system_role_permissions is 'What the system roles allow. The admin role allows everything and needs no rows.';
comment on column private.system_role_permissions.role_key is 'The system role.';
comment on column private.system_role_permissions.permission is 'The permission it gives.';
comment on column private.system_role_permissions.scope is 'How far.';

insert into private.system_roles (key, name, description) values
  ('admin', 'Administrator', 'Runs the organisation: people, roles, settings and all data.'),
  ('manager', 'Manager', 'Leads the work: all customers, interactions and products.'),
  ('sales', 'Sales', 'Works the shared pipeline.'),
  ('marketing', 'Marketing', 'Reads everything to plan campaigns.'),
  ('medical_rep', 'Medical representative', 'Looks after the customers of their territories.'),
  ('district_manager', 'District manager', 'Leads representatives: the customers of their districts and those of their reports.'),
  ('viewer', 'Viewer', 'Reads everything, changes nothing.');

create function private.add_permissions(entries jsonb)
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  insert into public.permissions (key, resource, action, description)
  select entry.key, split_part(entry.key, ':', 1), split_part(entry.key, ':', 2), entry.description
  from jsonb_to_recordset(entries) as entry (key text, description text)
  on conflict (key) do update set description = excluded.description;

  insert into private.system_role_permissions (role_key, permission, scope)
  select holder.key, entry.key, holder.value::public.permission_scope
  from jsonb_to_recordset(entries) as entry (key text, roles jsonb)
  cross join lateral jsonb_each_text(coalesce(entry.roles, '{}')) as holder
  on conflict (role_key, permission) do update set scope = excluded.scope;

  -- Of what some system role reaches in part only, a custom role can be given a part as well.
  update public.permissions as permission set is_scoped = true
  where not permission.is_scoped and permission.resource in (
    select split_part(partly.permission, ':', 1) from private.system_role_permissions as partly where partly.scope <> 'all'
  );

  perform private.provide_system_roles(organization.id) from public.organizations as organization;
end
$$;
comment on function private.add_permissions(jsonb) is
  'Declares permissions of a domain: [{key, description, roles: {role: scope}}]. Admins get each one; organisations that exist already are brought up to date.';

create function private.provide_system_roles(organization uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  insert into public.roles (org_id, key, name, description, is_system)
  select organization, key, name, description, true from private.system_roles
  on conflict (org_id, key) do nothing;

  insert into public.role_permissions (org_id, role_id, permission, scope)
  select role.org_id, role.id, granted.permission, granted.scope
  from public.roles as role
  join (
    select role_key, permission, scope from private.system_role_permissions
    union all
    select 'admin', key, 'all' from public.permissions
  ) as granted on granted.role_key = role.key
  where role.org_id = organization and role.is_system
  on conflict (org_id, role_id, permission) do update set scope = excluded.scope
    where role_permissions.scope is distinct from excluded.scope;
end
$$;
comment on function private.provide_system_roles(uuid) is 'Gives an organisation the system roles with all they allow today. Safe to repeat.';

select private.add_permissions('[
  {"key": "organizations:update", "description": "Change the name and currency of the organisation."},
  {"key": "members:read", "description": "See the people of the organisation.",
    "roles": {"manager": "all", "sales": "all", "marketing": "all", "medical_rep": "all", "district_manager": "all", "viewer": "all"}},
  {"key": "members:update", "description": "Change title, team and manager of people; deactivate and reactivate them."},
  {"key": "members:delete", "description": "Remove people from the organisation."},
  {"key": "roles:assign", "description": "Give roles to people and take them away."},
  {"key": "roles:update", "description": "Create, change and delete the roles of the organisation."}
]');
