-- Organisations, people, memberships, roles, permissions, settings: who may see and do what.

create type public.permission_scope as enum ('all', 'territory', 'own');
comment on type public.permission_scope is
  'How far a permission reaches, widest first: the whole organisation, one''s territories, one''s own rows and those of one''s reports.';

create type public.setting_value_type as enum ('string', 'integer', 'number', 'boolean', 'json', 'date');
comment on type public.setting_value_type is 'How the text of a setting is to be read; checked on write.';

-- Organisations --------------------------------------------------------------------------------------

create table public.organizations (
  id uuid primary key default gen_random_uuid(),
  name text not null constraint organizations_name_length check (private.is_text(name, 1, 120)),
  slug text not null unique constraint organizations_slug_shape
    check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and char_length(slug) between 2 and 60),
  currency char(3) not null default 'EUR' constraint organizations_currency_shape check (private.is_currency(currency)),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  version integer not null default 1,
  deleted_at timestamptz
);
create index organizations_created_by_idx on public.organizations (created_by);

comment on table public.organizations is 'A customer of ours: the tenant. Every business row belongs to exactly one.';
comment on column public.organizations.name is 'Name as people know it.';
comment on column public.organizations.slug is 'Name in web addresses; stays the same when the name changes.';
comment on column public.organizations.currency is 'Currency proposed for new amounts.';

-- Profiles -------------------------------------------------------------------------------------------

create table public.profiles (
  id uuid primary key references auth.users (id) on delete cascade,
  first_name text not null default '' constraint profiles_first_name_length check (private.is_text(first_name, 0, 80)),
  last_name text not null default '' constraint profiles_last_name_length check (private.is_text(last_name, 0, 80)),
  email text constraint profiles_email_length check (char_length(email) <= 320),
  avatar_color text not null default '#64748b' constraint profiles_avatar_color_shape check (private.is_color(avatar_color)),
  locale text not null default 'en' constraint profiles_locale_shape check (locale ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$'),
  timezone text not null default 'UTC' constraint profiles_timezone_length check (char_length(timezone) between 1 and 64),
  last_seen_at timestamptz constraint profiles_last_seen_at_finite check (isfinite(last_seen_at)),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  version integer not null default 1
);

comment on table public.profiles is 'A person who can sign in. One row per auth.users row, made by trigger at sign-up.';
comment on column public.profiles.first_name is 'Given name; empty until the person tells it.';
comment on column public.profiles.last_name is 'Family name; empty until the person tells it.';
comment on column public.profiles.email is 'Copy of the sign-in address, for colleagues; kept by trigger.';
comment on column public.profiles.avatar_color is 'The person''s colour wherever they appear live: avatar, held card, caret.';
comment on column public.profiles.locale is 'Language of the interface, as a BCP 47 tag.';
comment on column public.profiles.timezone is 'IANA time zone in which the person reads times.';
comment on column public.profiles.last_seen_at is 'When the person last had the app open.';

-- Memberships ----------------------------------------------------------------------------------------

create table public.memberships (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  user_id uuid not null references public.profiles (id) on delete cascade,
  is_active boolean not null default true,
  title text constraint memberships_title_length check (private.is_text(title, 1, 120)),
  team text constraint memberships_team_length check (private.is_text(team, 1, 80)),
  manager_id uuid constraint memberships_manager_is_another check (manager_id <> user_id),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  version integer not null default 1,
  unique (org_id, user_id),
  foreign key (org_id, manager_id) references public.memberships (org_id, user_id) on delete set null (manager_id)
);
create index memberships_user_id_idx on public.memberships (user_id);
create index memberships_org_id_manager_id_idx on public.memberships (org_id, manager_id);

comment on table public.memberships is 'A person in an organisation. Deactivated members see nothing but keep their name on history.';
comment on column public.memberships.user_id is 'The person.';
comment on column public.memberships.is_active is 'False takes away all access at the next statement.';
comment on column public.memberships.title is 'What the person does, in the organisation''s words.';
comment on column public.memberships.team is 'Label of the group the person works in.';
comment on column public.memberships.manager_id is 'User id of the manager, who sees what this person owns.';

-- Roles and permissions --------------------------------------------------------------------------------

create table public.permissions (
  key text primary key constraint permissions_key_shape check (key = resource || ':' || action),
  resource text not null constraint permissions_resource_shape check (resource ~ '^[a-z_]+$'),
  action text not null constraint permissions_action_shape check (action ~ '^[a-z_]+$'),
  description text not null
);
comment on table public.permissions is 'Everything a role can allow. The same list for every organisation; grown by migrations.';
comment on column public.permissions.key is 'resource:action, the name policies use.';
comment on column public.permissions.resource is 'What it is about, usually a table.';
comment on column public.permissions.action is 'What may be done with it.';
comment on column public.permissions.description is 'Explanation shown beside the permission.';

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
  version integer not null default 1,
  unique (org_id, id),
  unique (org_id, key)
);
comment on table public.roles is 'A named set of permissions in one organisation. Each organisation starts with the system roles.';
comment on column public.roles.key is 'Stable name for code: admin, manager, sales, …';
comment on column public.roles.name is 'Name people read.';
comment on column public.roles.description is 'Whom the role is meant for.';
comment on column public.roles.is_system is 'Comes with every organisation and cannot be changed or removed.';

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

