-- Owners and grants of the storage tables as hosted: the API roles may try anything, and policies decide.
do $$
declare
  name text;
begin
  for name in select format('%I.%I', schemaname, tablename) from pg_tables where schemaname = 'storage' loop
    execute format('alter table %s owner to supabase_storage_admin', name);
    execute format('grant all on table %s to anon, authenticated, service_role, postgres', name);
    execute format('alter table %s enable row level security', name);
  end loop;
  for name in select p.oid::regprocedure::text from pg_proc p where p.pronamespace = 'storage'::regnamespace loop
    execute format('alter function %s owner to supabase_storage_admin', name);
    execute format('grant execute on function %s to public', name);
  end loop;
end
$$;
-- Policies on storage.objects come from migrations, and only an owner may create a policy.
grant supabase_storage_admin to postgres;
