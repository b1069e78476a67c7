-- Stands in for the extension supabase_vault, which the embedded Postgres does not carry.
-- Same table, view and function signatures as on a hosted project.
-- Applied by supabase_admin on every start, so every statement can be repeated.
--
-- How secrets are kept: each is encrypted with AES-256 (pgcrypto) under a key of its own, derived from the root key and
-- the row's id, so that a cipher text moved to another row does not open. As hosted, the root key lives in a file and in
-- no table: tandem_vault.key beside Postgres' own files, written for the first secret and read only by
-- functions of supabase_admin. A dump, a replica or a stolen table therefore holds nothing readable.

create schema if not exists extensions;
create extension if not exists pgcrypto with schema extensions;
create schema if not exists vault;
comment on schema vault is 'Secrets, encrypted at rest, with the interface of Supabase Vault.';

create table if not exists vault.secrets (
  id uuid primary key default gen_random_uuid(),
  name text,
  description text not null default '',
  secret text not null,
  key_id uuid,
  nonce bytea default extensions.gen_random_bytes(16),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index if not exists secrets_name_idx on vault.secrets (name) where name is not null;
comment on table vault.secrets is 'Encrypted secrets. Write through vault.create_secret and vault.update_secret, read vault.decrypted_secrets.';
comment on column vault.secrets.secret is 'Cipher text in base64.';
comment on column vault.secrets.key_id is 'Kept for compatibility; unused, as hosted.';
comment on column vault.secrets.nonce is 'Part of the row''s key, renewed with every new value.';

-- The key's content never travels through a setting, because any role may read settings.
create or replace function vault._ensure_root_key() returns void
language plpgsql
set search_path = ''
as $$
begin
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('vault root key'));
  if coalesce(octet_length(pg_catalog.pg_read_binary_file('tandem_vault.key', 0, 100, true)), 0) < 64
    and not exists (select from vault.secrets) then
    execute format(
      'copy (select pg_catalog.encode(extensions.gen_random_bytes(32), ''hex'')) to %L',
      current_setting('data_directory') || '/tandem_vault.key'
    );
  end if;
end
$$;
comment on function vault._ensure_root_key() is 'Writes the root key file before the first secret. Never replaces the key of secrets that exist.';

create or replace function vault._row_key(secret_id uuid, nonce bytea) returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  root_key text := btrim(pg_catalog.pg_read_file('tandem_vault.key', 0, 100, true), E' \r\n');
begin
  if coalesce(length(root_key), 0) <> 64 then
    raise exception 'the vault''s root key is missing'
      using errcode = 'object_not_in_prerequisite_state',
            hint = 'Put tandem_vault.key back into the Postgres data directory, or delete the rows of vault.secrets, which nothing can open any more.';
  end if;
  return encode(extensions.hmac(convert_to(secret_id::text, 'UTF8') || nonce, decode(root_key, 'hex'), 'sha256'), 'hex');
end
$$;
comment on function vault._row_key(uuid, bytea) is 'The key of one secret. Callable by supabase_admin only: nobody else may read the key file.';

create or replace function vault._encrypt(secret_id uuid, nonce bytea, plain text) returns text
language sql
set search_path = ''
as $$
  select encode(extensions.pgp_sym_encrypt(plain, vault._row_key(secret_id, nonce), 'cipher-algo=aes256, s2k-mode=1, compress-algo=0'), 'base64')
$$;
comment on function vault._encrypt(uuid, bytea, text) is 'Encrypts one secret. For the functions of this schema.';

create or replace function vault._decrypt(secret_id uuid, nonce bytea, cipher text) returns text
language sql
security definer
set search_path = ''
as $$
  select extensions.pgp_sym_decrypt(decode(cipher, 'base64'), vault._row_key(secret_id, nonce))
$$;
comment on function vault._decrypt(uuid, bytea, text) is 'Decrypts one secret. For the view vault.decrypted_secrets.';

create or replace view vault.decrypted_secrets as
  select id, name, description, secret, vault._decrypt(id, nonce, secret) as decrypted_secret, key_id, nonce, created_at, updated_at
  from vault.secrets;
comment on view vault.decrypted_secrets is 'Secrets with their plain text in decrypted_secret. Never grant it to a client role.';

create or replace function vault.create_secret(
  new_secret text,
  new_name text default null,
  new_description text default '',
  new_key_id uuid default null
) returns uuid
language plpgsql
security definer
set search_path = ''
as $$
declare
  secret_id uuid := gen_random_uuid();
  secret_nonce bytea := extensions.gen_random_bytes(16);
begin
  perform vault._ensure_root_key();
  insert into vault.secrets (id, name, description, secret, key_id, nonce)
  values (secret_id, new_name, coalesce(new_description, ''), vault._encrypt(secret_id, secret_nonce, new_secret), new_key_id, secret_nonce);
  return secret_id;
end
$$;
comment on function vault.create_secret(text, text, text, uuid) is 'Stores a secret and returns its id. A name can be used once.';

create or replace function vault.update_secret(
  secret_id uuid,
  new_secret text default null,
  new_name text default null,
  new_description text default null,
  new_key_id uuid default null
) returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  secret_nonce bytea := extensions.gen_random_bytes(16);
begin
  update vault.secrets s
  set secret = case when new_secret is null then s.secret else vault._encrypt(s.id, secret_nonce, new_secret) end,
      nonce = case when new_secret is null then s.nonce else secret_nonce end,
      name = coalesce(new_name, s.name),
      description = coalesce(new_description, s.description),
      key_id = coalesce(new_key_id, s.key_id),
      updated_at = now()
  where s.id = secret_id;
end
$$;
comment on function vault.update_secret(uuid, text, text, text, uuid) is 'Changes the given properties of a secret; null leaves one as it is.';

revoke all on schema vault from public;
revoke all on all tables in schema vault from public;
revoke all on all functions in schema vault from public;
grant usage on schema vault to postgres, service_role;
grant select, delete, truncate, references on vault.secrets, vault.decrypted_secrets to postgres with grant option;
grant select, delete on vault.secrets, vault.decrypted_secrets to service_role;
grant execute on function vault.create_secret(text, text, text, uuid), vault.update_secret(uuid, text, text, text, uuid) to postgres, service_role;
grant execute on function vault._decrypt(uuid, bytea, text) to postgres, service_role;
