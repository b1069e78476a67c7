-- Foundation: schemas, extensions, default privileges, the one error shape, and rules of text.

create schema if not exists private;
comment on schema private is 'Helpers and internal tables. Never exposed by the API; policies and triggers call into it.';

create schema if not exists extensions;
create extension if not exists pgcrypto with schema extensions;
create extension if not exists pg_trgm with schema extensions;
create extension if not exists unaccent with schema extensions;
create extension if not exists btree_gin with schema extensions;

-- Nothing is reachable unless a later line grants it.
alter default privileges for role postgres revoke execute on functions from public;
alter default privileges for role postgres in schema public revoke all on tables from anon, authenticated, service_role;
alter default privileges for role postgres in schema public revoke all on sequences from anon, authenticated, service_role;
alter default privileges for role postgres in schema public revoke execute on functions from anon, authenticated, service_role;

revoke all on schema private from public;
grant usage on schema private to authenticated, service_role;
grant usage on schema public to anon, authenticated, service_role;

-- Errors -------------------------------------------------------------------------------------------------

create function private.fail(status integer, code text, hint text, detail jsonb default '{}'::jsonb)
returns void
language plpgsql
set search_path = ''
as $$
begin
  if status = 403 then
    perform private.log_refusal(code, detail);
  end if;
  raise exception using errcode = 'PT' || status, message = code, detail = detail::text, hint = hint;
end
$$;
comment on function private.fail(integer, text, text, jsonb) is
  'Raises the one error shape of this database: SQLSTATE PT<http status>, a machine code as message, JSON detail, and a hint in plain English. Who tried what is not theirs (403) is in the log of Postgres.';
grant execute on function private.fail(integer, text, text, jsonb) to authenticated, service_role;

-- Text ---------------------------------------------------------------------------------------------------

create function private.normalise(value text)
returns text
language sql
immutable strict parallel safe
set search_path = ''
as $$ select lower(extensions.unaccent('extensions.unaccent'::regdictionary, value)) $$;
comment on function private.normalise(text) is
  'Lower case without accents, for search and slugs. Declared immutable because the unaccent dictionary is named explicitly, so that indexes may use it.';
grant execute on function private.normalise(text) to authenticated, service_role;

create function private.is_text(value text, shortest integer, longest integer)
returns boolean
language sql
immutable parallel safe
set search_path = ''
as $$
  -- Blanks are whatever prints nothing: a name of line breaks or zero-width characters is no name.
  select value is null or (
    char_length(btrim(value, E' \t\n\r\f\x0b\u00a0\u00ad\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u2060\u3000\ufeff')) >= shortest
    and char_length(value) <= longest
  )
$$;
comment on function private.is_text(text, integer, integer) is
  'Length rule of free text: null passes, blanks do not count towards the shortest length.';
grant execute on function private.is_text(text, integer, integer) to authenticated, service_role;

create function private.is_email(value text)
returns boolean
language sql
immutable parallel safe
set search_path = ''
as $$ select value is null or (char_length(value) <= 254 and value ~ '^[^@[:space:]]+@[^@[:space:].]+(\.[^@[:space:].]+)+$') $$;
comment on function private.is_email(text) is 'Shape of an e-mail address; whether it exists only a message can tell. Null passes.';
grant execute on function private.is_email(text) to authenticated, service_role;

create function private.is_phone(value text)
returns boolean
language sql
immutable parallel safe
set search_path = ''
as $$ select value is null or (value ~ '^\+?[0-9][0-9 ()./-]{2,38}$') $$;
comment on function private.is_phone(text) is 'Shape of a phone number as people write it: digits with the usual separators. Null passes.';
grant execute on function private.is_phone(text) to authenticated, service_role;

create function private.is_currency(value text)
returns boolean
language sql
immutable parallel safe
set search_path = ''
as $$ select value is null or value ~ '^[A-Z]{3}$' $$;
comment on function private.is_currency(text) is 'Three capital letters, as in ISO 4217. Null passes.';
grant execute on function private.is_currency(text) to authenticated, service_role;

create function private.is_color(value text)
returns boolean
language sql
immutable parallel safe
set search_path = ''
as $$ select value is null or value ~ '^#[0-9a-fA-F]{6}$' $$;
comment on function private.is_color(text) is 'A colour as #rrggbb. Null passes.';
grant execute on function private.is_color(text) to authenticated, service_role;

create function private.are_tags(tags text[])
returns boolean
language sql
immutable parallel safe
set search_path = ''
as $$
  select cardinality(tags) <= 30
    and coalesce(array_ndims(tags), 1) = 1
    and not exists (
      select from unnest(tags) as tag where tag is null or char_length(tag) not between 1 and 40 or tag <> btrim(tag)
    )
$$;
comment on function private.are_tags(text[]) is 'At most 30 tags of 1 to 40 characters, without surrounding blanks.';
grant execute on function private.are_tags(text[]) to authenticated, service_role;

create function private.is_small_object(value jsonb)
returns boolean
language sql
immutable parallel safe
set search_path = ''
as $$ select value is null or (jsonb_typeof(value) = 'object' and octet_length(value::text) <= 16384) $$;
comment on function private.is_small_object(jsonb) is 'A JSON object of at most 16 kB: what a free-form column may hold. Null passes.';
grant execute on function private.is_small_object(jsonb) to authenticated, service_role;
