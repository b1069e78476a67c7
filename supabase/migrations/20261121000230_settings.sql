-- Settings: typed configuration of an organisation.

select private.add_permissions('[
  {"key": "settings:update", "description": "Change settings of the organisation."}
]');

create type public.setting_value_type as enum ('string', 'integer', 'number', 'boolean', 'json', 'date');
comment on type public.setting_value_type is 'How the text of a setting is to be read; checked on write.';

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
select private.announce_changes_of('public.settings', 'org:{org_id}');

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
