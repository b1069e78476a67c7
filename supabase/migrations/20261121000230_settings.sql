-- Settings: typed configuration of an organisation, declared like permissions.

select private.add_permissions('[
  {"key": "settings:update", "description": "Change settings of the organisation."}
]');

create type public.setting_value_type as enum ('string', 'integer', 'number', 'boolean', 'json', 'date');
comment on type public.setting_value_type is 'How the text of a setting is to be read; checked on write.';

-- What can be set ------------------------------------------------------------------------------------------

create table private.setting_definitions (
  key text primary key constraint setting_definitions_key_shape check (key ~ '^[a-z][a-z_]*(\.[a-z][a-z_]*)+$' and char_length(key) <= 80),
  group_name text not null generated always as (split_part(key, '.', 1)) stored,
  position integer generated always as identity,
  value_type public.setting_value_type not null,
  default_value text not null,
  minimum numeric,
  maximum numeric,
  allowed text[],
  is_time_zone boolean not null default false,
  description text not null,
  constraint setting_definitions_bounds_order check (minimum <= maximum)
);
comment on table private.setting_definitions is 'Every setting there is. The same list for every organisation; grown by migrations through private.add_settings.';
comment on column private.setting_definitions.key is 'Dotted name, group first: products.active_limit.';
comment on column private.setting_definitions.group_name is 'Under which heading it stands: what the name begins with.';
comment on column private.setting_definitions.position is 'Order on the page.';
comment on column private.setting_definitions.value_type is 'How the value is to be read.';
comment on column private.setting_definitions.default_value is 'What holds until somebody decides otherwise.';
comment on column private.setting_definitions.minimum is 'Least value of a number, least length of a text.';
comment on column private.setting_definitions.maximum is 'Greatest value of a number, greatest length of a text.';
comment on column private.setting_definitions.allowed is 'The values to choose from; null when any will do.';
comment on column private.setting_definitions.is_time_zone is 'The value names a time zone, such as Africa/Cairo.';
comment on column private.setting_definitions.description is 'What it decides, in a sentence.';

create function private.setting_problem(definition private.setting_definitions, value text)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  number numeric;
begin
  case definition.value_type
    when 'integer' then
      if value !~ '^-?[0-9]{1,15}$' then return 'it has to be a whole number'; end if;
      number := value::numeric;
    when 'number' then
      if value !~ '^-?[0-9]{1,15}(\.[0-9]{1,10})?$' then return 'it has to be a number'; end if;
      number := value::numeric;
    when 'boolean' then
      if value not in ('true', 'false') then return 'it has to be true or false'; end if;
    when 'date' then
      if value !~ '^\d{4}-\d{2}-\d{2}$' or not pg_catalog.pg_input_is_valid(value, 'date') then
        return 'it has to be a date such as 2026-03-31';
      end if;
    when 'json' then
      if not pg_catalog.pg_input_is_valid(value, 'jsonb') then return 'it has to be JSON'; end if;
    when 'string' then
      number := char_length(value);
  end case;
  if definition.allowed is not null and value <> all (definition.allowed) then
    return 'it has to be one of ' || array_to_string(definition.allowed, ', ');
  end if;
  if definition.is_time_zone and private.known_timezone(value) is null then
    return 'it has to be a time zone such as Africa/Cairo';
  end if;
  if number < definition.minimum then
    return format(case definition.value_type when 'string' then 'it needs at least %s characters' else 'it has to be at least %s' end, definition.minimum);
  end if;
  if number > definition.maximum then
    return format(case definition.value_type when 'string' then 'it takes at most %s characters' else 'it has to be at most %s' end, definition.maximum);
  end if;
  return null;
end
$$;
comment on function private.setting_problem(private.setting_definitions, text) is
  'What keeps a text from being the value of a setting, in words that complete "The setting cannot be changed: …", or null. Never raises.';

create function private.add_settings(entries jsonb)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  definition private.setting_definitions;
  problem text;
