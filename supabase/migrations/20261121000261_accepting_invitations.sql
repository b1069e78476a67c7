-- An invitation from the side of the invited: what it is for, and accepting it.

-- Looking at an invitation -------------------------------------------------------------------------------

create function private.invitation_preview(token text)
returns jsonb
language plpgsql
stable security definer
set search_path = ''
as $$
declare
  found public.invitations;
  organization public.organizations;
  state text;
begin
  select * into found from public.invitations where id = private.invitation_of(token);
  select * into organization from public.organizations where id = found.org_id and deleted_at is null;
  if organization.id is null then
    perform private.fail(404, 'invitation_not_found', 'There is no such invitation. Ask for a new link.');
  end if;
  state := case
    when found.accepted_at is not null then 'used'
    when found.revoked_at is not null then 'revoked'
    when found.expires_at <= now() then 'expired'
    else 'pending'
  end;
  if private.is_active_member(found.org_id, auth.uid()) then
    return jsonb_build_object('state', 'member', 'organization', organization.name, 'slug', organization.slug);
  end if;
  -- What has ended tells no more than that.
  if state <> 'pending' then
    return jsonb_build_object('state', state);
  end if;
  return jsonb_build_object(
    'state', state,
    'is_mine', exists (select from auth.users as account where account.id = auth.uid() and lower(account.email) = found.email),
    'organization', organization.name,
    'inviter', private.display_name(found.invited_by),
    'role', (select jsonb_build_object('key', role.key, 'name', role.name, 'is_system', role.is_system) from public.roles as role where role.id = found.role_id),
    'email', private.masked_email(found.email),
    'expires_at', found.expires_at
  );
end
$$;
comment on function private.invitation_preview(text) is 'See public.invitation_preview.';

create function public.invitation_preview(token text)
returns jsonb
language sql
stable
set search_path = ''
as $$ select private.invitation_preview(token) $$;
comment on function public.invitation_preview(text) is
  'What a link is for: {state: pending, organization, inviter, role, email (masked), is_mine, expires_at}; {state: used | revoked | expired}; {state: member, organization, slug} for who is one already. For people signed in, and for the app''s server before they are. PT404 invitation_not_found.';

create function private.invitation_email(token text)
returns text
language plpgsql
stable security definer
set search_path = ''
as $$
declare
  address text;
begin
  select invitation.email into address
  from public.invitations as invitation
  join public.organizations as organization on organization.id = invitation.org_id and organization.deleted_at is null
  where invitation.id = private.invitation_of(token)
    and invitation.accepted_at is null and invitation.revoked_at is null and invitation.expires_at > now();
  if address is null then
    perform private.fail(404, 'invitation_not_found', 'There is no such invitation. Ask for a new link.');
  end if;
  return address;
end
$$;
comment on function private.invitation_email(text) is 'See public.invitation_email.';

create function public.invitation_email(token text)
returns text
language sql
stable
set search_path = ''
as $$ select private.invitation_email(token) $$;
comment on function public.invitation_email(text) is
  'The address a pending invitation is bound to, for the app''s server alone: it makes the account for that address and no other. PT404 invitation_not_found.';

create function private.note_invitation_sent(invitation_id uuid)
returns void
language sql
security definer
set search_path = ''
as $$ update public.invitations set sent_at = now() where id = invitation_id and accepted_at is null and revoked_at is null $$;
comment on function private.note_invitation_sent(uuid) is 'See public.note_invitation_sent.';

create function public.note_invitation_sent(invitation_id uuid)
returns void
language sql
set search_path = ''
as $$ select private.note_invitation_sent(invitation_id) $$;
comment on function public.note_invitation_sent(uuid) is 'Remembers that the mail of an invitation went out. For the app''s server alone, which hands it to Auth.';

create function private.note_invitation_refused(token text, person uuid, reason text)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  refused public.invitations;
begin
  select * into refused from public.invitations where id = private.invitation_of(token);
  if refused.id is not null then
    perform private.record_security_event(refused.org_id, 'invitation_refused',
      jsonb_build_object('invitation_id', refused.id, 'user_id', person, 'reason', left(reason, 60)));
  end if;
end
$$;
comment on function private.note_invitation_refused(text, uuid, text) is 'See public.note_invitation_refused.';

create function public.note_invitation_refused(token text, person uuid, reason text)
returns void
language sql
set search_path = ''
as $$ select private.note_invitation_refused(token, person, reason) $$;
comment on function public.note_invitation_refused(text, uuid, text) is
  'Writes to the trail that somebody tried an invitation that is used, over or another''s. For the app''s server alone, since a refusal takes with it what it wrote itself.';

-- Accepting ----------------------------------------------------------------------------------------------

create function private.accept_invitation(invitation_id uuid)
returns table (org_id uuid, slug text, name text)
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  person constant uuid := private.present_person();
  account record;
  invitation public.invitations;
  organization public.organizations;
