-- Founding an organisation: its address, roles, settings and first admin.

create function private.free_slug(name text)
returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  -- Addresses of the app itself: an organisation of that name would hide them.
  reserved constant text[] := array['account', 'api', 'auth', 'auth-confirm', 'forgot-password', 'functions', 'invitations', 'language', 'new-organization', 'realtime',
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
  person constant uuid := private.present_person();
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

create function public.create_organization(name text, currency char(3) default 'EUR')
returns public.organizations
language sql
set search_path = ''
as $$ select * from private.create_organization(name, currency) $$;
comment on function public.create_organization(text, char) is
  'Founds an organisation: address, system roles, default settings, and the caller as its admin. PT422 invalid_value, PT429 too_many_organizations (20 per person).';

grant execute on function private.create_organization(text, text) to authenticated;
grant execute on function public.create_organization(text, char) to authenticated, service_role;
