-- How sure it is who asks: the session behind the token still exists, and whoever has a second factor gave it.

create view private.standing_sessions as
  select session.id, session.user_id, session.aal::text = 'aal2' as is_strong
  from auth.sessions as session
  where session.not_after is null or session.not_after > now();
comment on view private.standing_sessions is
  'The sessions that have not ended, as Auth says now: a token outlives its session, and what its session was, by up to an hour.';
comment on column private.standing_sessions.id is 'The session, named in its tokens.';
comment on column private.standing_sessions.user_id is 'Whose it is.';
comment on column private.standing_sessions.is_strong is 'A second factor was given in it.';

create view private.second_factors as
  select factor.user_id from auth.mfa_factors as factor where factor.status = 'verified';
comment on view private.second_factors is 'Who has a second factor; their sessions are good for nothing without it.';
comment on column private.second_factors.user_id is 'Whose it is.';

create function private.assurance_of(claims jsonb)
returns integer
language plpgsql
stable security definer
set search_path = ''
as $$
declare
  person constant uuid := (claims ->> 'sub')::uuid;
  says_strong constant boolean := coalesce(claims ->> 'aal' = 'aal2', false);
  given_session constant text := claims ->> 'session_id';
  assured integer;
begin
  -- Keys are no sessions; their scopes narrow them.
  if claims ? 'api_key_id' then
    return 2;
  end if;
  if given_session is null then
    -- Made by whoever holds the signing key: Auth names the session in every token.
    return case
      when says_strong then 2
      when exists (select from private.second_factors as factor where factor.user_id = person) then 0
      else 1
    end;
  end if;
  if not pg_catalog.pg_input_is_valid(given_session, 'uuid') then
    return 0;
  end if;
  select case
      when says_strong and session.is_strong then 2
      when exists (select from private.second_factors as factor where factor.user_id = person) then 0
      else 1
    end into assured
  from private.standing_sessions as session
  where session.id = given_session::uuid and session.user_id = person;
  return coalesce(assured, 0);
end
$$;
comment on function private.assurance_of(jsonb) is
  'How far a request with these claims is to be trusted: 2 with a second factor, and for API keys; 1 for a session without one of a person who has none; 0 when the session has ended, or the person has a second factor and the session lacks it. private.grants_of and private.my_orgs give nothing at 0, and at 1 nothing of organisations that ask for a second factor.';

create function private.assurance()
returns integer
language plpgsql
stable
set search_path = ''
as $$
begin
  return private.assurance_of(auth.jwt());
end
$$;
comment on function private.assurance() is 'private.assurance_of the request. For definer functions.';

create function private.present_person()
returns uuid
language plpgsql
stable security definer
set search_path = ''
as $$
declare
  claims constant jsonb := auth.jwt();
begin
  return case when private.assurance_of(claims) > 0 then (claims ->> 'sub')::uuid end;
end
$$;
comment on function private.present_person() is
  'The caller, once it is sure enough that it is them (private.assurance_of): for what is a person''s own and depends on no permission. Null otherwise.';

grant execute on function private.present_person() to authenticated, service_role;
