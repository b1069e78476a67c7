-- Standard columns: identity, origin, version and organisation of every business row are kept by triggers.

create function private.refuse_while_viewing()
returns void
language plpgsql
set search_path = ''
as $$
begin
  if private.viewing_as() is not null then
    perform private.fail(403, 'viewing_as_read_only', 'You are viewing the app as another role: nothing can be changed meanwhile.');
  end if;
end
$$;
comment on function private.refuse_while_viewing() is
  'Refuses while an admin views the app as another role. What needs a permission is refused anyway; this is for what everybody may do with their own. PT403 viewing_as_read_only.';
grant execute on function private.refuse_while_viewing() to authenticated, service_role;

create function private.stamp_insert()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  perform private.refuse_while_viewing();
  new.created_by := coalesce(auth.uid(), new.created_by);
  return new;
end
$$;
comment on function private.stamp_insert() is
  'Before insert: the signed-in person is the creator, whatever the client sent. Jobs and seeds without a person keep what they give.';

create function private.stamp_update()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  perform private.refuse_while_viewing();
  new.id := old.id;
  new.created_at := old.created_at;
  new.created_by := old.created_by;
  new.updated_at := now();
  new.version := old.version + 1;
  return new;
end
$$;
comment on function private.stamp_update() is
  'Before update of a changed row: keeps identity and origin, sets updated_at, bumps version. Clients compare versions to drop what they already have.';

create function private.stamp_editor()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.updated_by := coalesce(auth.uid(), new.updated_by);
  return new;
end
$$;
comment on function private.stamp_editor() is 'Before insert or update: remembers who changed the row last, to name them in a conflict.';

create function private.refuse_other_organization()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  perform private.fail(409, 'organization_fixed', 'A row cannot move to another organisation.', '{"field": "org_id"}');
  return null;
end
$$;
comment on function private.refuse_other_organization() is 'Before an update of org_id: refuses, for everyone.';

create function private.describe_standard_columns(target regclass)
returns void
language plpgsql
set search_path = ''
as $$
declare
  described record;
begin
  for described in
    select attribute.attname, texts.description
    from pg_catalog.pg_attribute as attribute
    join (values
      ('id', 'Identity of the row; a client may choose it to show the row before the server answers.'),
      ('org_id', 'Organisation that owns the row. Part of every foreign key between tenant tables.'),
      ('created_at', 'When the row came into being.'),
      ('updated_at', 'When the row last changed; set by trigger.'),
      ('created_by', 'Who created the row. Not a foreign key: history outlives accounts.'),
      ('updated_by', 'Who changed the row last; set by trigger.'),
      ('version', 'Starts at 1 and grows by one with every change; set by trigger.'),
      ('deleted_at', 'In the trash since; null for a live row.'),
      ('deleted_by', 'Who moved the row to the trash.')
    ) as texts (name, description) on texts.name = attribute.attname
    where attribute.attrelid = target and not attribute.attisdropped
      and pg_catalog.col_description(target, attribute.attnum) is null
  loop
    execute format('comment on column %s.%I is %L', target, described.attname, described.description);
  end loop;
end
$$;
comment on function private.describe_standard_columns(regclass) is 'Comments the columns that mean the same in every table.';

create function private.add_standard_triggers(target regclass, audited boolean default true)
returns void
language plpgsql
set search_path = ''
as $$
declare
  table_name text := (select relname from pg_catalog.pg_class where oid = target);
begin
  if exists (select from pg_catalog.pg_attribute where attrelid = target and attname = 'org_id') then
    execute format('create trigger %I before update of org_id on %s for each row when (old.org_id is distinct from new.org_id) execute function private.refuse_other_organization()',
      table_name || '_before_update_tenant', target);
    execute format('comment on trigger %I on %s is %L', table_name || '_before_update_tenant', target, 'A row stays in its organisation.');
  end if;
  execute format('create trigger %I before insert on %s for each row execute function private.stamp_insert()',
    table_name || '_before_insert_stamp', target);
  execute format('create trigger %I before update on %s for each row when (old.* is distinct from new.*) execute function private.stamp_update()',
    table_name || '_before_update_stamp', target);
  execute format('comment on trigger %I on %s is %L', table_name || '_before_insert_stamp', target, 'Sets created_by.');
  execute format('comment on trigger %I on %s is %L', table_name || '_before_update_stamp', target, 'Sets updated_at and version.');
  if audited then
    perform private.audit_changes_of(target);
  end if;
  perform private.describe_standard_columns(target);
end
$$;
comment on function private.add_standard_triggers(regclass, boolean) is
  'Declares a table standard: created_by, updated_at and version are kept by triggers, rows stay in their organisation, its changes are in the audit trail, and the standard columns get their comments.';
