-- Leaving: who may take someone out of an organisation, and going oneself.

create function private.check_member_change()
returns trigger
language plpgsql
set search_path = ''
as $$
declare
  needed constant text := case tg_op when 'DELETE' then 'members:delete' else 'members:update' end;
begin
  -- Runs as the caller: what follows binds people, not the jobs and functions of the database.
  if current_user = 'authenticated' and old.user_id is distinct from auth.uid() and private.has_permission(old.org_id, needed)
    and exists (
      select from public.member_roles as held
      where held.org_id = old.org_id and held.user_id = old.user_id
        and private.permissions_beyond(auth.uid(), held.org_id, held.role_id) is not null
    )
  then
    perform private.fail(403, 'member_exceeds_you', 'This person may do more than you. Somebody who may do as much has to do this.');
  end if;
  return case tg_op when 'DELETE' then old else new end;
end
$$;
comment on function private.check_member_change() is
  'Before a member is deactivated, reactivated or removed: not by someone who may do less than they.';
create trigger memberships_before_update_rank before update of is_active on public.memberships
  for each row when (old.is_active is distinct from new.is_active) execute function private.check_member_change();
comment on trigger memberships_before_update_rank on public.memberships is 'Nobody deactivates or brings back who may do more than they.';
create trigger memberships_before_delete_rank before delete on public.memberships
  for each row execute function private.check_member_change();
comment on trigger memberships_before_delete_rank on public.memberships is 'Nobody removes who may do more than they.';

create function private.check_own_line()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  newly_below boolean;
begin
  if auth.uid() is null or not private.holds_partly(new.org_id, '{territory,own}') then
    return new; -- whoever reaches everything gains nothing by it
  end if;
  with recursive above as (
    select new.manager_id as user_id, true as is_new
    union
    select old.manager_id, false
    union
    select membership.manager_id, above.is_new from public.memberships as membership
    join above on membership.org_id = new.org_id and membership.user_id = above.user_id
  )
  select coalesce(bool_or(above.is_new) and bool_and(above.is_new), false) into newly_below
  from above where above.user_id = auth.uid();
  if newly_below then
    perform private.fail(403, 'reach_exceeds_yours',
      'This would show you more than you see now. Somebody who sees all of it has to do this.', '{"field": "manager_id"}');
  end if;
  return new;
end
$$;
comment on function private.check_own_line() is
  'Before a member gets another manager: nobody whose permissions follow the reporting line puts people below themselves. PT403 reach_exceeds_yours.';
-- By its name after the trigger that lets changes of the line happen one after the other.
create trigger memberships_before_write_reach before update of manager_id on public.memberships
  for each row when (new.manager_id is distinct from old.manager_id and new.manager_id is not null)
  execute function private.check_own_line();
comment on trigger memberships_before_write_reach on public.memberships is 'Nobody widens their own reach.';

create function private.check_role_removal()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if current_user = 'authenticated' and private.has_permission(old.org_id, 'roles:assign')
    and private.permissions_beyond(auth.uid(), old.org_id, old.role_id) is not null
  then
    perform private.fail(403, 'role_exceeds_yours', 'You can only take away roles that allow no more than your own.');
  end if;
  return old;
end
$$;
comment on function private.check_role_removal() is 'Before delete: nobody takes away a role they could not give.';
create trigger member_roles_before_delete_rank before delete on public.member_roles
  for each row execute function private.check_role_removal();
comment on trigger member_roles_before_delete_rank on public.member_roles is 'Refuses taking away roles that allow more than one''s own.';

create function private.leave_organization(org_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  if private.present_person() is null then
    perform private.fail(401, 'not_signed_in', 'Sign in first.');
  end if;
  perform private.refuse_while_viewing();
  delete from public.memberships as membership
  where membership.org_id = leave_organization.org_id and membership.user_id = auth.uid()
    -- Not by private.my_orgs: who has no second factor where one is asked for may still go.
    and membership.is_active and exists (select from public.organizations where id = leave_organization.org_id and deleted_at is null);
  if not found then
    perform private.fail(404, 'organization_not_found', 'You are not a member of this organisation.');
  end if;
end
$$;
comment on function private.leave_organization(uuid) is 'See public.leave_organization.';

create function public.leave_organization(org_id uuid)
returns void
language sql
set search_path = ''
as $$ select private.leave_organization(org_id) $$;
comment on function public.leave_organization(uuid) is
  'Ends the caller''s own membership; what they owned has no owner then. PT404 organization_not_found, PT409 last_admin.';

grant execute on function private.leave_organization(uuid), public.leave_organization(uuid) to authenticated;

-- Names that stay ------------------------------------------------------------------------------------------

create index audit_log_ended_memberships_idx on public.audit_log (org_id) where table_name = 'memberships' and action = 'delete';
comment on index public.audit_log_ended_memberships_idx is 'Who has left, in a trail of millions: every page of an organisation asks.';

create function private.former_members(org_id uuid)
returns table (user_id uuid, first_name text, last_name text)
language plpgsql
stable security definer
set search_path = ''
as $$
#variable_conflict use_column
begin
  if not private.has_permission(former_members.org_id, 'members:read') then
    return;
  end if;
  return query
  select profile.id, profile.first_name, profile.last_name
  from public.profiles as profile
  where profile.id in (
    select (ended.old_values ->> 'user_id')::uuid
    from public.audit_log as ended
    where ended.org_id = former_members.org_id and ended.table_name = 'memberships' and ended.action = 'delete'
  ) and not exists (
    select from public.memberships as membership where membership.org_id = former_members.org_id and membership.user_id = profile.id
  )
  order by profile.id
  limit 1000;
end
$$;
comment on function private.former_members(uuid) is 'See public.former_members.';

create function public.former_members(org_id uuid)
returns table (user_id uuid, first_name text, last_name text)
language sql
stable
set search_path = ''
as $$ select * from private.former_members(org_id) $$;
comment on function public.former_members(uuid) is
  'Names of people whose membership has ended, at most 1,000: what they did stays theirs in timelines, histories and the trail. Nothing else of them, and nobody, for who may not see members.';

grant execute on function private.former_members(uuid), public.former_members(uuid) to authenticated;