begin
  insert into private.setting_definitions (key, value_type, default_value, minimum, maximum, allowed, is_time_zone, description)
  select entry.key, entry.type, entry."default", entry.minimum, entry.maximum, entry.allowed, coalesce(entry.is_time_zone, false), entry.description
  from jsonb_to_recordset(entries) as entry (key text, type public.setting_value_type, "default" text, minimum numeric, maximum numeric,
    allowed text[], is_time_zone boolean, description text)
  on conflict (key) do update set value_type = excluded.value_type, default_value = excluded.default_value, minimum = excluded.minimum,
    maximum = excluded.maximum, allowed = excluded.allowed, is_time_zone = excluded.is_time_zone, description = excluded.description;

  for definition in select * from private.setting_definitions loop
    problem := private.setting_problem(definition, definition.default_value);
    if problem is not null then
      raise exception 'the default of % cannot be used: %', definition.key, problem;
    end if;
  end loop;
  perform private.provide_settings(organization.id) from public.organizations as organization;
end
$$;
comment on function private.add_settings(jsonb) is
  'Declares settings of a domain: [{key, type, default, minimum, maximum, allowed, is_time_zone, description}]; bounds of a text are its length. Organisations that exist already get them with their defaults.';

-- What is set ------------------------------------------------------------------------------------------------

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
  updated_by uuid,
  version integer not null default 1,
  unique (org_id, key)
);
comment on table public.settings is 'Typed configuration of an organisation: one row for each setting there is. Kept as text, checked against its definition on write.';
comment on column public.settings.key is 'Dotted name, group first: products.active_limit.';
comment on column public.settings.value is 'The value, written as text.';
comment on column public.settings.value_type is 'How to read the value; that of the definition.';
comment on column public.settings.description is 'What it decides; that of the definition.';

grant select on public.settings to authenticated;
grant update (value) on public.settings to authenticated;
grant select, insert, update, delete on public.settings to service_role;

alter table public.settings enable row level security;
create policy settings_select_member on public.settings for select to authenticated
  using (org_id = any (array(select private.my_orgs())));
comment on policy settings_select_member on public.settings is 'Members see the settings that rule their work.';
create policy settings_update_permitted on public.settings for update to authenticated
  using (org_id = any (array(select private.orgs_with('settings:update'))))
  with check (org_id = any (array(select private.orgs_with('settings:update'))));
comment on policy settings_update_permitted on public.settings is 'Needs settings:update.';

select private.add_standard_triggers('public.settings');
create trigger settings_before_write_editor before insert or update on public.settings
  for each row execute function private.stamp_editor();
comment on trigger settings_before_write_editor on public.settings is 'Sets updated_by.';
select private.announce_changes_of('public.settings', 'org:{org_id}');

create function private.check_setting()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  definition private.setting_definitions;
  problem text;
begin
  select * into definition from private.setting_definitions where key = new.key;
  if definition.key is null then
    perform private.fail(422, 'unknown_setting', format('There is no setting %s.', left(new.key, 80)),
      jsonb_build_object('field', 'key', 'key', left(new.key, 80)));
  end if;
  new.value_type := definition.value_type;
  new.description := definition.description;
  new.value := btrim(new.value);
  problem := case when new.value is null then 'it needs a value' else private.setting_problem(definition, new.value) end;
  if problem is not null then
    perform private.fail(422, 'invalid_setting', format('The setting %s cannot be changed: %s.', new.key, problem),
      jsonb_build_object('field', new.key, 'key', new.key, 'value_type', definition.value_type, 'problem', problem,
        'minimum', definition.minimum, 'maximum', definition.maximum, 'allowed', definition.allowed));
  end if;
  -- Otherwise an organisation could lock out its administrators, itself included, where Auth offers no second factor.
  if new.key = 'security.require_second_factor' and new.value = 'true' and old.value is distinct from 'true'
    and auth.uid() is not null and auth.jwt() ->> 'aal' is distinct from 'aal2'
  then
    perform private.fail(409, 'second_factor_first', 'Sign in with a second factor yourself before you ask it of others.',
      jsonb_build_object('field', new.key, 'key', new.key));
  end if;
  -- One way to write a number, so that what is compared later is its value.
  if definition.value_type in ('integer', 'number') then
    new.value := trim_scale(new.value::numeric)::text;
  end if;
  return new;
end
$$;
comment on function private.check_setting() is 'Before write: the setting exists and the value fits its type and bounds. PT409 second_factor_first, PT422 unknown_setting, invalid_setting {field, problem, minimum, maximum, allowed}.';
create trigger settings_before_write_check before insert or update on public.settings
  for each row execute function private.check_setting();
comment on trigger settings_before_write_check on public.settings is 'Checks the value against its definition.';

