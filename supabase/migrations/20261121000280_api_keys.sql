-- API keys: how other systems act for a member, within fewer permissions and one organisation.

select private.add_permissions('[
  {"key": "api_keys:read", "description": "See API keys, their scopes and when they were last used."},
  {"key": "api_keys:create", "description": "Make API keys with scopes one holds."},
  {"key": "api_keys:delete", "description": "Revoke API keys."}
]');

-- Tables -------------------------------------------------------------------------------------------------

create table public.api_keys (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  user_id uuid not null,
  name text not null constraint api_keys_name_length check (private.is_text(name, 1, 80)),
  prefix text not null unique constraint api_keys_prefix_shape check (prefix ~ '^[0-9A-Za-z]{8}$'),
  scopes text[] not null constraint api_keys_scopes_some check (cardinality(scopes) between 1 and 100 and array_position(scopes, null) is null),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  revoked_by uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  version integer not null default 1,
  unique (org_id, id),
  foreign key (org_id, user_id) references public.memberships (org_id, user_id) on delete cascade
);
create index api_keys_org_id_user_id_idx on public.api_keys (org_id, user_id);
create index api_keys_org_id_created_at_idx on public.api_keys (org_id, created_at desc, id);
comment on table public.api_keys is
  'Keys with which other systems act for a member. A key never allows more than its scopes, nor more than the member may do at that moment. Its secret is nowhere; its hash is in private.api_key_secrets.';
comment on column public.api_keys.user_id is 'The member it acts for: whoever made it. It goes when they are removed, and rests while they are deactivated.';
comment on column public.api_keys.name is 'What it is for, in the words of who made it.';
comment on column public.api_keys.prefix is 'The eight characters after tdm_, by which a key found somewhere is recognised.';
comment on column public.api_keys.scopes is 'The permissions it may use.';
comment on column public.api_keys.expires_at is 'When it stops working; at most a year after it was made.';
comment on column public.api_keys.revoked_at is 'When it was revoked; it has not worked since.';
comment on column public.api_keys.revoked_by is 'Who revoked it.';

grant select on public.api_keys to authenticated, service_role;

alter table public.api_keys enable row level security;
create policy api_keys_select_permitted on public.api_keys for select to authenticated
  using (org_id = any (array(select private.orgs_with('api_keys:read'))));
comment on policy api_keys_select_permitted on public.api_keys is
  'Needs api_keys:read. Written by create_api_key and revoke_api_key alone.';

select private.add_standard_triggers('public.api_keys');
select private.announce_changes_of('public.api_keys', 'org:{org_id}');

create table private.api_key_secrets (
  api_key_id uuid primary key references public.api_keys (id) on delete cascade,
  hash bytea not null unique constraint api_key_secrets_hash_length check (octet_length(hash) = 32)
);
comment on table private.api_key_secrets is 'SHA-256 of each key. No role of the API may read it, the service role included.';
comment on column private.api_key_secrets.api_key_id is 'The key.';
comment on column private.api_key_secrets.hash is 'SHA-256 of the whole key. Its secret has 190 random bits, so no salt or slow hash is needed.';

create unlogged table private.api_key_uses (
  api_key_id uuid primary key references public.api_keys (id) on delete cascade,
  tokens double precision not null,
  refilled_at timestamptz not null,
  last_used_at timestamptz,
  last_address inet,
  last_refused_at timestamptz
);
comment on table private.api_key_uses is
  'How much each key may still ask just now, and when it was last used. Unlogged: it changes with every request, and a crash only makes the buckets full.';
comment on column private.api_key_uses.api_key_id is 'The key.';
comment on column private.api_key_uses.tokens is 'Requests that may still be made at once, as of refilled_at.';
comment on column private.api_key_uses.refilled_at is 'When tokens was computed.';
comment on column private.api_key_uses.last_used_at is 'When the key was last used, to the minute.';
comment on column private.api_key_uses.last_address is 'From where it was used then.';
comment on column private.api_key_uses.last_refused_at is 'When its use after the end was last recorded in the trail.';

