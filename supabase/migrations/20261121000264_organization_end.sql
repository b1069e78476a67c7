-- The end of an organisation: deleted by name, restorable for thirty days, then gone.

select private.add_permissions('[
  {"key": "organizations:delete", "description": "Delete the organisation with everything in it, and restore it within 30 days."}
]');

create function private.restorable_for()
returns interval
language sql
immutable
set search_path = ''
as $$ select interval '30 days' $$;
comment on function private.restorable_for() is 'How long a deleted organisation can be restored.';

create function private.may_end_organization(person uuid, organization uuid)
returns boolean
language sql
stable security definer
set search_path = ''
as $$
  -- The usual helpers know no deleted organisations.
  select exists (
    select from public.memberships as membership
    join public.member_roles as held on held.org_id = membership.org_id and held.user_id = membership.user_id
    join public.role_permissions as granted on granted.org_id = held.org_id and granted.role_id = held.role_id
    where membership.org_id = organization and membership.user_id = person and membership.is_active
      and granted.permission = 'organizations:delete' and granted.scope = 'all'
  ) and (private.assurance_of(auth.jwt()) = 2 or not exists (
    select from private.guarded_organizations as guarded where guarded.org_id = organization
  ))
$$;
comment on function private.may_end_organization(uuid, uuid) is
  'Whether the person behind the request may restore an organisation once it is deleted; with a second factor, if it asks for one.';

create function private.delete_organization(org_id uuid, typed_name text)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  organization public.organizations;
begin
  -- Before the row is locked, so that nobody else holds it up, and again after it was waited for.
  perform private.require_permission(delete_organization.org_id, 'organizations:delete');
  select * into organization from public.organizations as one where one.id = delete_organization.org_id for update;
  perform private.require_permission(organization.id, 'organizations:delete');
  if btrim(coalesce(typed_name, '')) <> btrim(organization.name) then
    perform private.fail(422, 'name_differs', 'Type the name of the organisation exactly as it is written.', '{"field": "typed_name"}');
  end if;
  update public.organizations set deleted_at = now(), deleted_by = auth.uid() where id = organization.id;
end
$$;
comment on function private.delete_organization(uuid, text) is 'See public.delete_organization.';

create function public.delete_organization(org_id uuid, typed_name text)
returns void
language sql
set search_path = ''
as $$ select private.delete_organization(org_id, typed_name) $$;
comment on function public.delete_organization(uuid, text) is
  'Takes an organisation away from everyone at once; for 30 days whoever may delete it can restore it. Needs organizations:delete and the name, typed. PT403 organizations_delete_denied, PT404 organization_not_found, PT422 name_differs.';

create function private.restore_organization(org_id uuid)
returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  organization public.organizations;
begin
  if private.present_person() is null then
    perform private.fail(401, 'not_signed_in', 'Sign in first.');
  end if;
  -- Locked only for who may restore it; asked again below, since waiting takes time.
  select * into organization from public.organizations as one
  where one.id = restore_organization.org_id and private.may_end_organization(auth.uid(), one.id) for update;
  if organization.id is null or not private.may_end_organization(auth.uid(), organization.id)
    or organization.deleted_at <= now() - private.restorable_for()
  then
    perform private.fail(404, 'organization_not_found', 'There is no such organisation, or it can no longer be restored.');
  end if;
  update public.organizations set deleted_at = null, deleted_by = null where id = organization.id and deleted_at is not null;
  return organization.slug;
end
$$;
comment on function private.restore_organization(uuid) is 'See public.restore_organization.';

create function public.restore_organization(org_id uuid)
returns text
language sql
set search_path = ''
as $$ select private.restore_organization(org_id) $$;
comment on function public.restore_organization(uuid) is
  'Gives a deleted organisation back to its members and tells its address. Safe to repeat. For whoever may delete it, within 30 days. PT404 organization_not_found.';

create function private.deleted_organizations()
returns table (id uuid, name text, slug text, deleted_at timestamptz, deleted_by text, purged_at timestamptz)
language sql
stable security definer
set search_path = ''
as $$
  select organization.id, organization.name, organization.slug, organization.deleted_at, private.display_name(organization.deleted_by),
    organization.deleted_at + private.restorable_for()
  from public.memberships as membership
  join public.organizations as organization on organization.id = membership.org_id
  where membership.user_id = (select private.present_person()) and organization.deleted_at > now() - private.restorable_for()
    and private.may_end_organization(auth.uid(), organization.id)
  order by organization.deleted_at desc, organization.id
$$;
comment on function private.deleted_organizations() is 'See public.deleted_organizations.';

create function public.deleted_organizations()
returns table (id uuid, name text, slug text, deleted_at timestamptz, deleted_by text, purged_at timestamptz)
language sql
stable
set search_path = ''
as $$ select * from private.deleted_organizations() $$;
comment on function public.deleted_organizations() is
  'The deleted organisations that the caller can restore, with the name of who deleted them and the moment they are gone for good.';

grant execute on function
  private.delete_organization(uuid, text), private.restore_organization(uuid), private.deleted_organizations(),
  public.delete_organization(uuid, text), public.restore_organization(uuid), public.deleted_organizations()
to authenticated;

-- Telling the members --------------------------------------------------------------------------------------

create trigger organizations_after_update_end after update of deleted_at on public.organizations
  for each row when ((old.deleted_at is null) <> (new.deleted_at is null)) execute function private.tell_members('id');
comment on trigger organizations_after_update_end on public.organizations is 'Tells the members that the organisation has gone or come back.';

-- Gone for good --------------------------------------------------------------------------------------------

create function private.purge_organizations()
returns integer
language plpgsql
security definer
set search_path = ''
as $$
declare
  gone uuid;
  purged integer := 0;
begin
  for gone in
    select id from public.organizations where deleted_at <= now() - private.restorable_for() order by deleted_at limit 5 for update skip locked
  loop
    -- Customers go first, because what they lie in and refer to may not go before them; the rest goes with the organisation.
    delete from public.customers where org_id = gone;
    delete from public.organizations where id = gone;
    purged := purged + 1;
  end loop;
  return purged;
end
$$;
comment on function private.purge_organizations() is
  'Removes organisations deleted more than 30 days ago with all their rows, a few at a time; gives how many. Run every night.';

do $$
begin
  if exists (select from pg_catalog.pg_available_extensions where name = 'pg_cron') then
    create extension if not exists pg_cron;
  end if;
  perform cron.schedule('purge-organizations', '17 3 * * *', 'select private.purge_organizations()');
end
$$;
