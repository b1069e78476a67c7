-- Signing in: how often it may be tried, the record of attempts, and the sessions a person has.

-- Attempts -----------------------------------------------------------------------------------------------

create table private.sign_in_pepper (
  only_row boolean primary key default true constraint sign_in_pepper_one check (only_row),
  secret bytea not null default extensions.gen_random_bytes(32)
);
comment on table private.sign_in_pepper is
  'The key that turns a typed e-mail address into its mark in login_attempts. Without it the marks cannot be guessed back.';
comment on column private.sign_in_pepper.only_row is 'There is one row.';
comment on column private.sign_in_pepper.secret is 'Made once, with the database.';
insert into private.sign_in_pepper default values;

create table private.login_attempts (
  id bigint generated always as identity primary key,
  attempted_at timestamptz not null default clock_timestamp(),
  account bytea,
  address inet,
  outcome text not null default 'pending'
    constraint login_attempts_outcome_known check (outcome in ('pending', 'failed', 'succeeded', 'abandoned', 'refused')),
  tries integer not null default 1
);
create index login_attempts_account_idx on private.login_attempts (account, attempted_at desc) where outcome in ('pending', 'failed', 'succeeded');
create index login_attempts_address_idx on private.login_attempts (address, attempted_at desc);
create index login_attempts_attempted_at_idx on private.login_attempts (attempted_at);
comment on table private.login_attempts is
  'Every attempt to sign in, kept for 90 days. No e-mail address stands here, only its keyed hash, the same whether an account exists or not.';
comment on column private.login_attempts.id is 'Order of the attempts.';
comment on column private.login_attempts.attempted_at is 'When it was tried.';
comment on column private.login_attempts.account is 'HMAC of what was typed as e-mail address; null when refusals of one address were counted together.';
comment on column private.login_attempts.address is 'Where it came from: an IPv4 address or an IPv6 network of 64 bits. Null when unknown.';
comment on column private.login_attempts.outcome is
  'pending until Auth has answered, and counted as a failure until then, so that many at once do not slip through; failed; succeeded; abandoned when Auth could not be asked; refused by the limit.';
comment on column private.login_attempts.tries is 'How many refusals this row stands for: those of one minute are counted in one row, so that a flood cannot fill the table.';

create function private.network_of(address text)
returns inet
language plpgsql
immutable
set search_path = ''
as $$
declare
  parsed inet;
begin
  if address is null or not pg_catalog.pg_input_is_valid(address, 'inet') then
    return null;
  end if;
  parsed := host(address::inet)::inet;
  -- An IPv4 address that a server listening on both families reports as ::ffff:192.0.2.1.
  if family(parsed) = 6 and parsed << '::ffff:0:0/96' and position('.' in host(parsed)) > 0 then
    return split_part(host(parsed), ':', 4)::inet;
  end if;
  return case when family(parsed) = 6 then network(set_masklen(parsed, 64)) else parsed end;
end
$$;
comment on function private.network_of(text) is
  'What counts as one address: an IPv4 address, or the 64-bit network every IPv6 customer has to themselves. Null for anything unreadable.';

create function private.sign_in_failures_end(mark bytea, origin inet)
returns timestamptz
language sql
stable
set search_path = ''
as $$
  -- The fifth newest failure has to leave the window before the next attempt.
  select max(fifth.attempted_at) + interval '15 minutes' from (
    (select attempt.attempted_at from private.login_attempts as attempt
     where attempt.account = mark and attempt.outcome in ('pending', 'failed')
       and attempt.attempted_at > greatest(clock_timestamp() - interval '15 minutes', (
         select max(success.attempted_at) from private.login_attempts as success
         where success.account = mark and success.outcome = 'succeeded'
           and success.attempted_at > clock_timestamp() - interval '15 minutes'))
     order by attempt.attempted_at desc offset 4 limit 1)
    union all
    (select attempt.attempted_at from private.login_attempts as attempt
     where attempt.address = origin and attempt.outcome in ('pending', 'failed')
       and attempt.attempted_at > clock_timestamp() - interval '15 minutes'
     order by attempt.attempted_at desc offset 4 limit 1)
  ) as fifth
