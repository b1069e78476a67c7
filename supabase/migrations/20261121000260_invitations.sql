-- Invitations: how people come into an organisation that exists.

select private.add_permissions('[
  {"key": "members:invite", "description": "Invite people by e-mail, and see who has been invited."}
]');

-- Table --------------------------------------------------------------------------------------------------

create table public.invitations (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  email text not null constraint invitations_email_shape check (private.is_email(email) and email = lower(btrim(email))),
  role_id uuid not null,
  title text constraint invitations_title_length check (private.is_text(title, 1, 120)),
  team text constraint invitations_team_length check (private.is_text(team, 1, 80)),
  invited_by uuid references public.profiles (id) on delete set null,
  expires_at timestamptz not null default now() + interval '7 days',
  sent_at timestamptz,
  accepted_at timestamptz,
  accepted_by uuid references public.profiles (id) on delete set null,
  revoked_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  version integer not null default 1,
  unique (org_id, id),
  constraint invitations_ended_once check (accepted_at is null or revoked_at is null),
  foreign key (org_id, role_id) references public.roles (org_id, id) on delete cascade
);
create unique index invitations_one_pending_idx on public.invitations (org_id, email) where accepted_at is null and revoked_at is null;
create index invitations_issued_idx on public.invitations (org_id, created_at);
create index invitations_email_idx on public.invitations (email, created_at);
create index invitations_org_id_role_id_idx on public.invitations (org_id, role_id);
create index invitations_invited_by_idx on public.invitations (invited_by, created_at);
create index invitations_accepted_by_idx on public.invitations (accepted_by);

comment on table public.invitations is
  'A link given to one e-mail address, good for one membership. A new link for the same address is a new row and revokes the one before.';
comment on column public.invitations.email is 'Whom it is for, in lower case. Only an account with this confirmed address can accept.';
comment on column public.invitations.role_id is 'The role the person will have.';
comment on column public.invitations.title is 'Title the person will have.';
comment on column public.invitations.team is 'Team the person will be in.';
comment on column public.invitations.invited_by is 'Who invited. They must still be allowed to when the invitation is accepted.';
comment on column public.invitations.expires_at is 'Until when it can be accepted.';
comment on column public.invitations.sent_at is 'When the mail went out; null while only the link was given.';
comment on column public.invitations.accepted_at is 'When it was accepted; it cannot be used again.';
comment on column public.invitations.accepted_by is 'Who accepted it.';
comment on column public.invitations.revoked_at is 'When it was taken back or replaced.';

grant select on public.invitations to authenticated, service_role;

alter table public.invitations enable row level security;
create policy invitations_select_permitted on public.invitations for select to authenticated
  using (org_id = any (array(select private.orgs_with('members:invite'))));
comment on policy invitations_select_permitted on public.invitations is
  'Needs members:invite. Written by invite_member, resend_invitation, revoke_invitation and accept_invitation alone.';

select private.add_standard_triggers('public.invitations');
select private.announce_changes_of('public.invitations', 'org:{org_id}');

create table private.invitation_tokens (
  token_hash text primary key constraint invitation_tokens_hash_shape check (token_hash ~ '^[0-9a-f]{64}$'),
  invitation_id uuid not null unique references public.invitations (id) on delete cascade
);
comment on table private.invitation_tokens is
  'What proves a link: apart from the invitations, so that no client, trail or announcement ever carries it.';
comment on column private.invitation_tokens.token_hash is 'SHA-256 of the token in the link.';
comment on column private.invitation_tokens.invitation_id is 'The invitation the link is for.';

-- Helpers ------------------------------------------------------------------------------------------------

create function private.token_hash(token text)
returns text
language sql
immutable
set search_path = ''
as $$ select encode(sha256(convert_to(token, 'utf8')), 'hex') $$;
comment on function private.token_hash(text) is 'What is kept of a secret token.';

create function private.invitation_of(token text)
returns uuid
language sql
stable security definer
set search_path = ''
as $$ select known.invitation_id from private.invitation_tokens as known where known.token_hash = private.token_hash(token) $$;
comment on function private.invitation_of(text) is 'The invitation a token belongs to, in whatever state; null for a made-up one.';

create function private.masked_email(email text)
returns text
language sql
immutable
set search_path = ''
as $$ select left(email, 1) || '•••@' || split_part(email, '@', 2) $$;
comment on function private.masked_email(text) is 'An address its owner recognises and nobody else learns.';

create function private.display_name(person uuid)
returns text
language sql
stable security definer
set search_path = ''
as $$ select nullif(btrim(profile.first_name || ' ' || profile.last_name), '') from public.profiles as profile where profile.id = person $$;
comment on function private.display_name(uuid) is 'First and last name of a person; null when they told none.';

