-- Handing over: what someone looks after goes to somebody else, in portions that each are quickly done.

create function private.hand_over(org_id uuid, from_user uuid, to_user uuid)
returns table (handed_over integer, remaining integer)
language plpgsql
security definer
set search_path = ''
as $$
declare
  -- Each takes about a millisecond with all that is kept and told of a change; a request may take eight seconds.
  portion constant integer := 1000;
  organization constant uuid := hand_over.org_id;
begin
  -- Rows of others are handed over by who may assign all of them, asked once and not for each.
  perform private.require_permission(organization, 'customers:assign', 'Your role does not allow giving all customers to other owners.');
  if not exists (
    select from public.memberships as membership where membership.org_id = organization and membership.user_id = from_user
  ) then
    perform private.fail(404, 'member_not_found', 'This person is not a member of the organisation.', '{"field": "from_user"}');
  end if;
  if to_user is null or to_user = from_user or not private.is_active_member(organization, to_user) then
    perform private.fail(422, 'owner_inactive', 'Choose another active member of the organisation.', '{"field": "to_user"}');
  end if;
  if to_user = any (private.with_reports(auth.uid(), organization))
    and organization not in (select private.orgs_with('customers:read'))
  then
    perform private.fail(403, 'reach_exceeds_yours',
      'This would show you more than you see now. Somebody who sees all of it has to do this.', '{"field": "to_user"}');
  end if;
  -- As a list, so that they are found by their keys; locked by id, as bulk edits lock theirs, so that neither waits for the other
  -- while the other waits for it.
  update public.customers as customer set owner_id = to_user
  where customer.owner_id = from_user and customer.id = any (array(
    select owned.id from public.customers as owned where owned.org_id = organization and owned.owner_id = from_user
    order by owned.id limit portion for update
  ));
  get diagnostics handed_over = row_count;
  select count(*) into remaining from public.customers as customer where customer.org_id = organization and customer.owner_id = from_user;
  return next;
end
$$;
comment on function private.hand_over(uuid, uuid, uuid) is 'See public.hand_over.';

create function public.hand_over(org_id uuid, from_user uuid, to_user uuid)
returns table (handed_over integer, remaining integer)
language sql
set search_path = ''
as $$ select * from private.hand_over(org_id, from_user, to_user) $$;
comment on function public.hand_over(uuid, uuid, uuid) is
  'Gives up to 1,000 of the customers one member owns, archived and trashed ones too, to another, and tells how many that were and how many remain: call again until none do. Needs customers:assign for the whole organisation. PT403 customers_assign_denied, reach_exceeds_yours (to oneself or below, by who does not read all), PT404 organization_not_found, member_not_found, PT422 owner_inactive.';

grant execute on function private.hand_over(uuid, uuid, uuid), public.hand_over(uuid, uuid, uuid) to authenticated;