$$;
comment on function private.sign_in_failures_end(bytea, inet) is
  'When the next attempt is allowed after five failures within 15 minutes for an account or from an address; null when it is now. A success forgives the account''s failures, never those of the address.';

create function private.begin_sign_in(account_digest text, client_address text, limited boolean)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  mark bytea;
  origin inet := private.network_of(client_address);
  allowed_at timestamptz;
  attempt_id bigint;
begin
  if account_digest is null or account_digest !~ '^[0-9a-f]{64}$' then
    perform private.fail(422, 'invalid_value', 'The account is named by the SHA-256 of its address, in hexadecimal.', '{"field": "account_digest"}');
  end if;
  select extensions.hmac(convert_to(account_digest, 'UTF8'), secret, 'sha256') into mark from private.sign_in_pepper;
  -- One after the other for an account and for an address, in this order everywhere: attempts at the same moment count.
  perform pg_advisory_xact_lock(hashtextextended('sign-in account ' || encode(mark, 'hex'), 0));
  if origin is not null then
    perform pg_advisory_xact_lock(hashtextextended('sign-in address ' || origin, 0));
  end if;
  if limited then
    allowed_at := private.sign_in_failures_end(mark, origin);
  end if;
  if allowed_at > clock_timestamp() then
    update private.login_attempts set tries = tries + 1
    where id = (
      select id from private.login_attempts
      where address is not distinct from origin and outcome = 'refused' and attempted_at > clock_timestamp() - interval '1 minute'
        and (origin is not null or account = mark)
      order by attempted_at desc limit 1
    );
    if not found then
      insert into private.login_attempts (account, address, outcome) values (mark, origin, 'refused');
    end if;
    return jsonb_build_object('attempt_id', null,
      'retry_after', greatest(1, ceil(extract(epoch from allowed_at - clock_timestamp())))::integer);
  end if;
  insert into private.login_attempts (account, address) values (mark, origin) returning id into attempt_id;
  return jsonb_build_object('attempt_id', attempt_id, 'retry_after', null);
end
$$;
comment on function private.begin_sign_in(text, text, boolean) is 'See public.begin_sign_in.';

create function private.finish_sign_in(attempt_id bigint, outcome text)
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  if outcome is null or outcome not in ('failed', 'succeeded', 'abandoned') then
    perform private.fail(422, 'invalid_value', 'An attempt ends as failed, succeeded or abandoned.', '{"field": "outcome"}');
  end if;
  update private.login_attempts as attempt set outcome = finish_sign_in.outcome
  where attempt.id = finish_sign_in.attempt_id and attempt.outcome = 'pending';
end
$$;
comment on function private.finish_sign_in(bigint, text) is 'See public.finish_sign_in.';

create function public.begin_sign_in(account_digest text, client_address text default null, limited boolean default true)
returns jsonb
language sql
set search_path = ''
as $$ select private.begin_sign_in(account_digest, client_address, limited) $$;
comment on function public.begin_sign_in(text, text, boolean) is
  'For the app server (secret key): asks whether signing in may be tried, and records the attempt: {attempt_id, retry_after}. attempt_id is null when five attempts failed within 15 minutes for the account or from the address; retry_after then tells the seconds to wait. account_digest is the SHA-256 of the lower-case e-mail address.';

create function public.finish_sign_in(attempt_id bigint, outcome text)
returns void
language sql
set search_path = ''
as $$ select private.finish_sign_in(attempt_id, outcome) $$;
comment on function public.finish_sign_in(bigint, text) is
  'For the app server (secret key): what became of an attempt: failed, succeeded, or abandoned when Auth could not be asked.';

grant execute on function
  private.begin_sign_in(text, text, boolean), private.finish_sign_in(bigint, text),
  public.begin_sign_in(text, text, boolean), public.finish_sign_in(bigint, text)
to service_role;

-- Sessions -----------------------------------------------------------------------------------------------

create table private.session_origins (
  session_id uuid primary key,
  user_agent text,
  address inet,
  noted_at timestamptz not null default now()
);
comment on table private.session_origins is
  'Which browser a session belongs to and where it was last renewed from, as the app server saw it: Auth sees only the app server. No foreign key: auth.sessions is not ours; rows of ended sessions are swept daily.';