-- Making and revoking ------------------------------------------------------------------------------------

create function private.random_text(length integer)
returns text
language sql
volatile
set search_path = ''
as $$
  select left(string_agg(translate(encode(extensions.gen_random_bytes(48), 'base64'), E'+/=\n', ''), ''), length)
  from generate_series(1, 2 + length / 32)
$$;
comment on function private.random_text(integer) is 'Random letters and digits, almost six bits each.';

create function private.create_api_key(org_id uuid, name text, scopes text[], expires_at timestamptz)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  wanted text[] := array(select distinct scope from unnest(create_api_key.scopes) as scope order by scope);
  ends timestamptz := coalesce(create_api_key.expires_at, now() + interval '90 days');
  lacking text[];
  unknown text[];
  body text;
  plain text;
  made public.api_keys;
begin
  perform private.require_permission(create_api_key.org_id, 'api_keys:create', 'Your role does not allow making API keys.');
  if not coalesce(private.is_text(create_api_key.name, 1, 80), false) or create_api_key.name is null then
    perform private.fail(422, 'invalid_value', 'A key needs a name of at most 80 characters.', '{"field": "name"}');
  end if;
  if cardinality(wanted) not between 1 and 100 then
    perform private.fail(422, 'invalid_value', 'Choose at least one scope.', '{"field": "scopes"}');
  end if;
  unknown := array(select scope from unnest(wanted) as scope where scope is null or scope not in (select key from public.permissions));
  if cardinality(unknown) > 0 then
    perform private.fail(422, 'invalid_value', 'There is no such permission.', jsonb_build_object('field', 'scopes', 'unknown', to_jsonb(unknown[1:20])));
  end if;
  lacking := array(select scope from unnest(wanted) as scope where not private.has_permission(create_api_key.org_id, scope));
  if cardinality(lacking) > 0 then
    perform private.fail(403, 'scopes_exceed_yours', 'A key cannot do what you may not do yourself.', jsonb_build_object('field', 'scopes', 'permissions', to_jsonb(lacking)));
  end if;
  if not isfinite(ends) or ends <= now() or ends > now() + interval '1 year 1 day' then
    perform private.fail(422, 'invalid_value', 'A key ends in the future, at most a year from now.', '{"field": "expires_at"}');
  end if;
  perform pg_advisory_xact_lock(hashtextextended('api keys ' || create_api_key.org_id, 0));
  if (select count(*) from public.api_keys as key
      where key.org_id = create_api_key.org_id and key.revoked_at is null and key.expires_at > now()) >= 50 then
    perform private.fail(409, 'too_many_api_keys', 'An organisation has at most 50 keys that work. Revoke one that is not needed.', '{"limit": 50}');
  end if;

  body := private.random_text(8) || private.random_text(32);
  plain := 'tdm_' || body || left(encode(sha256(convert_to(body, 'UTF8')), 'hex'), 6);
  insert into public.api_keys (org_id, user_id, name, prefix, scopes, expires_at)
  values (create_api_key.org_id, auth.uid(), btrim(create_api_key.name), left(body, 8), wanted, ends)
  returning * into made;
  insert into private.api_key_secrets (api_key_id, hash) values (made.id, sha256(convert_to(plain, 'UTF8')));
  return to_jsonb(made) || jsonb_build_object('key', plain);
end
$$;
comment on function private.create_api_key(uuid, text, text[], timestamptz) is 'See public.create_api_key.';

create function public.create_api_key(org_id uuid, name text, scopes text[], expires_at timestamptz default null)
returns jsonb
language sql
set search_path = ''
as $$ select private.create_api_key(org_id, name, scopes, expires_at) $$;
comment on function public.create_api_key(uuid, text, text[], timestamptz) is
  'Makes an API key that acts for the caller: the row, and the key itself in "key", this once. It ends after 90 days unless told, at most after a year. PT403 api_keys_create_denied, scopes_exceed_yours {permissions}, PT404 organization_not_found, PT409 too_many_api_keys, PT422 invalid_value {field}.';

