-- Organisations, people, and who belongs where.

-- Organisations ------------------------------------------------------------------------------------------

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
  deleted_at timestamptz,
  deleted_by uuid
);
create index organizations_created_by_idx on public.organizations (created_by);
create index organizations_deleted_idx on public.organizations (deleted_at) where deleted_at is not null;

comment on table public.organizations is 'A customer of ours: the tenant. Every business row belongs to exactly one.';
comment on column public.organizations.name is 'Name as people know it.';
comment on column public.organizations.slug is 'Name in web addresses; stays the same when the name changes.';
comment on column public.organizations.currency is 'Currency proposed for new amounts.';

grant select on public.organizations to authenticated;
grant update (name, currency) on public.organizations to authenticated;
grant select, insert, update, delete on public.organizations to service_role;

alter table public.organizations enable row level security;
create policy organizations_select_member on public.organizations for select to authenticated
  using (id = any (array(select private.my_orgs())));
comment on policy organizations_select_member on public.organizations is 'Members see their organisations.';
create policy organizations_update_permitted on public.organizations for update to authenticated
  using (id = any (array(select private.orgs_with('organizations:update'))))
  with check (id = any (array(select private.orgs_with('organizations:update'))));
comment on policy organizations_update_permitted on public.organizations is 'Needs organizations:update. New organisations come from create_organization.';

select private.add_standard_triggers('public.organizations');
select private.announce_changes_of('public.organizations', 'org:{id}');

-- Profiles -----------------------------------------------------------------------------------------------

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

grant select on public.profiles to authenticated;
grant update (first_name, last_name, avatar_color, locale, timezone, last_seen_at) on public.profiles to authenticated;
grant select, insert, update, delete on public.profiles to service_role;

alter table public.profiles enable row level security;
create policy profiles_select_self_or_colleague on public.profiles for select to authenticated
  using (id = (select private.present_person()) or id = any (array(select private.my_colleagues())));
comment on policy profiles_select_self_or_colleague on public.profiles is 'Oneself, and the people of organisations whose members one may read.';
create policy profiles_update_self on public.profiles for update to authenticated
  using (id = (select private.present_person())) with check (id = (select private.present_person()));
comment on policy profiles_update_self on public.profiles is 'Everyone keeps their own profile.';

select private.add_standard_triggers('public.profiles');
select private.announce_changes_of('public.profiles', 'user:{id}');

-- Profiles follow accounts -------------------------------------------------------------------------------
create function private.known_timezone(name text)
returns text
language plpgsql
stable
set search_path = ''
as $$
begin
  -- Postgres also reads rules such as 'UTC+3' and abbreviations such as 'PDT', over which a browser fails.
  if name !~ '^[A-Za-z]+([/_+-][A-Za-z0-9]+)*$' or name ~* '^(factory|localtime|posixrules|posix/.*|right/.*)$' or char_length(name) > 64
    or not exists (select from pg_catalog.pg_timezone_names as zone where lower(zone.name) = lower(known_timezone.name)) then
    return null;
  end if;
  return name;
end
$$;
comment on function private.known_timezone(text) is 'The time zone if Postgres and browsers know it by this name, otherwise null.';

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

-- Memberships --------------------------------------------------------------------------------------------

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

grant select on public.memberships to authenticated;
grant update (is_active, title, team, manager_id), delete on public.memberships to authenticated;
grant select, insert, update, delete on public.memberships to service_role;

alter table public.memberships enable row level security;
create policy memberships_select_self_or_permitted on public.memberships for select to authenticated
  using (user_id = (select private.present_person()) or org_id = any (array(select private.orgs_with('members:read'))));
comment on policy memberships_select_self_or_permitted on public.memberships is 'One''s own, and all of an organisation with members:read.';
create policy memberships_update_permitted on public.memberships for update to authenticated
  using (org_id = any (array(select private.orgs_with('members:update'))))
  with check (org_id = any (array(select private.orgs_with('members:update'))));
comment on policy memberships_update_permitted on public.memberships is 'Needs members:update.';
create policy memberships_delete_permitted on public.memberships for delete to authenticated
  using (org_id = any (array(select private.orgs_with('members:delete'))));
comment on policy memberships_delete_permitted on public.memberships is 'Needs members:delete.';

select private.add_standard_triggers('public.memberships');
select private.announce_changes_of('public.memberships', 'org:{org_id}');

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

create function private.tell_access_changed(organization uuid, person uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform realtime.send(jsonb_build_object('org_id', organization, 'user_id', person, 'at', now()),
    'membership_changed', 'user:' || person, true);
end
$$;
comment on function private.tell_access_changed(uuid, uuid) is
  'Tells a person that what they may do in an organisation has changed: membership_changed, upon which their screens ask again.';

create function private.tell_members()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  organization constant uuid := (to_jsonb(new) ->> tg_argv[0])::uuid;
begin
  perform private.tell_access_changed(organization, membership.user_id)
  from public.memberships as membership
  where membership.org_id = organization and membership.is_active;
  return null;
exception when others then
  raise warning 'telling the members of organisation % failed: %', organization, sqlerrm;
  return null;
end
$$;
comment on function private.tell_members() is
  'After something that concerns the access of a whole organisation, whose id stands in the column the trigger names: membership_changed to every active member.';

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