-- Settings -------------------------------------------------------------------------------------------

create table public.settings (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  key text not null constraint settings_key_shape check (key ~ '^[a-z][a-z_]*(\.[a-z][a-z_]*)*$' and char_length(key) <= 80),
  value text not null constraint settings_value_length check (char_length(value) <= 10000),
  value_type public.setting_value_type not null default 'string',
  description text constraint settings_description_length check (private.is_text(description, 1, 500)),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  version integer not null default 1,
  unique (org_id, key)
);
comment on table public.settings is 'Typed configuration of an organisation. Kept as text, checked against its type on write.';
comment on column public.settings.key is 'Dotted name, group first: products.active_limit.';
comment on column public.settings.value is 'The value, written as text.';
comment on column public.settings.value_type is 'How to read the value.';
comment on column public.settings.description is 'Explanation shown beside the setting.';

-- Who am I, and what may I reach? ------------------------------------------------------------------------
-- Sets, not per-row questions: a policy wraps them in `= any (array(select …))`, which Postgres evaluates once
-- per statement. Membership is looked up live, so that taking it away works at the next statement. They are plpgsql
-- because that keeps plans for the session: planning such a join costs several times what running it does.

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

-- Grants and policies ------------------------------------------------------------------------------------

grant select on public.organizations, public.profiles, public.memberships, public.permissions, public.roles,
  public.role_permissions, public.member_roles, public.settings to authenticated;
grant select, insert, update, delete on public.organizations, public.profiles, public.memberships, public.permissions, public.roles,
  public.role_permissions, public.member_roles, public.settings to service_role;
grant update (name, currency) on public.organizations to authenticated;
grant update (first_name, last_name, avatar_color, locale, timezone, last_seen_at) on public.profiles to authenticated;
grant update (is_active, title, team, manager_id), delete on public.memberships to authenticated;
grant insert (id, org_id, user_id, role_id), delete on public.member_roles to authenticated;
grant update (value) on public.settings to authenticated;

alter table public.organizations enable row level security;
create policy organizations_select_member on public.organizations for select to authenticated
  using (id = any (array(select private.my_orgs())));
comment on policy organizations_select_member on public.organizations is 'Members see their organisations.';
create policy organizations_update_permitted on public.organizations for update to authenticated
  using (id = any (array(select private.orgs_with('organizations:update'))))
  with check (id = any (array(select private.orgs_with('organizations:update'))));
comment on policy organizations_update_permitted on public.organizations is 'Needs organizations:update. New organisations come from create_organization.';

alter table public.profiles enable row level security;
create policy profiles_select_self_or_colleague on public.profiles for select to authenticated
  using (id = (select auth.uid()) or id = any (array(select private.my_colleagues())));
comment on policy profiles_select_self_or_colleague on public.profiles is 'Oneself, and the people of organisations whose members one may read.';
create policy profiles_update_self on public.profiles for update to authenticated
  using (id = (select auth.uid())) with check (id = (select auth.uid()));
