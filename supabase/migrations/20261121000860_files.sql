-- Files: a private bucket in which what a file belongs to decides who may see it.

insert into storage.buckets (id, name, public, file_size_limit)
values ('org-files', 'org-files', false, 52428800)
on conflict (id) do update set public = false, file_size_limit = excluded.file_size_limit;

create function private.may_use_file(path text, command text)
returns boolean
language plpgsql
stable security definer
set search_path = ''
as $$
declare
  uuid_shape constant text := '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
  organization uuid;
  customer public.customers;
begin
  if path ~ ('^' || uuid_shape || '/shared/[^/]') then
    organization := split_part(path, '/', 1)::uuid;
    return case when command = 'read' then organization in (select private.my_orgs())
      else organization in (select private.orgs_with('organizations:update')) end;
  end if;
  if path !~ ('^' || uuid_shape || '/customers/' || uuid_shape || '/[^/]') then
    return false;
  end if;
  select * into customer
  from public.customers as found
  where found.org_id = split_part(path, '/', 1)::uuid and found.id = split_part(path, '/', 3)::uuid and found.deleted_at is null;
  return customer.id is not null
    and private.reaches('customers:' || command, customer.org_id, customer.owner_id, customer.territory_id)
    -- Whoever cannot see the record has nothing to do with its files.
    and (command = 'read' or private.reaches('customers:read', customer.org_id, customer.owner_id, customer.territory_id));
end
$$;
comment on function private.may_use_file(text, text) is
  'Whether the caller may read or update (add, replace, delete) a file by its path: <org>/customers/<customer>/… follows the customer, <org>/shared/… is read by members and changed with organizations:update. Any other path is nobody''s.';
grant execute on function private.may_use_file(text, text) to authenticated, service_role;

create policy org_files_select on storage.objects for select to authenticated
  using (bucket_id = 'org-files' and private.may_use_file(name, 'read'));
comment on policy org_files_select on storage.objects is 'Files of records one can see.';
create policy org_files_insert on storage.objects for insert to authenticated
  with check (bucket_id = 'org-files' and private.may_use_file(name, 'update'));
comment on policy org_files_insert on storage.objects is 'Adding files to records one may change.';
create policy org_files_update on storage.objects for update to authenticated
  using (bucket_id = 'org-files' and private.may_use_file(name, 'update'))
  with check (bucket_id = 'org-files' and private.may_use_file(name, 'update'));
comment on policy org_files_update on storage.objects is 'Replacing files of records one may change; a file cannot be moved to one that one may not.';
create policy org_files_delete on storage.objects for delete to authenticated
  using (bucket_id = 'org-files' and private.may_use_file(name, 'update'));
comment on policy org_files_delete on storage.objects is 'Deleting files of records one may change.';