begin
  if person is null then
    perform private.fail(401, 'not_signed_in', 'Sign in to accept the invitation.');
  end if;
  select lower(users.email) as email, users.email_confirmed_at is not null as is_confirmed into account
  from auth.users as users where users.id = person;
  -- Whoever accepts at the same moment waits here, and then finds it used. Others than the invited wait for nobody.
  perform private.lock_invitations(one.org_id) from public.invitations as one
  where one.id = accept_invitation.invitation_id and one.email = account.email;
  select * into invitation from public.invitations as one where one.id = accept_invitation.invitation_id for update;
  select * into organization from public.organizations as one where one.id = invitation.org_id and one.deleted_at is null;
  if organization.id is null then
    perform private.fail(404, 'invitation_not_found', 'There is no such invitation. Ask for a new link.');
  end if;
  if account.email is distinct from invitation.email then
    perform private.fail(403, 'invitation_for_other', 'This invitation is for another e-mail address. Sign in with that one.',
      jsonb_build_object('email', private.masked_email(invitation.email)));
  end if;
  if not account.is_confirmed then
    perform private.fail(403, 'email_not_confirmed', 'Confirm your e-mail address first.');
  end if;
  if private.is_active_member(invitation.org_id, person) then
    perform private.fail(409, 'already_member', 'You are a member of this organisation already.', jsonb_build_object('slug', organization.slug));
  end if;
  if invitation.accepted_at is not null then
    perform private.fail(409, 'invitation_used', 'This invitation has been used. Ask for a new one.');
  end if;
  if invitation.revoked_at is not null then
    perform private.fail(409, 'invitation_revoked', 'This invitation has been taken back. Ask for a new one.');
  end if;
  if invitation.expires_at <= now() then
    perform private.fail(409, 'invitation_expired', 'This invitation has expired. Ask for a new one.');
  end if;
  -- An invitation is worth what its author may do today: nobody keeps a door open by having invited in time.
  if invitation.created_by is not null and (
    invitation.org_id not in (select private.granted_orgs(invitation.invited_by, 'members:invite'))
    or private.permissions_beyond(invitation.invited_by, invitation.org_id, invitation.role_id) is not null
  ) then
    perform private.fail(409, 'invitation_withdrawn', 'Whoever invited you may no longer give this role. Ask for a new invitation.');
  end if;

  perform private.ensure_profile(person);
  -- Who comes back has what this invitation gives, not what they had.
  delete from public.member_roles as held where held.org_id = invitation.org_id and held.user_id = person;
  insert into public.memberships as membership (org_id, user_id, title, team)
  values (invitation.org_id, person, invitation.title, invitation.team)
  on conflict on constraint memberships_org_id_user_id_key do update
    set is_active = true, title = coalesce(excluded.title, membership.title), team = coalesce(excluded.team, membership.team);
  insert into public.member_roles (org_id, user_id, role_id, assigned_by)
  values (invitation.org_id, person, invitation.role_id, invitation.invited_by);
  update public.invitations as used set accepted_at = now(), accepted_by = person where used.id = invitation.id;
  return query select organization.id, organization.slug, organization.name;
end
$$;
comment on function private.accept_invitation(uuid) is 'See public.accept_invitation.';

create function public.accept_invitation(token text)
returns table (org_id uuid, slug text, name text)
language sql
set search_path = ''
as $$ select * from private.accept_invitation(private.invitation_of(token)) $$;
comment on function public.accept_invitation(text) is
  'Makes the caller a member with the role of the invitation, once. Needs an account with the invited, confirmed address. Former members come back with this role alone. PT401 not_signed_in; PT403 invitation_for_other {email}, email_not_confirmed; PT404 invitation_not_found; PT409 already_member {slug}, invitation_used, invitation_revoked, invitation_expired, invitation_withdrawn.';

-- Without the link ---------------------------------------------------------------------------------------

create function private.my_invitations()
returns table (id uuid, organization text, inviter text, role jsonb, expires_at timestamptz)
language sql
stable security definer
set search_path = ''
as $$
  select invitation.id, organization.name, private.display_name(invitation.invited_by),
    jsonb_build_object('key', role.key, 'name', role.name, 'is_system', role.is_system), invitation.expires_at
  from auth.users as account
  join public.invitations as invitation on invitation.email = lower(account.email)
    and invitation.accepted_at is null and invitation.revoked_at is null and invitation.expires_at > now()
  join public.organizations as organization on organization.id = invitation.org_id and organization.deleted_at is null
  join public.roles as role on role.id = invitation.role_id
  where account.id = (select private.present_person()) and account.email_confirmed_at is not null
    and not exists (
      select from public.memberships as membership
      where membership.org_id = invitation.org_id and membership.user_id = account.id and membership.is_active
    )
  order by invitation.expires_at desc, invitation.id
$$;
comment on function private.my_invitations() is 'See public.my_invitations.';

create function public.my_invitations()
returns table (id uuid, organization text, inviter text, role jsonb, expires_at timestamptz)
language sql
stable
set search_path = ''
as $$ select * from private.my_invitations() $$;
comment on function public.my_invitations() is
  'Invitations that wait for the caller''s confirmed address, for who no longer has the link; role is {key, name, is_system}.';

create function public.accept_my_invitation(invitation_id uuid)
returns table (org_id uuid, slug text, name text)
language sql
set search_path = ''
as $$
  select * from private.accept_invitation((select waiting.id from private.my_invitations() as waiting where waiting.id = invitation_id))
$$;
comment on function public.accept_my_invitation(uuid) is
  'Accepts one of my_invitations, as accept_invitation does. PT401 not_signed_in, PT404 invitation_not_found for any other, PT409 invitation_withdrawn.';

grant execute on function
  private.accept_invitation(uuid), private.my_invitations(), private.invitation_preview(text), private.invitation_of(text),
  public.accept_invitation(text), public.accept_my_invitation(uuid), public.my_invitations(), public.invitation_preview(text)
to authenticated;
grant execute on function
  private.invitation_preview(text), private.invitation_email(text), private.note_invitation_sent(uuid), private.note_invitation_refused(text, uuid, text),
  public.invitation_preview(text), public.invitation_email(text), public.note_invitation_sent(uuid), public.note_invitation_refused(text, uuid, text)
to service_role;