comment on policy profiles_update_self on public.profiles is 'Everyone keeps their own profile.';

alter table public.memberships enable row level security;
create policy memberships_select_self_or_permitted on public.memberships for select to authenticated
  using (user_id = (select auth.uid()) or org_id = any (array(select private.orgs_with('members:read'))));
comment on policy memberships_select_self_or_permitted on public.memberships is 'One''s own, and all of an organisation with members:read.';
create policy memberships_update_permitted on public.memberships for update to authenticated
  using (org_id = any (array(select private.orgs_with('members:update'))))
  with check (org_id = any (array(select private.orgs_with('members:update'))));
comment on policy memberships_update_permitted on public.memberships is 'Needs members:update.';
create policy memberships_delete_permitted on public.memberships for delete to authenticated
  using (org_id = any (array(select private.orgs_with('members:delete'))));
comment on policy memberships_delete_permitted on public.memberships is 'Needs members:delete.';

alter table public.permissions enable row level security;
create policy permissions_select_everyone on public.permissions for select to authenticated
  using ((select auth.uid()) is not null);
comment on policy permissions_select_everyone on public.permissions is 'The list of permissions is no secret to anyone signed in.';

alter table public.roles enable row level security;
create policy roles_select_member on public.roles for select to authenticated
  using (org_id = any (array(select private.my_orgs())));
comment on policy roles_select_member on public.roles is 'Members see the roles of their organisation.';

alter table public.role_permissions enable row level security;
create policy role_permissions_select_member on public.role_permissions for select to authenticated
  using (org_id = any (array(select private.my_orgs())));
comment on policy role_permissions_select_member on public.role_permissions is 'Members see what the roles of their organisation allow.';

alter table public.member_roles enable row level security;
create policy member_roles_select_self_or_permitted on public.member_roles for select to authenticated
  using (user_id = (select auth.uid()) or org_id = any (array(select private.orgs_with('members:read'))));
comment on policy member_roles_select_self_or_permitted on public.member_roles is 'One''s own, and all of an organisation with members:read.';
create policy member_roles_insert_permitted on public.member_roles for insert to authenticated
  with check (org_id = any (array(select private.orgs_with('roles:assign'))));
comment on policy member_roles_insert_permitted on public.member_roles is 'Needs roles:assign; a trigger refuses roles that allow more than the assigner may.';
create policy member_roles_delete_permitted on public.member_roles for delete to authenticated
  using (org_id = any (array(select private.orgs_with('roles:assign'))));
comment on policy member_roles_delete_permitted on public.member_roles is 'Needs roles:assign; the last admin stays admin.';

alter table public.settings enable row level security;
create policy settings_select_member on public.settings for select to authenticated
  using (org_id = any (array(select private.my_orgs())));
comment on policy settings_select_member on public.settings is 'Members see the settings that rule their work.';
create policy settings_update_permitted on public.settings for update to authenticated
  using (org_id = any (array(select private.orgs_with('settings:update'))))
  with check (org_id = any (array(select private.orgs_with('settings:update'))));
comment on policy settings_update_permitted on public.settings is 'Needs settings:update.';

-- Standard triggers ----------------------------------------------------------------------------------------

select private.add_standard_triggers('public.organizations');
select private.add_standard_triggers('public.profiles');
select private.add_standard_triggers('public.memberships');
select private.add_standard_triggers('public.roles');
select private.add_standard_triggers('public.role_permissions');
select private.add_standard_triggers('public.member_roles');
select private.add_standard_triggers('public.settings');

select private.announce_changes_of('public.organizations', 'org:{id}');
select private.announce_changes_of('public.profiles', 'user:{id}');
select private.announce_changes_of('public.memberships', 'org:{org_id}');
select private.announce_changes_of('public.roles', 'org:{org_id}');
select private.announce_changes_of('public.member_roles', 'org:{org_id}');
select private.announce_changes_of('public.settings', 'org:{org_id}');

-- Profiles follow accounts ------------------------------------------------------------------------------------