create function private.provide_settings(organization uuid)
returns void
language sql
security definer
set search_path = ''
as $$
  insert into public.settings (org_id, key, value, value_type, description)
  select organization, definition.key, definition.default_value, definition.value_type, definition.description
  from private.setting_definitions as definition
  order by definition.position
  on conflict (org_id, key) do nothing
$$;
comment on function private.provide_settings(uuid) is 'Gives an organisation the settings it lacks, with their defaults.';

create function private.setting(org_id uuid, key text)
returns text
language sql
stable security definer
set search_path = ''
as $$
  select coalesce(
    (select stored.value from public.settings as stored where stored.org_id = setting.org_id and stored.key = setting.key),
    (select definition.default_value from private.setting_definitions as definition where definition.key = setting.key)
  )
$$;
comment on function private.setting(uuid, text) is 'The value of a setting as text, its default where the organisation has none; null for a setting that does not exist. For rules of the database.';

-- Reading and changing -----------------------------------------------------------------------------------------

create function private.organization_settings(org_id uuid)
returns table (
  key text, group_name text, value_type public.setting_value_type, value text, default_value text, minimum numeric, maximum numeric,
  allowed text[], is_time_zone boolean, description text, version integer, updated_at timestamptz, updated_by uuid
)
language sql
stable security definer
set search_path = ''
as $$
  select definition.key, definition.group_name, definition.value_type, stored.value, definition.default_value, definition.minimum,
    definition.maximum, definition.allowed, definition.is_time_zone, definition.description, stored.version, stored.updated_at, stored.updated_by
  from private.setting_definitions as definition
  join public.settings as stored on stored.key = definition.key
  where stored.org_id = organization_settings.org_id and stored.org_id in (select private.my_orgs())
  order by definition.position
$$;
comment on function private.organization_settings(uuid) is 'See public.organization_settings.';

create function public.organization_settings(org_id uuid)
returns table (
  key text, group_name text, value_type public.setting_value_type, value text, default_value text, minimum numeric, maximum numeric,
  allowed text[], is_time_zone boolean, description text, version integer, updated_at timestamptz, updated_by uuid
)
language sql
stable
rows 30
set search_path = ''
as $$ select * from private.organization_settings(org_id) $$;
comment on function public.organization_settings(uuid) is
  'The settings of an organisation with what each may be, in the order of their page. For members; nothing for strangers.';

