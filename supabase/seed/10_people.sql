-- Demo data, part 1: two organisations and their twelve people.
--
-- The accounts have no password: nobody can sign in as them until the local stack, which finds them by their mark `demo`,
-- sets one that it generates at its first start.
-- Every part looks first whether its rows exist and then does nothing, so that what people changed meanwhile stays.
-- Ids are derived from names, hence equal wherever and whenever the seed runs.

create or replace function pg_temp.demo_id(name text) returns uuid language sql immutable as
$$ select overlay(overlay(md5('tandem demo ' || name) placing '8' from 13) placing 'a' from 17)::uuid $$;

create temporary table if not exists demo_people (
  key text primary key,
  org text not null,
  first_name text not null,
  last_name text not null,
  email text not null,
  role text not null,
  team text not null,
  title text not null,
  manager text,
  color text not null,
  locale text not null,
  timezone text not null
);
truncate demo_people;

insert into demo_people values
  ('nadia', 'Nile & Rhine Trading', 'Nadia', 'Haddad', 'nadia@tandem.example', 'admin', 'Sales', 'Managing Director', null, '#1d4ed8', 'en', 'Europe/Berlin'),
  ('jonas', 'Nile & Rhine Trading', 'Jonas', 'Weber', 'jonas@tandem.example', 'manager', 'Sales', 'Head of Sales', 'nadia', '#b91c1c', 'en', 'Europe/Berlin'),
  ('clara', 'Nile & Rhine Trading', 'Clara', 'Lindqvist', 'clara@tandem.example', 'sales', 'Sales', 'Account Executive', 'jonas', '#15803d', 'en', 'Europe/Stockholm'),
  ('ines', 'Nile & Rhine Trading', 'Inès', 'Moreau', 'ines@tandem.example', 'marketing', 'Sales', 'Marketing Manager', 'nadia', '#a21caf', 'en', 'Europe/Paris'),
  ('karim', 'Nile & Rhine Trading', 'Karim', 'Mansour', 'karim@tandem.example', 'district_manager', 'Field force', 'District Manager', 'nadia', '#c2410c', 'en', 'Africa/Cairo'),
  ('salma', 'Nile & Rhine Trading', 'Salma', 'Farouk', 'salma@tandem.example', 'medical_rep', 'Field force', 'Medical Representative', 'karim', '#0e7490', 'en', 'Africa/Cairo'),
  ('youssef', 'Nile & Rhine Trading', 'Youssef', 'Adel', 'youssef@tandem.example', 'medical_rep', 'Field force', 'Medical Representative', 'karim', '#6d28d9', 'en', 'Africa/Cairo'),
  ('hanna', 'Nile & Rhine Trading', 'Hanna', 'Kowalska', 'hanna@tandem.example', 'manager', 'Delivery', 'Delivery Manager', 'nadia', '#be185d', 'en', 'Europe/Warsaw'),
  ('omar', 'Nile & Rhine Trading', 'Omar', 'Said', 'omar@tandem.example', 'sales', 'Delivery', 'Integration Consultant', 'hanna', '#a16207', 'en', 'Africa/Cairo'),
  ('lena', 'Nile & Rhine Trading', 'Lena', 'Fischer', 'lena@tandem.example', 'viewer', 'Delivery', 'Controller', 'hanna', '#4d7c0f', 'en', 'Europe/Zurich'),
  ('kadri', 'Baltic Timber Works', 'Kadri', 'Tamm', 'kadri@baltic-timber.example', 'admin', 'Timber', 'Owner', null, '#0f766e', 'en', 'Europe/Tallinn'),
  ('andris', 'Baltic Timber Works', 'Andris', 'Ozols', 'andris@baltic-timber.example', 'sales', 'Timber', 'Sales Representative', 'kadri', '#4338ca', 'en', 'Europe/Riga');

do $seed$
declare
  today constant date := (now() at time zone 'utc')::date;
  founded constant timestamptz := (today - 210 + time '09:00') at time zone 'utc';