create function private.known_timezone(name text)
returns text
language plpgsql
stable
set search_path = ''
as $$
begin
  -- Postgres also reads POSIX rules such as 'EST5EDT', which browsers do not.
  if name !~ '^[A-Za-z]+([/_+-][A-Za-z0-9]+)*$' or char_length(name) > 64 then
    return null;
  end if;
  perform now() at time zone name;
  return name;
exception when others then
  return null;
end
$$;
comment on function private.known_timezone(text) is 'The time zone if Postgres knows it, otherwise null.';

create function private.avatar_color_of(person uuid)
returns text
language sql
immutable
set search_path = ''
as $$
  -- Mid-tones that carry white text in both themes (contrast at least 4.5:1).
  select (array['#b91c1c','#c2410c','#a16207','#4d7c0f','#15803d','#0f766e','#0e7490','#0369a1','#1d4ed8','#4338ca','#6d28d9','#7e22ce','#a21caf','#be185d'])
    [1 + mod(abs(('x' || substr(md5(person::text), 1, 7))::bit(28)::integer), 14)]
$$;
comment on function private.avatar_color_of(uuid) is 'A colour for a new person, always the same for the same id.';

create function private.ensure_profile(person uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  insert into public.profiles (id, email, first_name, last_name, locale, timezone, avatar_color)
  select
    account.id,
    left(account.email, 320),
    left(btrim(coalesce(meta ->> 'first_name', '')), 80),
    left(btrim(coalesce(meta ->> 'last_name', '')), 80),
    coalesce((regexp_match(meta ->> 'locale', '^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$'))[1], 'en'),
    coalesce(private.known_timezone(meta ->> 'timezone'), 'UTC'),
    private.avatar_color_of(account.id)
  from auth.users as account
  cross join lateral (
    select case when jsonb_typeof(account.raw_user_meta_data::jsonb) = 'object' then account.raw_user_meta_data::jsonb else '{}' end as meta
  ) as given
  where account.id = person
  on conflict (id) do nothing;
end
$$;
comment on function private.ensure_profile(uuid) is 'Makes the profile of an account if it is missing, taking what is usable of the sign-up metadata.';

create function private.follow_account()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    perform private.ensure_profile(new.id);
  else
    update public.profiles set email = left(new.email, 320) where id = new.id and email is distinct from left(new.email, 320);
  end if;
  return null;
exception when others then
  -- Signing up must not fail for odd metadata; create_organization makes a missing profile good.
  raise warning 'profile of account % not kept: %', new.id, sqlerrm;
  return null;
end
$$;
comment on function private.follow_account() is 'After an account is made or changes its address: keeps its profile. Never stops the account.';

create trigger users_after_insert_profile after insert on auth.users for each row execute function private.follow_account();
create trigger users_after_update_profile after update of email on auth.users for each row execute function private.follow_account();

create function private.check_profile()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if private.known_timezone(new.timezone) is null then
    perform private.fail(422, 'invalid_value', 'This time zone is not known.', '{"field": "timezone"}');
  end if;
  return new;
end
$$;
comment on function private.check_profile() is 'Before the time zone changes: it has to be one that Postgres and browsers know.';
create trigger profiles_before_update_timezone before update of timezone on public.profiles
  for each row when (new.timezone is distinct from old.timezone) execute function private.check_profile();
comment on trigger profiles_before_update_timezone on public.profiles is 'Checks the time zone.';
grant execute on function private.known_timezone(text) to authenticated, service_role;

create function private.touch_memberships()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  update public.memberships set updated_at = now() where user_id = new.id;
  return null;
end
$$;
comment on function private.touch_memberships() is
  'After a person changes name or colour: bumps their memberships, which announces them to colleagues in every organisation.';
create trigger profiles_after_update_touch_memberships after update of first_name, last_name, avatar_color on public.profiles
  for each row when (old.* is distinct from new.*) execute function private.touch_memberships();
comment on trigger profiles_after_update_touch_memberships on public.profiles is 'Lets colleagues hear of a new name or colour.';

-- Guards ---------------------------------------------------------------------------------------------------

create function private.check_setting()
returns trigger
language plpgsql
set search_path = ''
as $$
declare
  valid boolean := case new.value_type
    when 'string' then true
    when 'integer' then new.value ~ '^-?[0-9]{1,15}$'
    when 'number' then new.value ~ '^-?[0-9]{1,15}(\.[0-9]{1,10})?$'
    when 'boolean' then new.value in ('true', 'false')
    when 'json' then pg_catalog.pg_input_is_valid(new.value, 'jsonb')
    when 'date' then new.value ~ '^\d{4}-\d{2}-\d{2}$' and pg_catalog.pg_input_is_valid(new.value, 'date')
  end;
begin
  if valid and new.key = 'products.active_limit' then
    valid := new.value_type = 'integer' and new.value::bigint between 0 and 1000;
  end if;
  if not coalesce(valid, false) then
    perform private.fail(422, 'invalid_value', format('The setting %s needs a value of type %s.', new.key, new.value_type),
      jsonb_build_object('field', 'value', 'key', new.key, 'value_type', new.value_type));
  end if;
  return new;
end
$$;
comment on function private.check_setting() is 'Before write: the value must read as its type; limits must make sense.';
create trigger settings_before_write_check before insert or update on public.settings
  for each row execute function private.check_setting();
comment on trigger settings_before_write_check on public.settings is 'Checks the value against its type.';

create function private.check_reporting_line()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- Two people made each other's manager at the same moment must not both succeed.
  perform pg_advisory_xact_lock(hashtextextended('reporting:' || new.org_id, 0));
  if exists (
    with recursive above as (
      select new.manager_id as user_id
      union
      select membership.manager_id from public.memberships as membership
      join above on membership.org_id = new.org_id and membership.user_id = above.user_id
    )
    select from above where above.user_id = new.user_id
  ) then
    perform private.fail(422, 'reporting_cycle', 'A person cannot report to someone who reports to them.', jsonb_build_object('field', 'manager_id'));
  end if;
  return new;
end
$$;
comment on function private.check_reporting_line() is 'Before write: the reporting line has no cycles.';
create trigger memberships_before_write_line before insert or update of manager_id on public.memberships
  for each row when (new.manager_id is not null) execute function private.check_reporting_line();
comment on trigger memberships_before_write_line on public.memberships is 'Refuses cycles in the reporting line.';

create function private.check_role_assignment()
returns trigger
language plpgsql
set search_path = ''
as $$
declare
  lacking text[];
begin
  new.assigned_by := coalesce(auth.uid(), new.assigned_by);
  -- What a client may do; functions of the database that found an organisation or accept an invitation check for themselves.
  if current_user <> 'authenticated' then
    return new;
  end if;
  select array_agg(wanted.permission order by wanted.permission) into lacking
  from public.role_permissions as wanted
  where wanted.org_id = new.org_id and wanted.role_id = new.role_id
    and not exists (
      select from public.member_roles as held
      join public.role_permissions as mine on mine.org_id = held.org_id and mine.role_id = held.role_id
      where held.org_id = new.org_id and held.user_id = (select auth.uid())
        and mine.permission = wanted.permission and mine.scope <= wanted.scope
    );
  if lacking is not null then
    perform private.fail(403, 'role_exceeds_yours', 'You can only assign roles that allow no more than your own.',
      jsonb_build_object('permissions', to_jsonb(lacking)));
  end if;
  return new;
end
$$;
comment on function private.check_role_assignment() is 'Before insert: nobody hands out a permission they lack, or further than they hold it.';
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

-- System roles -----------------------------------------------------------------------------------------------

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
  ('medical_rep', 'Medical representative', 'Looks after their own customers in the field.'),
  ('district_manager', 'District manager', 'Leads representatives: their own customers and those of their reports.'),
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
  {"key": "settings:update", "description": "Change settings of the organisation."}
]');