comment on column private.session_origins.session_id is 'The session in auth.sessions.';
comment on column private.session_origins.user_agent is 'The browser, as it named itself.';
comment on column private.session_origins.address is 'Address of the client.';
comment on column private.session_origins.noted_at is 'When the session was last begun or renewed.';

create function private.note_session(session_id uuid, user_agent text, client_address text)
returns void
language sql
security definer
set search_path = ''
as $$
  insert into private.session_origins (session_id, user_agent, address)
  select session.id, left(note_session.user_agent, 500),
    case when pg_catalog.pg_input_is_valid(client_address, 'inet') then host(client_address::inet)::inet end
  from auth.sessions as session where session.id = note_session.session_id
  on conflict (session_id) do update set user_agent = excluded.user_agent, address = excluded.address, noted_at = now()
$$;
comment on function private.note_session(uuid, text, text) is 'See public.note_session.';

create function public.note_session(session_id uuid, user_agent text default null, client_address text default null)
returns void
language sql
set search_path = ''
as $$ select private.note_session(session_id, user_agent, client_address) $$;
comment on function public.note_session(uuid, text, text) is
  'For the app server (secret key): which browser, at which address, began or renewed a session through it.';
grant execute on function private.note_session(uuid, text, text), public.note_session(uuid, text, text) to service_role;

create function private.current_session()
returns uuid
language sql
stable
set search_path = ''
as $$
  select case when pg_catalog.pg_input_is_valid(auth.jwt() ->> 'session_id', 'uuid') then (auth.jwt() ->> 'session_id')::uuid end
$$;
comment on function private.current_session() is 'The session the request''s token belongs to; null for keys and jobs.';

create function private.my_sessions()
returns table (
  id uuid, created_at timestamptz, last_used_at timestamptz, user_agent text, address text, second_factor boolean, is_current boolean
)
language sql
stable security definer
set search_path = ''
as $$
  select session.id, session.created_at,
    greatest(session.refreshed_at at time zone 'utc', session.updated_at, session.created_at, origin.noted_at),
    coalesce(origin.user_agent, session.user_agent), host(coalesce(origin.address, session.ip)), coalesce(session.aal::text = 'aal2', false),
    session.id is not distinct from private.current_session()
  from auth.sessions as session
  left join private.session_origins as origin on origin.session_id = session.id
  where session.user_id = (select private.present_person()) and (session.not_after is null or session.not_after > now())
  order by 7 desc, 3 desc, 1
  limit 200
$$;
comment on function private.my_sessions() is 'See public.my_sessions.';

create function public.my_sessions()
returns table (
  id uuid, created_at timestamptz, last_used_at timestamptz, user_agent text, address text, second_factor boolean, is_current boolean
)
language sql
stable
set search_path = ''
as $$ select * from private.my_sessions() $$;
comment on function public.my_sessions() is
  'Where the caller is signed in: the present session first, then by last use. The browser as it named itself, the address as Auth saw it.';

create function private.end_sessions(only_this uuid)
returns integer
language plpgsql
security definer
set search_path = ''
as $$
declare
  ended uuid[];
begin
  if private.present_person() is null then
    perform private.fail(401, 'not_signed_in', 'Sign in first.');
  end if;
  with gone as (
    delete from auth.sessions as session
    where session.user_id = auth.uid()
      and case when only_this is null then session.id is distinct from private.current_session() else session.id = only_this end
    returning session.id
  )
  select coalesce(array_agg(gone.id), '{}') into ended from gone;
  if only_this is not null and cardinality(ended) = 0 then
    perform private.fail(404, 'session_not_found', 'This session has ended already.');
  end if;
  if cardinality(ended) > 0 then
    -- Open pages of those sessions leave at once, whatever their token still says.
    perform realtime.send(jsonb_build_object('sessions', to_jsonb(ended), 'at', now()), 'sessions_ended', 'user:' || auth.uid(), true);
  end if;
  return cardinality(ended);
end
$$;
comment on function private.end_sessions(uuid) is
  'Ends one session of the caller, or all but the present one when none is named, and tells their open pages. Their refresh tokens go with them.';