create function private.lock_invitations(organization uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('invite-organization:' || organization, 0));
end
$$;
comment on function private.lock_invitations(uuid) is
  'Whoever gives out, accepts or reassigns invitations of an organisation goes one after the other. Taken before an invitation or a role is locked.';

create function private.queue_to_invite(organization uuid, address text)
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('invite-person:' || auth.uid(), 0));
  perform private.lock_invitations(organization);
  perform pg_advisory_xact_lock(hashtextextended('invite-address:' || address, 0));
end
$$;
comment on function private.queue_to_invite(uuid, text) is
  'One link at a time for a person, an organisation and an address, so that the limits hold. Always in this order, and before an invitation is locked: who waits holds nothing that another waits for.';

create function private.check_invitation_pace(organization uuid, address text)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  per_organization constant integer := 50;
  per_person constant integer := 50;
  per_address constant integer := 5;
  exceeded record;
begin
  select counted.per, counted.highest, ceil(extract(epoch from counted.oldest + interval '1 hour' - now()))::integer as seconds into exceeded
  from (
    select 'organization' as per, per_organization as highest, count(*) as issued, min(created_at) as oldest
    from public.invitations where org_id = organization and created_at > now() - interval '1 hour'
    union all
    select 'person', per_person, count(*), min(created_at)
    from public.invitations where invited_by = auth.uid() and created_at > now() - interval '1 hour'
    union all
    select 'address', per_address, count(*), min(created_at)
    from public.invitations where email = address and created_at > now() - interval '1 hour'
  ) as counted
  where counted.issued >= counted.highest
  -- Of several limits the one that is in the way for longest: whoever waits for that has waited for all.
  order by counted.oldest desc, counted.per
  limit 1;
  if exceeded.per is not null then
    perform private.fail(429, 'too_many_invitations', 'Too many invitations within an hour. Wait a while before you send more.',
      jsonb_build_object('per', exceeded.per, 'limit', exceeded.highest, 'retry_after', greatest(exceeded.seconds, 1)));
  end if;
end
$$;
comment on function private.check_invitation_pace(uuid, text) is
  'Keeps invitations from being used to flood mailboxes: links per hour and organisation (50), person (50) and address (5). Call after queue_to_invite. PT429 too_many_invitations.';

create function private.issue_invitation(
  organization uuid, recipient text, role uuid, title text, team text
)
returns table (id uuid, token text, address text, expires_at timestamptz)
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  lacking text[];
  secret constant text := translate(encode(extensions.gen_random_bytes(32), 'base64'), '+/=', '-_');
  issued public.invitations;
begin
  perform private.queue_to_invite(organization, recipient);
  -- After waiting: the role may have been deleted meanwhile.
  if not exists (select from public.roles as one where one.org_id = organization and one.id = issue_invitation.role) then
    perform private.fail(422, 'invalid_value', 'Choose a role of this organisation.', '{"field": "role_id"}');
  end if;
  lacking := private.permissions_beyond(auth.uid(), organization, role);
  if lacking is not null then
    perform private.fail(403, 'role_exceeds_yours', 'You can only give roles that allow no more than your own.',
      jsonb_build_object('field', 'role_id', 'permissions', to_jsonb(lacking)));
  end if;
  perform private.check_invitation_pace(organization, recipient);
  if exists (
    select from public.memberships as membership
    join auth.users as account on account.id = membership.user_id
    where membership.org_id = organization and membership.is_active and lower(account.email) = recipient
  ) then
    perform private.fail(409, 'already_member', 'This person is a member already.', '{"field": "email"}');
  end if;
  update public.invitations as earlier set revoked_at = now()
  where earlier.org_id = organization and earlier.email = recipient and earlier.accepted_at is null and earlier.revoked_at is null;
  insert into public.invitations (org_id, email, role_id, title, team, invited_by)
  values (organization, recipient, role, issue_invitation.title, issue_invitation.team, auth.uid())
  returning * into issued;
  insert into private.invitation_tokens (token_hash, invitation_id) values (private.token_hash(secret), issued.id);
  return query select issued.id, secret, issued.email, issued.expires_at;
end
$$;
comment on function private.issue_invitation(uuid, text, uuid, text, text) is
  'Makes a link for an address once the caller was found entitled to invite, revoking the one before. The token exists in this answer alone.';

create function private.invitation_for_inviter(invitation uuid, for_new_link boolean)
returns public.invitations
language plpgsql
security definer
set search_path = ''
as $$
declare
  found public.invitations;
begin
  -- First without a lock: nobody holds up what is none of their business.
  select * into found from public.invitations where id = invitation;
  perform private.check_inviter(found);
  if for_new_link then
    perform private.queue_to_invite(found.org_id, found.email);
  end if;
  select * into found from public.invitations where id = invitation for update;
  perform private.check_inviter(found);
  return found;