-- Founding an organisation --------------------------------------------------------------------------------------

create function private.free_slug(name text)
returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  -- Addresses of the app itself: an organisation of that name would hide them.
  reserved constant text[] := array['api', 'auth', 'auth-confirm', 'forgot-password', 'functions', 'new-organization', 'realtime',
    'reset-password', 'rest', 'sign-in', 'sign-out', 'sign-up', 'storage', 'settings', 'help', 'welcome'];
  base text := btrim(left(btrim(regexp_replace(private.normalise(name), '[^a-z0-9]+', '-', 'g'), '-'), 50), '-');
  candidate text;
begin
  if char_length(base) < 2 then
    base := 'organisation';
  end if;
  candidate := base;
  for attempt in 2 .. 20 loop
    exit when candidate <> all (reserved) and not exists (select from public.organizations where slug = candidate);
    candidate := base || '-' || case when attempt < 10 then attempt::text else substr(gen_random_uuid()::text, 1, 8) end;
  end loop;
  return candidate;
end
$$;
comment on function private.free_slug(text) is 'An address for an organisation of that name which nobody uses yet.';

create function private.create_organization(name text, currency text)
returns public.organizations
language plpgsql
security definer
set search_path = ''
as $$
declare
  person constant uuid := auth.uid();
  per_person constant integer := 20;
  created public.organizations;
