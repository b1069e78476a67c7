-- Schemas with the owners a hosted project gives them: the CLI drops a service schema on `db reset` unless
-- supabase_admin owns it.
create schema if not exists extensions authorization postgres;
create schema if not exists auth authorization supabase_admin;
create schema if not exists storage authorization supabase_admin;
create schema if not exists realtime authorization supabase_admin;
create schema if not exists vault authorization supabase_admin;
create schema if not exists cron authorization supabase_admin;
create schema if not exists net authorization supabase_admin;

alter schema public owner to postgres;
grant usage on schema public to postgres, anon, authenticated, service_role;
grant usage on schema extensions to postgres, anon, authenticated, service_role, dashboard_user;
grant all on schema extensions to dashboard_user;
grant usage on schema auth to postgres, anon, authenticated, service_role, dashboard_user;
grant usage, create on schema auth to supabase_auth_admin;
-- The auth server hashes passwords in the database.
grant usage on schema extensions to supabase_auth_admin;
grant usage on schema storage to postgres, anon, authenticated, service_role, dashboard_user;
grant usage, create on schema storage to supabase_storage_admin;
grant usage on schema realtime to postgres, anon, authenticated, service_role;
grant usage, create on schema realtime to supabase_realtime_admin;

-- Nothing in public is reachable through the API until a migration grants it, new tables and functions included.
alter default privileges for role postgres in schema public revoke all on tables from anon, authenticated, service_role;
alter default privileges for role postgres in schema public revoke all on sequences from anon, authenticated, service_role;
alter default privileges for role postgres in schema public revoke all on functions from anon, authenticated, service_role;
alter default privileges for role postgres revoke execute on functions from public;
alter default privileges for role supabase_admin in schema extensions grant execute on functions to public;

create extension if not exists pgcrypto with schema extensions;
create extension if not exists "uuid-ossp" with schema extensions;
create extension if not exists pg_stat_statements with schema extensions;

do $$
begin
  execute format('alter database %I set search_path = "$user", public, extensions', current_database());
  execute format('alter database %I set pgrst.db_schemas = %L', current_database(), 'public');
  execute format('grant create, connect, temporary on database %I to postgres', current_database());
  if current_user = 'supabase_admin' then
    execute format('alter database %I owner to postgres', current_database());
  end if;
end
$$;

do $$
begin
  if not exists (select from pg_publication where pubname = 'supabase_realtime') then
    create publication supabase_realtime;
  end if;
end
$$;
alter publication supabase_realtime owner to postgres;