create function private.check_key_revoker(key public.api_keys)
returns void
language plpgsql
stable security definer
set search_path = ''
as $$
begin
  if key.id is null or not (private.has_permission(key.org_id, 'api_keys:read') or private.has_permission(key.org_id, 'api_keys:delete')) then
    perform private.fail(404, 'api_key_not_found', 'There is no such key, or you may not see it.');
  end if;
  if not private.has_permission(key.org_id, 'api_keys:delete') then
    perform private.fail(403, 'api_keys_delete_denied', 'Your role does not allow revoking API keys.', '{"permission": "api_keys:delete"}');
  end if;
end
$$;
comment on function private.check_key_revoker(public.api_keys) is 'Refuses who may not revoke a key. PT404 api_key_not_found, PT403 api_keys_delete_denied.';

create function private.revoke_api_key(key_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  found public.api_keys;
begin
  -- Before the row is locked, so that nobody else holds it up, and again after it was waited for.
  select * into found from public.api_keys as key where key.id = revoke_api_key.key_id;
  perform private.check_key_revoker(found);
  select * into found from public.api_keys as key where key.id = revoke_api_key.key_id for update;
  perform private.check_key_revoker(found);
  update public.api_keys as key set revoked_at = now(), revoked_by = auth.uid() where key.id = found.id and key.revoked_at is null;
end
$$;
comment on function private.revoke_api_key(uuid) is 'See public.revoke_api_key.';

create function public.revoke_api_key(key_id uuid)
returns void
language sql
set search_path = ''
as $$ select private.revoke_api_key(key_id) $$;
comment on function public.revoke_api_key(uuid) is
  'Ends a key; its next request is refused. Again is no error. PT403 api_keys_delete_denied, PT404 api_key_not_found.';

create function private.api_key_last_uses(org_id uuid)
returns table (api_key_id uuid, last_used_at timestamptz, last_address text)
language sql
stable security definer
set search_path = ''
as $$
  select key.id, used.last_used_at, host(used.last_address)
  from public.api_keys as key
  join private.api_key_uses as used on used.api_key_id = key.id
  where key.org_id = api_key_last_uses.org_id and key.org_id in (select private.orgs_with('api_keys:read'))
$$;
comment on function private.api_key_last_uses(uuid) is 'When and from where the keys of an organisation were last used; needs api_keys:read.';

create function public.list_api_keys(org_id uuid)
returns table (
  id uuid, name text, prefix text, scopes text[], user_id uuid, created_at timestamptz, expires_at timestamptz,
  revoked_at timestamptz, revoked_by uuid, last_used_at timestamptz, last_address text
)
language sql
stable
set search_path = ''
as $$
  select key.id, key.name, key.prefix, key.scopes, key.user_id, key.created_at, key.expires_at, key.revoked_at, key.revoked_by,
    used.last_used_at, used.last_address
  from public.api_keys as key
  left join private.api_key_last_uses(list_api_keys.org_id) as used on used.api_key_id = key.id
  where key.org_id = list_api_keys.org_id
  order by (key.revoked_at is null and key.expires_at > now()) desc, key.created_at desc, key.id
  limit 500
$$;
comment on function public.list_api_keys(uuid) is 'The keys of an organisation, those that work first, with their last use. Nothing for who lacks api_keys:read.';

grant execute on function
  private.create_api_key(uuid, text, text[], timestamptz), public.create_api_key(uuid, text, text[], timestamptz),
  private.revoke_api_key(uuid), public.revoke_api_key(uuid), private.api_key_last_uses(uuid), public.list_api_keys(uuid)
to authenticated;

-- Using --------------------------------------------------------------------------------------------------

create function private.refuse_key(status integer, code text, hint text, detail jsonb default '{}')
returns jsonb
language sql
immutable
set search_path = ''
as $$ select jsonb_build_object('refused', jsonb_build_object('code', 'PT' || status, 'message', code, 'details', detail, 'hint', hint)) $$;
comment on function private.refuse_key(integer, text, text, jsonb) is
  'A refusal as an answer instead of an error, so that what was counted and recorded until then is kept.';

create function private.open_api_request(key_prefix text, key_digest text, client_address text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  burst constant double precision := 120;
  per_second constant double precision := 4;
  key public.api_keys;
  origin inet := case when pg_catalog.pg_input_is_valid(client_address, 'inet') then host(client_address::inet)::inet end;
  moment constant timestamptz := clock_timestamp();
  reason text;
  used private.api_key_uses;
begin
  select found.* into key
  from public.api_keys as found
  join private.api_key_secrets as secret on secret.api_key_id = found.id
  where found.prefix = key_prefix and encode(secret.hash, 'hex') = key_digest;
  if key.id is null then
    return private.refuse_key(401, 'api_key_invalid', 'This is no API key of this installation.');
  end if;
  reason := case
    when key.revoked_at is not null then 'api_key_revoked'
    when key.expires_at <= now() then 'api_key_expired'
    when not exists (
      select from public.memberships as membership
      join public.organizations as organization on organization.id = membership.org_id and organization.deleted_at is null
      where membership.org_id = key.org_id and membership.user_id = key.user_id and membership.is_active
    ) then 'api_key_inactive'
  end;
  if reason is not null then
    insert into private.api_key_uses as known (api_key_id, tokens, refilled_at, last_refused_at) values (key.id, burst, moment, moment)
    on conflict (api_key_id) do update set last_refused_at = moment
      where known.last_refused_at is null or known.last_refused_at < moment - interval '1 hour';
    if found then
      perform private.record_security_event(key.org_id, reason, jsonb_build_object('api_key_id', key.id, 'from', host(origin)));
    end if;
    return private.refuse_key(401, reason, case reason
      when 'api_key_revoked' then 'This key was revoked.'
      when 'api_key_expired' then 'This key has expired.'
      else 'The person this key acts for is no active member.' end);
  end if;

  insert into private.api_key_uses as known (api_key_id, tokens, refilled_at, last_used_at, last_address)
  values (key.id, burst - 1, moment, moment, origin)
  on conflict (api_key_id) do update set
    tokens = least(burst, known.tokens + per_second * greatest(0, extract(epoch from moment - known.refilled_at))) - 1,
    refilled_at = moment,
    -- To the minute is enough to read; the row is in memory anyway.
    last_used_at = case when known.last_used_at > moment - interval '1 minute' then known.last_used_at else moment end,
    last_address = case when known.last_used_at > moment - interval '1 minute' then known.last_address else origin end
    where least(burst, known.tokens + per_second * greatest(0, extract(epoch from moment - known.refilled_at))) >= 1
  returning * into used;
  if used.api_key_id is null then
    select * into used from private.api_key_uses as known where known.api_key_id = key.id;
    return private.refuse_key(429, 'too_many_requests', 'This key asks too often.', jsonb_build_object('retry_after',
      greatest(1, ceil((1 - used.tokens) / per_second - extract(epoch from moment - used.refilled_at)))::integer));
  end if;
  return jsonb_build_object(
    'remaining', floor(used.tokens)::integer, 'limit', burst::integer,
    'key', jsonb_build_object('id', key.id, 'name', key.name, 'prefix', key.prefix, 'scopes', to_jsonb(key.scopes), 'expires_at', key.expires_at),
    'claims', jsonb_build_object('sub', key.user_id, 'role', 'authenticated', 'aud', 'authenticated',
      'api_key_id', key.id, 'org_id', key.org_id, 'scopes', to_jsonb(key.scopes))
  );
end
$$;
comment on function private.open_api_request(text, text, text) is
  'Verifies a key by its prefix and the SHA-256 of the whole, counts the request (120 at once, 240 a minute) and notes its use: {remaining, limit, key, claims}, or {refused: {code, message, details, hint}} for PT401 api_key_invalid, api_key_revoked, api_key_expired, api_key_inactive and PT429 too_many_requests {retry_after}.';
grant execute on function private.open_api_request(text, text, text), private.refuse_key(integer, text, text, jsonb) to service_role;