begin
  if person is null then
    perform private.fail(401, 'not_signed_in', 'Sign in to create an organisation.');
  end if;
  if name is null or not private.is_text(name, 1, 120) then
    perform private.fail(422, 'invalid_value', 'An organisation needs a name of 1 to 120 characters.', '{"field": "name"}');
  end if;
  if currency is null or not private.is_currency(currency) then
    perform private.fail(422, 'invalid_value', 'A currency is three capital letters, such as EUR.', '{"field": "currency"}');
  end if;
  -- One at a time per person, so that the limit holds.
  perform pg_advisory_xact_lock(hashtextextended('organizations:' || person, 0));
  -- People who choose the same name at the same moment queue up and take one address each.
  perform pg_advisory_xact_lock(hashtextextended('slugs:' || private.normalise(name), 0));
  if (select count(*) from public.organizations where created_by = person) >= per_person then
    perform private.fail(429, 'too_many_organizations', format('A person can create at most %s organisations.', per_person),
      jsonb_build_object('limit', per_person));
  end if;
  perform private.ensure_profile(person);
  if not exists (select from public.profiles where id = person) then
    perform private.fail(401, 'not_signed_in', 'This account no longer exists. Sign in again.');
  end if;

  for attempt in 1 .. 5 loop
    begin
      insert into public.organizations (name, slug, currency)
      values (btrim(create_organization.name), private.free_slug(create_organization.name), create_organization.currency)
      returning * into created;
      exit;
    exception when unique_violation then
      if attempt = 5 then
        perform private.fail(409, 'slug_taken', 'Another organisation of that name was created just now. Try again.');
      end if;
    end;
  end loop;

  perform private.provide_system_roles(created.id);
  insert into public.memberships (org_id, user_id) values (created.id, person);
  insert into public.member_roles (org_id, user_id, role_id)
  select created.id, person, role.id from public.roles as role where role.org_id = created.id and role.key = 'admin';
  perform private.provide_settings(created.id);
  return created;
end
$$;
comment on function private.create_organization(text, text) is 'See public.create_organization.';

create function private.provide_settings(organization uuid)
returns void
language sql
security definer
set search_path = ''
as $$
  insert into public.settings (org_id, key, value, value_type, description)
  values (organization, 'products.active_limit', '3', 'integer', 'How many products can be active at the same time.')
  on conflict (org_id, key) do nothing
$$;
comment on function private.provide_settings(uuid) is 'Gives an organisation the settings it lacks, with their defaults.';

create function public.create_organization(name text, currency char(3) default 'EUR')
returns public.organizations
language sql
set search_path = ''
as $$ select * from private.create_organization(name, currency) $$;
comment on function public.create_organization(text, char) is
  'Founds an organisation: address, system roles, default settings, and the caller as its admin. PT422 invalid_value, PT429 too_many_organizations (20 per person).';

grant execute on function private.create_organization(text, text) to authenticated;
grant execute on function public.create_organization(text, char) to authenticated, service_role;