create function private.save_settings(org_id uuid, changes jsonb, seen jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  wanted jsonb := private.unwrapped(changes);
  known jsonb := coalesce(private.unwrapped(seen), '{}');
  unknown text;
  setting record;
  yours text;
  applied jsonb := '[]';
  conflicts jsonb := '[]';
begin
  if auth.uid() is null then
    perform private.fail(401, 'not_signed_in', 'Sign in first.');
  end if;
  if save_settings.org_id is null or save_settings.org_id not in (select private.my_orgs()) then
    perform private.fail(404, 'organization_not_found', 'There is no such organisation, or you are not a member.');
  end if;
  if save_settings.org_id not in (select private.orgs_with('settings:update')) then
    perform private.fail(403, 'settings_update_denied', 'Your role does not allow changing settings.', '{"permission": "settings:update"}');
  end if;
  if jsonb_typeof(wanted) is distinct from 'object' or jsonb_typeof(known) is distinct from 'object' then
    perform private.fail(400, 'invalid_patch', 'Send the settings to change and the values you saw as two objects.', '{"fields": ["changes", "seen"]}');
  end if;
  select name into unknown from jsonb_object_keys(wanted) as name
  where not exists (select from private.setting_definitions as definition where definition.key = name) limit 1;
  if unknown is not null then
    perform private.fail(422, 'unknown_setting', format('There is no setting %s.', left(unknown, 80)),
      jsonb_build_object('field', left(unknown, 80), 'key', left(unknown, 80)));
  end if;

  perform private.provide_settings(save_settings.org_id);
  -- Locked in one order, so that two people who save the same page wait for each other instead of for ever.
  for setting in
    select stored.id, stored.key, stored.value, stored.updated_by, stored.updated_at, definition.default_value
    from public.settings as stored
    join private.setting_definitions as definition on definition.key = stored.key
    where stored.org_id = save_settings.org_id and wanted operator(pg_catalog.?) stored.key
    order by stored.key
    for update of stored
  loop
    if jsonb_typeof(wanted -> setting.key) in ('object', 'array') then
      yours := (wanted -> setting.key)::text;
    else
      -- Null takes the setting back to its default.
      yours := coalesce(wanted ->> setting.key, setting.default_value);
    end if;
    continue when btrim(yours) = setting.value;
    if known operator(pg_catalog.?) setting.key and known ->> setting.key is distinct from setting.value then
      conflicts := conflicts || jsonb_build_object('key', setting.key, 'yours', yours, 'theirs', setting.value,
        'by', setting.updated_by, 'at', setting.updated_at);
      continue;
    end if;
    update public.settings set value = yours where id = setting.id;
    applied := applied || to_jsonb(setting.key);
  end loop;
  return jsonb_build_object('applied', applied, 'conflicts', conflicts);
end
$$;
comment on function private.save_settings(uuid, jsonb, jsonb) is 'See public.save_settings.';

create function public.save_settings(org_id uuid, changes jsonb, seen jsonb default '{}')
returns jsonb
language sql
set search_path = ''
as $$ select private.save_settings(org_id, changes, seen) $$;
comment on function public.save_settings(uuid, jsonb, jsonb) is
  'Changes settings {key: value}, null for the default, each only where it still is what the person saw; all or none when a value does not fit: {applied: [key], conflicts: [{key, yours, theirs, by, at}]}. PT400 invalid_patch, PT403 settings_update_denied, PT404 organization_not_found, PT409 second_factor_first, PT422 unknown_setting, invalid_setting {field, problem}.';

grant execute on function
  private.setting(uuid, text)
to service_role;
grant execute on function
  private.organization_settings(uuid), private.save_settings(uuid, jsonb, jsonb),
  public.organization_settings(uuid), public.save_settings(uuid, jsonb, jsonb)
to authenticated;

-- The settings of the foundation ---------------------------------------------------------------------------------

select private.add_settings('[
  {"key": "region.time_zone", "type": "string", "default": "UTC", "is_time_zone": true, "maximum": 64,
    "description": "Time zone in which the days of the organisation begin; also for people who join without having chosen one."},
  {"key": "region.language", "type": "string", "default": "en", "allowed": ["en", "ar"],
    "description": "Language of people who join without having chosen one."},
  {"key": "products.active_limit", "type": "integer", "default": "3", "minimum": 0, "maximum": 1000,
    "description": "How many products can be active at the same time."},
  {"key": "security.require_second_factor", "type": "boolean", "default": "false",
    "description": "Whether members have to sign in with a second factor."},
  {"key": "trash.retention_days", "type": "integer", "default": "30", "minimum": 1, "maximum": 365,
    "description": "For how many days what was deleted can be restored."}
]');

create view private.guarded_organizations as
  select stored.org_id
  from public.settings as stored
  where stored.key = 'security.require_second_factor' and stored.value = 'true';
comment on view private.guarded_organizations is
  'Organisations that give nothing to sessions without a second factor. Read by private.grants_of and private.my_orgs.';
comment on column private.guarded_organizations.org_id is 'The organisation.';

create trigger settings_after_update_guard after update of value on public.settings
  for each row when (new.key = 'security.require_second_factor' and old.value <> new.value) execute function private.tell_members('org_id');
comment on trigger settings_after_update_guard on public.settings is 'Tells the members that their sessions may be good for less, or more.';

create function private.take_over_region()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- What a person told at sign-up is theirs to keep, and so is what another organisation gave them.
  update public.profiles as profile
  set timezone = case when told.meta operator(pg_catalog.?) 'timezone' then profile.timezone else private.setting(new.org_id, 'region.time_zone') end,
    locale = case when told.meta operator(pg_catalog.?) 'locale' then profile.locale else private.setting(new.org_id, 'region.language') end
  from (
    select case when jsonb_typeof(account.raw_user_meta_data::jsonb) = 'object' then account.raw_user_meta_data::jsonb else '{}' end as meta
    from auth.users as account where account.id = new.user_id
  ) as told
  where profile.id = new.user_id and profile.timezone = 'UTC' and profile.locale = 'en'
    and not exists (
      select from public.memberships as other where other.user_id = new.user_id and other.org_id <> new.org_id
    );
  return null;
end
$$;
comment on function private.take_over_region() is 'After someone joins their first organisation: its time zone and language, where they told none themselves.';
create trigger memberships_after_insert_region after insert on public.memberships
  for each row execute function private.take_over_region();
comment on trigger memberships_after_insert_region on public.memberships is 'Gives who joins the region of the organisation.';