end
$$;
comment on function private.invitation_for_inviter(uuid, boolean) is
  'An invitation that was not accepted, for a caller who may invite; locked, and queued for where a new link is wanted. Checked before and after it was waited for.';

create function private.check_inviter(invitation public.invitations)
returns void
language plpgsql
stable security definer
set search_path = ''
as $$
begin
  if invitation.id is null or invitation.org_id not in (select private.my_orgs()) then
    perform private.fail(404, 'invitation_not_found', 'There is no such invitation.');
  end if;
  perform private.require_permission(invitation.org_id, 'members:invite');
  if invitation.accepted_at is not null then
    perform private.fail(409, 'invitation_used', 'This invitation has been accepted.');
  end if;
end
$$;
comment on function private.check_inviter(public.invitations) is
  'Refuses who may not send or revoke an invitation, and one that was accepted. PT404 invitation_not_found, PT403 members_invite_denied, PT409 invitation_used.';

-- Inviting -----------------------------------------------------------------------------------------------

create function private.invite_member(org_id uuid, email text, role_id uuid, title text, team text)
returns table (id uuid, token text, address text, expires_at timestamptz)
language plpgsql
security definer
set search_path = ''
as $$
declare
  recipient constant text := lower(btrim(invite_member.email));
begin
  perform private.require_permission(org_id, 'members:invite');
  if recipient is null or recipient = '' or not private.is_email(recipient) then
    perform private.fail(422, 'email_invalid', 'This is not an e-mail address.', '{"field": "email"}');
  end if;
  if not private.is_text(nullif(btrim(title), ''), 1, 120) or not private.is_text(nullif(btrim(team), ''), 1, 80) then
    perform private.fail(422, 'invalid_value', 'A title has at most 120 characters, a team at most 80.',
      jsonb_build_object('field', case when private.is_text(nullif(btrim(title), ''), 1, 120) then 'team' else 'title' end));
  end if;
  return query select * from private.issue_invitation(org_id, recipient, role_id, nullif(btrim(title), ''), nullif(btrim(team), ''));
end
$$;
comment on function private.invite_member(uuid, text, uuid, text, text) is 'See public.invite_member.';

create function public.invite_member(org_id uuid, email text, role_id uuid, title text default null, team text default null)
returns table (id uuid, token text, address text, expires_at timestamptz)
language sql
set search_path = ''
as $$ select * from private.invite_member(org_id, email, role_id, title, team) $$;
comment on function public.invite_member(uuid, text, uuid, text, text) is
  'Makes the invitation of an e-mail address and gives its token, which is told this once. Replaces a pending one. Needs members:invite and a role no wider than one''s own. PT403 members_invite_denied, role_exceeds_yours; PT409 already_member; PT422 email_invalid, invalid_value; PT429 too_many_invitations.';

create function private.resend_invitation(invitation_id uuid)
returns table (id uuid, token text, address text, expires_at timestamptz)
language plpgsql
security definer
set search_path = ''
as $$
declare
  earlier constant public.invitations := private.invitation_for_inviter(resend_invitation.invitation_id, true);
begin
  if earlier.revoked_at is not null then
    perform private.fail(409, 'invitation_revoked', 'This invitation has been taken back. Invite the person anew.');
  end if;
  return query select * from private.issue_invitation(earlier.org_id, earlier.email, earlier.role_id, earlier.title, earlier.team);
end
$$;
comment on function private.resend_invitation(uuid) is 'See public.resend_invitation.';

create function public.resend_invitation(invitation_id uuid)
returns table (id uuid, token text, address text, expires_at timestamptz)
language sql
set search_path = ''
as $$ select * from private.resend_invitation(invitation_id) $$;
comment on function public.resend_invitation(uuid) is
  'A new link with seven new days for a pending or expired invitation; the old link ends. PT404 invitation_not_found, PT409 invitation_used, invitation_revoked; otherwise as invite_member.';

create function private.revoke_invitation(invitation_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  pending constant public.invitations := private.invitation_for_inviter(revoke_invitation.invitation_id, false);
begin
  update public.invitations set revoked_at = now() where id = pending.id and revoked_at is null;
end
$$;
comment on function private.revoke_invitation(uuid) is 'See public.revoke_invitation.';

create function public.revoke_invitation(invitation_id uuid)
returns void
language sql
set search_path = ''
as $$ select private.revoke_invitation(invitation_id) $$;
comment on function public.revoke_invitation(uuid) is 'Takes an invitation back; its link ends at once. Safe to repeat. PT404 invitation_not_found, PT409 invitation_used.';

grant execute on function
  private.invite_member(uuid, text, uuid, text, text), private.resend_invitation(uuid), private.revoke_invitation(uuid),
  public.invite_member(uuid, text, uuid, text, text), public.resend_invitation(uuid), public.revoke_invitation(uuid)
to authenticated;
