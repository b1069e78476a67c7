-- Who holds which permission where, narrowed to what the request is good for. Everything is looked up live, so that taking
-- it away works at the next statement.

create type public.permission_scope as enum ('all', 'territory', 'own');
comment on type public.permission_scope is
  'How far a permission reaches, widest first: the whole organisation; what lies in one''s territories, besides what is one''s own; one''s own rows and those of one''s reports.';

-- Narrowing ----------------------------------------------------------------------------------------------

create function private.viewing_as()
returns uuid
language plpgsql
stable security definer
set search_path = ''
as $$
declare
  given text;
begin
  -- Looked for as text first: hardly any request has the header, and reading all of them as JSON takes longer.
  if strpos(coalesce(current_setting('request.headers', true), ''), 'x-tandem-view-as') = 0 then
    return null;
  end if;
  given := private.request_header('x-tandem-view-as');
  if given is null or not pg_catalog.pg_input_is_valid(given, 'uuid') then
    return null;
  end if;
  return (
    select viewed.id
    from public.roles as viewed
    join public.organizations as organization on organization.id = viewed.org_id and organization.deleted_at is null
    join public.memberships as membership
      on membership.org_id = viewed.org_id and membership.user_id = auth.uid() and membership.is_active
    where viewed.id = given::uuid and exists (
      select from public.member_roles as held
      join public.roles as role on role.org_id = held.org_id and role.id = held.role_id and role.key = 'admin' and role.is_system
      where held.org_id = viewed.org_id and held.user_id = membership.user_id
    )
  );
end
$$;
comment on function private.viewing_as() is
  'The role through which an admin looks at their organisation, named by the request header x-tandem-view-as; null for everyone else and for anything that is no such role.';

create function private.key_organization()
returns uuid
language plpgsql
stable
set search_path = ''
as $$
declare
  claims constant jsonb := auth.jwt();
begin
  if not coalesce(claims ? 'api_key_id', false) or not pg_catalog.pg_input_is_valid(coalesce(claims ->> 'org_id', ''), 'uuid') then
    return null;
  end if;
  return (claims ->> 'org_id')::uuid;
end
$$;
comment on function private.key_organization() is 'The one organisation that the API key behind the request is good for; null for people.';

create type private.held_grant as (org_id uuid, scope public.permission_scope);
comment on type private.held_grant is 'An organisation in which a permission is held, and how far it reaches there.';

create function private.grants_of(person uuid, wanted text)
returns private.held_grant[]
language plpgsql
stable security definer
set search_path = ''
as $$
declare
  claims constant jsonb := auth.jwt();
  viewed uuid;
  only_org uuid;
  assured integer := 2;
begin
  -- Narrowing concerns the request, hence its caller alone.
  if person::text = claims ->> 'sub' then
    assured := private.assurance_of(claims);
    if assured = 0 then
      return '{}';
    end if;
  end if;
  -- Hardly any is narrowed further, so that is looked for at little cost.
  if person::text = claims ->> 'sub'
    and (claims ? 'api_key_id' or strpos(coalesce(current_setting('request.headers', true), ''), 'x-tandem-view-as') > 0)
  then
    if claims ? 'api_key_id' then
      if not coalesce(claims -> 'scopes' ? wanted, false) then
        return '{}';
      end if;
      only_org := private.key_organization();
    end if;
    viewed := private.viewing_as();
    if viewed is not null then
      return array(
        select (granted.org_id, granted.scope)::private.held_grant
        from public.role_permissions as granted
        where granted.role_id = viewed and granted.permission = wanted and wanted like '%:read'
          and (assured = 2 or not exists (select from private.guarded_organizations as guarded where guarded.org_id = granted.org_id))
      );
    end if;
  end if;
  return array(
    select (held.org_id, held.scope)::private.held_grant
    from private.held_permissions as held
    where held.user_id = person and held.permission = wanted and (only_org is null or held.org_id = only_org)
      and (assured = 2 or not exists (select from private.guarded_organizations as guarded where guarded.org_id = held.org_id))
  );
end
$$;
comment on function private.grants_of(uuid, text) is
  'Where and how far a person holds a permission today, once for each role that gives it: the source of every answer about access (private.orgs_with asks the same of a session in one query). For the caller it is narrowed to what the session is good for (private.assurance), to the scopes of an API key, and to reading while an admin views the app as another role. A list, not rows: every statement asks for it up to three times, and handing on rows takes half as long again.';