create function public.end_session(session_id uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  if session_id is null then
    perform private.fail(422, 'invalid_value', 'Name the session to end.', '{"field": "session_id"}');
  end if;
  perform private.end_sessions(session_id);
end
$$;
comment on function public.end_session(uuid) is
  'Signs the caller out of one of their sessions; its open pages are led to the sign-in. PT404 session_not_found.';

create function public.end_other_sessions()
returns integer
language sql
set search_path = ''
as $$ select private.end_sessions(null) $$;
comment on function public.end_other_sessions() is 'Signs the caller out everywhere but here. Returns how many sessions ended.';

create function private.announce_ended_sessions(session_ids uuid[])
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  ended uuid[];
begin
  if private.present_person() is null then
    perform private.fail(401, 'not_signed_in', 'Sign in first.');
  end if;
  ended := array(
    select named from unnest(session_ids[1:200]) as named
    where not exists (select from auth.sessions as session where session.id = named)
  );
  if cardinality(ended) > 0 then
    perform realtime.send(jsonb_build_object('sessions', to_jsonb(ended), 'at', now()), 'sessions_ended', 'user:' || auth.uid(), true);
  end if;
end
$$;
comment on function private.announce_ended_sessions(uuid[]) is 'See public.announce_ended_sessions.';

create function public.announce_ended_sessions(session_ids uuid[])
returns void
language sql
set search_path = ''
as $$ select private.announce_ended_sessions(session_ids) $$;
comment on function public.announce_ended_sessions(uuid[]) is
  'Tells the caller''s open pages which of these sessions exist no more: Auth ends those without a second factor when one is set up, and tells nobody.';

create function private.session_state()
returns text
language sql
stable security definer
set search_path = ''
as $$
  select case
    when not exists (
      select from auth.sessions as session
      where session.id = private.current_session() and session.user_id = auth.uid() and (session.not_after is null or session.not_after > now())
    ) then 'ended'
    when private.assurance() = 0 then 'second_factor'
    else 'open'
  end
$$;
comment on function private.session_state() is 'See public.session_state.';

create function public.session_state()
returns text
language sql
stable
set search_path = ''
as $$ select private.session_state() $$;
comment on function public.session_state() is
  'What the session of the caller''s token is good for: open; second_factor, when the person has one and has not given it; ended, as a token outlives its session by up to an hour. Only an open one shows anything.';

create function private.organizations_asking_second_factor()
returns table (id uuid, name text, slug text)
language sql
stable security definer
set search_path = ''
as $$
  select organization.id, organization.name, organization.slug
  from public.memberships as membership
  join public.organizations as organization on organization.id = membership.org_id and organization.deleted_at is null
  where membership.user_id = auth.uid() and membership.is_active
    and private.assurance() = 1
    and exists (select from private.guarded_organizations as guarded where guarded.org_id = membership.org_id)
  order by organization.name, organization.id
$$;
comment on function private.organizations_asking_second_factor() is 'See public.organizations_asking_second_factor.';

create function public.organizations_asking_second_factor()
returns table (id uuid, name text, slug text)
language sql
stable
set search_path = ''
as $$ select * from private.organizations_asking_second_factor() $$;
comment on function public.organizations_asking_second_factor() is
  'Organisations of the caller that show them nothing until they sign in with a second factor. Empty once they have, and for a session that is good for nothing.';

grant execute on function
  private.current_session(), private.my_sessions(), private.end_sessions(uuid), private.session_state(),
  private.organizations_asking_second_factor(), private.announce_ended_sessions(uuid[]), public.announce_ended_sessions(uuid[]),
  public.my_sessions(), public.end_session(uuid), public.end_other_sessions(),
  public.session_state(), public.organizations_asking_second_factor()
to authenticated;

-- Retention ----------------------------------------------------------------------------------------------

create function private.forget_login_attempts()
returns void
language sql
security definer
set search_path = ''
as $$
  delete from private.login_attempts where attempted_at < now() - interval '90 days';
  delete from private.session_origins as origin
  where not exists (select from auth.sessions as session where session.id = origin.session_id);
$$;
comment on function private.forget_login_attempts() is
  'Deletes attempts to sign in after 90 days, and where ended sessions were used. Run every night.';

do $$
begin
  if exists (select from pg_catalog.pg_available_extensions where name = 'pg_cron') then
    create extension if not exists pg_cron;
  end if;
  perform cron.schedule('forget-login-attempts', '17 3 * * *', 'select private.forget_login_attempts()');
end
$$;