begin
  if exists (select from public.organizations where id = pg_temp.demo_id('Nile & Rhine Trading')) then
    return;
  end if;

  -- Empty strings, not null, for the tokens: the hosted Auth server reads them so.
  insert into auth.users (
    id, aud, role, email, encrypted_password, email_confirmed_at, raw_app_meta_data, raw_user_meta_data, created_at, updated_at,
    confirmation_token, recovery_token, email_change, email_change_token_new
  )
  select
    pg_temp.demo_id('person ' || key), 'authenticated', 'authenticated', email, '', founded,
    '{"provider": "email", "providers": ["email"], "demo": true}',
    jsonb_build_object('sub', pg_temp.demo_id('person ' || key), 'email', email, 'email_verified', true, 'phone_verified', false,
      'first_name', first_name, 'last_name', last_name, 'locale', locale, 'timezone', timezone),
    founded, founded, '', '', '', ''
  from demo_people
  on conflict (id) do nothing;

  if exists (
    select from information_schema.columns where table_schema = 'auth' and table_name = 'users' and column_name = 'instance_id'
  ) then
    -- Only the hosted Auth server has this column, and finds nobody without it.
    execute $sql$
      update auth.users set instance_id = '00000000-0000-0000-0000-000000000000'
      where instance_id is null and id in (select pg_temp.demo_id('person ' || key) from demo_people)
    $sql$;
  end if;

  insert into auth.identities (id, provider, provider_id, user_id, identity_data, created_at, updated_at)
  select
    pg_temp.demo_id('identity ' || key), 'email', pg_temp.demo_id('person ' || key)::text, pg_temp.demo_id('person ' || key),
    jsonb_build_object('sub', pg_temp.demo_id('person ' || key), 'email', email, 'email_verified', true, 'phone_verified', false),
    founded, founded
  from demo_people
  on conflict (provider, provider_id) do nothing;

  -- A trigger made the profiles from the accounts; the colours are chosen so that twelve people are told apart.
  update public.profiles as profile
  set avatar_color = person.color
  from demo_people as person
  where profile.id = pg_temp.demo_id('person ' || person.key) and profile.avatar_color <> person.color;

  insert into public.organizations (id, name, slug, currency, created_at, updated_at, created_by)
  values
    (pg_temp.demo_id('Nile & Rhine Trading'), 'Nile & Rhine Trading', 'nile-rhine', 'EUR', founded, founded, pg_temp.demo_id('person nadia')),
    (pg_temp.demo_id('Baltic Timber Works'), 'Baltic Timber Works', 'baltic-timber', 'EUR', founded, founded, pg_temp.demo_id('person kadri'));

  insert into public.roles (id, org_id, key, name, description, is_system, created_at, updated_at)
  select pg_temp.demo_id('role ' || org.name || ' ' || role.key), org.id, role.key, role.name, role.description, true, founded, founded
  from public.organizations as org
  cross join private.system_roles as role
  where org.id in (pg_temp.demo_id('Nile & Rhine Trading'), pg_temp.demo_id('Baltic Timber Works'));

  perform private.provide_system_roles(org.id), private.provide_settings(org.id)
  from public.organizations as org
  where org.id in (pg_temp.demo_id('Nile & Rhine Trading'), pg_temp.demo_id('Baltic Timber Works'));

  -- In one statement, because managers are members themselves.
  insert into public.memberships (id, org_id, user_id, title, team, manager_id, created_at, updated_at, created_by)
  select
    pg_temp.demo_id('membership ' || key), pg_temp.demo_id(org), pg_temp.demo_id('person ' || key), title, team,
    case when manager is not null then pg_temp.demo_id('person ' || manager) end,
    founded, founded, pg_temp.demo_id('person ' || coalesce(manager, key))
  from demo_people;

  insert into public.member_roles (id, org_id, user_id, role_id, assigned_by, created_at, updated_at, created_by)
  select
    pg_temp.demo_id('member role ' || key), pg_temp.demo_id(org), pg_temp.demo_id('person ' || key),
    pg_temp.demo_id('role ' || org || ' ' || role), pg_temp.demo_id('person ' || case org when 'Baltic Timber Works' then 'kadri' else 'nadia' end),
    founded, founded, pg_temp.demo_id('person ' || case org when 'Baltic Timber Works' then 'kadri' else 'nadia' end)
  from demo_people;
end
$seed$;
