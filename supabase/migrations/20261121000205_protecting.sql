-- Protecting: a table declares what it is about and which of its columns say whose a row is and where it lies; its
-- policies follow. See "Add a table" in docs/data-model.md.

create table private.protected_tables (
  table_name text primary key,
  resource text not null,
  owner_column text,
  territory_column text,
  parent_column text,
  parent_table text references private.protected_tables (table_name),
  has_trash boolean not null,
  permissions jsonb not null
);
create index protected_tables_parent_table_idx on private.protected_tables (parent_table);
comment on table private.protected_tables is 'How each table is protected, as declared by private.protect. Read to explain access, to empty the trash and to find topics; the policies were made of it.';
comment on column private.protected_tables.table_name is 'Name of the table in the schema public.';
comment on column private.protected_tables.resource is 'First part of its permissions.';
comment on column private.protected_tables.owner_column is 'Column with the user id of the owner; null when rows have none.';
comment on column private.protected_tables.territory_column is 'Column with the territory a row lies in; null when rows lie in none.';
comment on column private.protected_tables.parent_column is 'Column with the record that a row is part of and whose visibility it shares.';
comment on column private.protected_tables.parent_table is 'Table of that record.';
comment on column private.protected_tables.has_trash is 'Rows with deleted_at are hidden.';
comment on column private.protected_tables.permissions is 'What each command needs: a permission, or "member" for every active member.';

create function private.reach_condition(target private.protected_tables, permission text)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  condition text;
  not_in_trash text := '';
begin
  if permission = 'member' then
    return 'org_id = any (array(select private.my_orgs()))';
  end if;
  if target.parent_table is not null then
    if (select parent.has_trash from private.protected_tables as parent where parent.table_name = target.parent_table) then
      not_in_trash := format(
        'and not exists (select from private.trashed_%1$s as trashed where trashed.org_id = %2$I.org_id and trashed.id = %2$I.%3$I) ',
        target.parent_table, target.table_name, target.parent_column);
    end if;
    -- Whoever reads all of both is not asked about each row, but for its being in the trash, which most are not. The
    -- sub-select is under the policies of the parent.
    return format(
      '((org_id = any (array(select private.orgs_with(%1$L) intersect select private.orgs_with(%2$L))) ' || not_in_trash || ') '
      'or (org_id = any (array(select private.orgs_with_any(%1$L))) '
      'and exists (select from public.%3$I as parent where parent.org_id = %4$I.org_id and parent.id = %4$I.%5$I)))',
      permission, (select parent.permissions ->> 'select' from private.protected_tables as parent where parent.table_name = target.parent_table),
      target.parent_table, target.table_name, target.parent_column);
  end if;
  condition := format('org_id = any (array(select private.orgs_with(%L)))', permission);
  if target.owner_column is not null or target.territory_column is not null then
    -- One part of an `or` is of no use to an index as long as the others are not. Saying it like this, Postgres does not look
    -- for indexes that would serve it, which it does for every statement.
    condition := '(' || condition || ') is true';
  end if;
  if target.owner_column is not null then
    condition := condition || format(' or (org_id, %I) in (select org_id, user_id from private.users_with(%L))', target.owner_column, permission);
  end if;
  if target.territory_column is not null then
    -- A hashed set: there can be thousands, and comparing with a list would go through them for every row.
    condition := condition || format(' or %I in (select private.territories_with(%L))', target.territory_column, permission);
  end if;
  return '(' || condition || ')';
end
$$;
comment on function private.reach_condition(private.protected_tables, text) is 'The condition of a policy: which rows of a table a permission of the caller covers.';

create function private.protect(
  target regclass, resource text, owner text default null, territory text default null, parent text default null,
  trash boolean default false, permissions jsonb default '{}'
)
returns void
language plpgsql
set search_path = ''
as $$
declare
  declared private.protected_tables;
  command text;
  needed text;
  reached text;
  suffix text;
begin
  declared.table_name := (select relname from pg_catalog.pg_class where oid = target);
  declared.resource := resource;
  declared.owner_column := owner;
  declared.territory_column := territory;
  declared.parent_column := parent;
  declared.parent_table := (
    select whole.relname
    from pg_catalog.pg_constraint as reference
    join pg_catalog.pg_class as whole on whole.oid = reference.confrelid
    join pg_catalog.pg_attribute as attribute on attribute.attrelid = reference.conrelid and attribute.attname = parent
    where reference.contype = 'f' and reference.conrelid = target and whole.relname <> 'organizations' and reference.confrelid <> target
      and attribute.attnum = any (reference.conkey)
  );
  declared.has_trash := trash;
  if parent is not null and declared.parent_table is null then
    raise exception '%.% refers to no table', target, parent;
  end if;
  for command in select unnest(array['select', 'insert', 'update', 'delete']) loop
    needed := coalesce(permissions ->> command, resource || ':' || case command when 'select' then 'read' when 'insert' then 'create' else command end);
    declared.permissions := coalesce(declared.permissions, '{}') || jsonb_build_object(command, needed);
  end loop;
  insert into private.protected_tables select (declared).*;
  if trash then
    execute format('create index %I on %s (org_id, deleted_at desc, id desc) where deleted_at is not null', declared.table_name || '_trash_idx', target);
    -- Read by the policies of what belongs to these rows, which cannot see them: with the rights of its owner.
    execute format('create view private.trashed_%1$s as select org_id, id from public.%1$I where deleted_at is not null', declared.table_name);
    execute format('comment on view private.trashed_%s is %L', declared.table_name, 'Which rows lie in the trash, so that what belongs to them is hidden with them.');
    execute format('grant select on private.trashed_%s to authenticated, service_role', declared.table_name);
  end if;

  execute format('alter table %s enable row level security', target);
  for command, needed in select * from jsonb_each_text(declared.permissions) loop
    -- A policy for each command that is granted, on the table or on some columns.
    continue when not case when command = 'delete' then has_table_privilege('authenticated', target, command)
      else has_any_column_privilege('authenticated', target, command) end;
    if needed <> 'member' and not exists (select from public.permissions as known where known.key = needed) then
      raise exception 'declare the permission % with private.add_permissions before protecting %', needed, target;
    end if;
    reached := private.reach_condition(declared, needed);
    suffix := case needed when 'member' then 'member' else 'permitted' end;
    execute format('create policy %I on %s for %s to authenticated %s %s', declared.table_name || '_' || command || '_' || suffix, target, command,
      case when command = 'insert' then '' else 'using (' || case when trash then 'deleted_at is null and ' else '' end || reached || ')' end,
      case when command in ('insert', 'update') then 'with check (' || reached || ')' else '' end);
    execute format('comment on policy %I on %s is %L', declared.table_name || '_' || command || '_' || suffix, target,
      case when needed = 'member' then 'Active members.'
        else format('Needs %s, within its reach%s.', needed,
          case when declared.parent_table is null then '' else ', and sight of the record it is part of' end) end
      || case when trash and command <> 'insert' then ' Trash is hidden.' else '' end);
  end loop;
end
$$;
comment on function private.protect(regclass, text, text, text, text, boolean, jsonb) is
  'Protects a table: row-level security with one policy for each granted command, and its place in private.protected_tables. resource names the permissions (resource:read, create, update, delete; permissions overrides them by command, "member" for every active member), owner and territory the columns that say whose a row is and where it lies, parent the column with the record it is part of, trash whether deleted_at hides it. Call it after the grants.';
