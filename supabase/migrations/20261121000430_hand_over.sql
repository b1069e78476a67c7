-- Handing over: what someone looks after goes to somebody else, all at once.

create function private.hand_over(org_id uuid, from_user uuid, to_user uuid)
returns integer
language plpgsql
security definer
set search_path = ''
as $$
declare
  organization constant uuid := hand_over.org_id;
  handed_over integer;
begin
  if auth.uid() is null then
    perform private.fail(401, 'not_signed_in', 'Sign in first.');
  end if;
  if organization is null or organization not in (select private.my_orgs()) then
    perform private.fail(404, 'organization_not_found', 'There is no such organisation, or you are not a member.');
  end if;
  if not exists (
    select from public.memberships as membership where membership.org_id = organization and membership.user_id = from_user
  ) then
    perform private.fail(404, 'member_not_found', 'This person is not a member of the organisation.', '{"field": "from_user"}');
  end if;
  if to_user is null or to_user = from_user or not private.is_active_member(organization, to_user) then
    perform private.fail(422, 'owner_inactive', 'Choose another active member of the organisation.', '{"field": "to_user"}');
  end if;
  -- Rows of others are handed over by who may assign all of them, asked once and not for each.
  if organization not in (select private.orgs_with('customers:assign')) then
    perform private.fail(403, 'customers_assign_denied', 'Your role does not allow giving all customers to other owners.',
      '{"permission": "customers:assign"}');
  end if;
  update public.customers as customer set owner_id = to_user where customer.org_id = organization and customer.owner_id = from_user;
  get diagnostics handed_over = row_count;
  return handed_over;
end
$$;
comment on function private.hand_over(uuid, uuid, uuid) is 'See public.hand_over.';

create function public.hand_over(org_id uuid, from_user uuid, to_user uuid)
returns integer
language sql
set search_path = ''
as $$ select private.hand_over(org_id, from_user, to_user) $$;
comment on function public.hand_over(uuid, uuid, uuid) is
  'Gives every customer one member owns, archived and trashed ones too, to another, and tells how many. Needs customers:assign for the whole organisation. PT403 customers_assign_denied, PT404 organization_not_found, member_not_found, PT422 owner_inactive.';

grant execute on function private.hand_over(uuid, uuid, uuid), public.hand_over(uuid, uuid, uuid) to authenticated;
