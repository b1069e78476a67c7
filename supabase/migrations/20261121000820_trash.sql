-- The trash: what was deleted, by whom and when; back with everything that belongs to it, or gone for good after a while.
-- For every table that private.protect declares with trash => true. Parts without deleted_at of their own (a customer's
-- interactions) are never touched: they are out of sight while the record is, come back with it, and go with it in the end.

select private.add_permissions('[
  {"key": "trash:read", "description": "See what has been deleted, of what one may see.", "roles": {"manager": "all"}},
  {"key": "trash:restore", "description": "Restore what has been deleted.", "roles": {"manager": "all"}}
]');

create table private.trash_kept (
  table_name text not null,
  record_id uuid not null,
  reason text not null,
  tried_at timestamptz not null default now(),
  primary key (table_name, record_id)
);
comment on table private.trash_kept is 'Records whose time in the trash is over, but which history still refers to. They stay, restorable, and are tried again each day.';
comment on column private.trash_kept.table_name is 'Table of the record.';
comment on column private.trash_kept.record_id is 'The record.';
comment on column private.trash_kept.reason is 'The rule that keeps it: a constraint or an error code.';
comment on column private.trash_kept.tried_at is 'When it was last tried.';

-- What a record is ----------------------------------------------------------------------------------------------

create function private.trash_title(table_name text)
returns text
language sql
stable
set search_path = ''
as $$
  select coalesce((
    select format('%I::text', attribute.attname)
    from pg_catalog.pg_attribute as attribute
    where attribute.attrelid = to_regclass('public.' || quote_ident(trash_title.table_name)) and not attribute.attisdropped
      and attribute.attname in ('name', 'title', 'subject', 'number')
    order by array_position(array['name', 'title', 'subject', 'number'], attribute.attname::text)
    limit 1
  ), 'id::text')
$$;
comment on function private.trash_title(text) is 'The SQL expression of what people call a record of a table.';

create function private.trashable(table_name text)
returns private.protected_tables
language plpgsql
stable security definer
set search_path = ''
as $$
declare
  target private.protected_tables;
begin
  select * into target from private.protected_tables as declared where declared.table_name = trashable.table_name and declared.has_trash;
  if target.table_name is null then
    perform private.fail(422, 'invalid_value', 'Records of this kind do not go to the trash.', '{"field": "table_name"}');
  end if;
  return target;
end
$$;
comment on function private.trashable(text) is 'How a table with trash is protected. PT422 invalid_value {field: table_name} for any other.';

create function private.trash_reach(target private.protected_tables, permission text)
returns text
language plpgsql
stable security definer
set search_path = ''
as $$
declare
  whole private.protected_tables;
begin
  if target.parent_table is null then
    return private.reach_condition(target, permission);
  end if;
  -- What the policies ask of the record it is part of is asked here by name: definer functions are under no policy.
  select * into whole from private.protected_tables as declared where declared.table_name = target.parent_table;
  return format(
    '(%1$I.org_id = any (array(select private.orgs_with_any(%2$L))) and exists (
      select from public.%3$I where %3$I.org_id = %1$I.org_id and %3$I.id = %1$I.%4$I and %5$s))',
    target.table_name, permission, target.parent_table, target.parent_column, private.trash_reach(whole, whole.permissions ->> 'select'));
end
$$;
comment on function private.trash_reach(private.protected_tables, text) is
  'The condition under which a permission of the caller covers rows of a table, in the trash or not.';

create function private.reaches_record(target private.protected_tables, permission text, record_id uuid)
returns boolean
language plpgsql
stable security definer
set search_path = ''
as $$
declare
  reached boolean;
begin
  execute format('select exists (select from public.%1$I where %1$I.id = $1 and %2$s)', target.table_name, private.trash_reach(target, permission))
    into reached using record_id;
  return reached;
end
$$;
comment on function private.reaches_record(private.protected_tables, text, uuid) is 'Whether a permission of the caller covers one record, in the trash or not.';

create function private.trash_record_of(target private.protected_tables, record_id uuid, is_trashed boolean)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  record jsonb;
begin
  -- Locked only for who may see it; asked again below, since waiting takes time.
  execute format(
    'select to_jsonb(%1$I) from public.%1$I where %1$I.id = $1 and (%1$I.deleted_at is not null) = $2
      and %1$I.org_id = any (array(select private.my_orgs())) and %2$s for update of %1$I',
    target.table_name, private.trash_reach(target, target.permissions ->> 'select'))
    into record using record_id, is_trashed;
  -- What one may not see does not exist.
  if record is null or (record ->> 'org_id')::uuid not in (select private.my_orgs())
    or not private.reaches_record(target, target.permissions ->> 'select', record_id)
  then
    perform private.fail(404, case when is_trashed then 'not_in_trash' else 'record_not_found' end,
      case when is_trashed then 'This is not in the trash any more, or you may not see it.' else 'There is no such record, or you may not see it.' end,
      jsonb_build_object('table', target.table_name, 'id', record_id));
  end if;
  return record;
end
$$;
comment on function private.trash_record_of(private.protected_tables, uuid, boolean) is
  'A record that is in the trash, or one that is not, locked, if the caller may see it. PT404 not_in_trash, record_not_found.';

create function private.field_that_collides(target regclass, rule text)
returns text
language sql
stable
set search_path = ''
as $$
  -- Of a constraint or of a unique index: one that leaves the trash out is no constraint.
  select coalesce(private.field_of_constraint(target, rule, '{}'), (
    select attribute.attname::text
    from pg_catalog.pg_index as index
    join pg_catalog.pg_class as named on named.oid = index.indexrelid and named.relname = rule
    join pg_catalog.pg_attribute as attribute on attribute.attrelid = target and attribute.attnum = any (index.indkey)
    where index.indrelid = target and attribute.attname <> 'org_id'
    order by array_position(index.indkey::smallint[], attribute.attnum)
    limit 1
  ), rule)
$$;
comment on function private.field_that_collides(regclass, text) is 'The field to name when a record cannot come back because of a rule; the rule itself when it has none.';

-- Into the trash and back -----------------------------------------------------------------------------------------

create function private.move_to_trash(table_name text, record_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  target constant private.protected_tables := private.trashable(move_to_trash.table_name);
  is_repeat boolean;
begin
  -- Whose answer was lost sends it again.
  execute format('select exists (select from public.%I as trashed
      where trashed.id = $1 and trashed.deleted_at is not null and trashed.deleted_by = auth.uid() and trashed.org_id = any (array(select private.my_orgs())))',
    target.table_name) into is_repeat using move_to_trash.record_id;
  if is_repeat then
    return;
  end if;
  perform private.trash_record_of(target, move_to_trash.record_id, false);
  if not private.reaches_record(target, target.permissions ->> 'delete', move_to_trash.record_id) then
    perform private.fail(403, target.resource || '_delete_denied', format('Your role does not include %s for this record.', target.permissions ->> 'delete'),
      jsonb_build_object('permission', target.permissions ->> 'delete'));
  end if;
  execute format('update public.%I set deleted_at = now(), deleted_by = $2 where id = $1', target.table_name) using record_id, auth.uid();
end
$$;
comment on function private.move_to_trash(text, uuid) is 'See public.move_to_trash.';

create function public.move_to_trash(table_name text, record_id uuid)
returns void
language sql
set search_path = ''
as $$ select private.move_to_trash(table_name, record_id) $$;
comment on function public.move_to_trash(text, uuid) is
  'Moves a record with all that belongs to it to the trash; what the caller has moved there already stays as it is. PT403 <table>_delete_denied, PT404 record_not_found, PT422 invalid_value {field: table_name}.';

create function private.restore_from_trash(table_name text, record_id uuid)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  target constant private.protected_tables := private.trashable(restore_from_trash.table_name);
  record jsonb := private.trash_record_of(target, record_id, true);
  organization constant uuid := record ->> 'org_id';
  may_read constant boolean := organization in (select private.orgs_with('trash:read'));
  broken text;
  whole jsonb;
begin
  -- Who deleted something can take that back.
  if not (organization in (select private.orgs_with('trash:restore')) or ((record ->> 'deleted_by')::uuid = auth.uid()
    and private.reaches_record(target, target.permissions ->> 'delete', restore_from_trash.record_id)))
  then
    if not may_read then
      perform private.fail(404, 'not_in_trash', 'This is not in the trash any more, or you may not see it.', jsonb_build_object('table', target.table_name, 'id', record_id));
    end if;
    perform private.fail(403, 'trash_restore_denied', 'Your role does not allow restoring what others deleted.', '{"permission": "trash:restore"}');
  end if;
  if target.parent_table in (select declared.table_name from private.protected_tables as declared where declared.has_trash) then
    execute format('select jsonb_build_object(''table'', %L, ''id'', whole.id, ''title'', whole.%s) from public.%I as whole where whole.id = $1 and whole.deleted_at is not null',
      target.parent_table, private.trash_title(target.parent_table), target.parent_table)
      into whole using (record ->> target.parent_column)::uuid;
    if whole is not null then
      perform private.fail(409, 'parent_in_trash', 'What this belongs to is in the trash itself. Restore that first.', whole);
    end if;
  end if;
  begin
    execute format('update public.%I set deleted_at = null, deleted_by = null where id = $1', target.table_name) using record_id;
  exception
    when unique_violation then
      get stacked diagnostics broken = constraint_name;
      broken := private.field_that_collides(format('public.%I', target.table_name)::regclass, broken);
      perform private.fail(409, 'restore_taken', format('Another record has taken the same %s in the meantime. Change that one first.', broken),
        jsonb_build_object('field', broken, 'value', record -> broken));
    when foreign_key_violation then
      get stacked diagnostics broken = constraint_name;
      broken := private.field_that_collides(format('public.%I', target.table_name)::regclass, broken);
      perform private.fail(409, 'restore_parent_missing', format('What %s refers to is gone for good, so this cannot come back.', broken),
        jsonb_build_object('field', broken));
  end;
  delete from private.trash_kept as kept where kept.table_name = target.table_name and kept.record_id = restore_from_trash.record_id;
  return jsonb_build_object('table_name', target.table_name, 'record_id', record_id, 'title',
    coalesce(record ->> 'name', record ->> 'title', record ->> 'subject', record ->> 'number', record ->> 'id'));
end
$$;
comment on function private.restore_from_trash(text, uuid) is 'See public.restore_from_trash.';

create function public.restore_from_trash(table_name text, record_id uuid)
returns jsonb
language sql
set search_path = ''
as $$ select private.restore_from_trash(table_name, record_id) $$;
comment on function public.restore_from_trash(text, uuid) is
  'Takes a record with all that belongs to it out of the trash: {table_name, record_id, title}. Needs trash:restore, or to have deleted it oneself. PT403 trash_restore_denied; PT404 not_in_trash; PT409 parent_in_trash {table, id, title}, restore_taken {field, value}, restore_parent_missing {field}; PT422 invalid_value {field: table_name}.';

-- Looking into it ------------------------------------------------------------------------------------------------------

create function private.trash(
  org_id uuid, of_table text, by_user uuid, before_at timestamptz, before_id uuid, page_size integer
)
returns table (
  table_name text, record_id uuid, title text, deleted_at timestamptz, deleted_by uuid, purge_at timestamptz, is_kept boolean
)
language plpgsql
stable security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  rows_wanted constant integer := least(greatest(coalesce(page_size, 50), 1), 200);
  days integer;
  parts text;
begin
  perform private.require_permission(trash.org_id, 'trash:read', 'Your role does not allow looking into the trash.');
  if of_table is not null then
    perform private.trashable(of_table);
  end if;
  days := private.setting(trash.org_id, 'trash.retention_days');
  -- One branch for each kind of record, each with its index and its reach.
  select string_agg(format(
    '(select %1$L::text as table_name, id as record_id, %2$s as title, deleted_at, deleted_by from public.%1$I
      where org_id = $1 and deleted_at is not null and ($2 is null or deleted_by = $2)
        and ($3 is null or (deleted_at, id) < ($3, $4)) and %3$s
      order by deleted_at desc, id desc limit $5)',
    target.table_name, private.trash_title(target.table_name), private.trash_reach(target, target.permissions ->> 'select')), ' union all ')
  into parts
  from private.protected_tables as target
  where target.has_trash and (of_table is null or target.table_name = of_table);
  return query execute format(
    'select found.table_name, found.record_id, found.title, found.deleted_at, found.deleted_by,
      found.deleted_at + make_interval(days => $6), kept.record_id is not null
    from (%s) as found
    left join private.trash_kept as kept on kept.table_name = found.table_name and kept.record_id = found.record_id
    order by found.deleted_at desc, found.record_id desc limit $5', parts)
    using trash.org_id, by_user, before_at, coalesce(before_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'), rows_wanted, days;
end
$$;
comment on function private.trash(uuid, text, uuid, timestamptz, uuid, integer) is 'See public.trash.';

create function public.trash(
  org_id uuid, of_table text default null, by_user uuid default null, before_at timestamptz default null, before_id uuid default null,
  page_size integer default 50
)
returns table (
  table_name text, record_id uuid, title text, deleted_at timestamptz, deleted_by uuid, purge_at timestamptz, is_kept boolean
)
language sql
stable
rows 50
set search_path = ''
as $$ select * from private.trash(org_id, of_table, by_user, before_at, before_id, page_size) $$;
comment on function public.trash(uuid, text, uuid, timestamptz, uuid, integer) is
  'What was deleted, latest first, one page after the given moment and id: of one table or by one person where named. purge_at is when it goes for good, unless is_kept: history refers to it. Needs trash:read, and shows what the caller could see. At most 200. PT403 trash_read_denied, PT404 organization_not_found, PT422 invalid_value {field: table_name}.';

grant execute on function
  private.move_to_trash(text, uuid), private.restore_from_trash(text, uuid),
  private.trash(uuid, text, uuid, timestamptz, uuid, integer),
  public.move_to_trash(text, uuid), public.restore_from_trash(text, uuid),
  public.trash(uuid, text, uuid, timestamptz, uuid, integer)
to authenticated;

-- Gone for good ----------------------------------------------------------------------------------------------------------

create function private.purge_record(table_name text, record_id uuid)
returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  rule text;
  removed integer;
begin
  execute format('delete from public.%I where id = $1 and deleted_at is not null', table_name) using record_id;
  get diagnostics removed = row_count;
  return removed > 0;
exception when foreign_key_violation or restrict_violation or sqlstate 'PT409' then
  get stacked diagnostics rule = constraint_name;
  insert into private.trash_kept (table_name, record_id, reason)
  values (purge_record.table_name, purge_record.record_id, coalesce(nullif(rule, ''), sqlerrm))
  on conflict on constraint trash_kept_pkey do update set reason = excluded.reason, tried_at = now();
  return false;
end
$$;
comment on function private.purge_record(text, uuid) is
  'Removes a trashed record with its parts for good, unless history refers to it (a foreign key that restricts): then it notes the rule that keeps it. Says whether it is gone.';

create function private.purge_trash(batch integer default 500)
returns integer
language plpgsql
security definer
set search_path = ''
as $$
declare
  target text;
  expired uuid;
  purged integer := 0;
begin
  for target in select declared.table_name from private.protected_tables as declared where declared.has_trash order by declared.table_name loop
    for expired in execute format(
      'select found.id
      from public.organizations as organization
      cross join lateral (
        select record.id, record.deleted_at from public.%1$I as record
        where record.org_id = organization.id
          and record.deleted_at < now() - make_interval(days => private.setting(organization.id, ''trash.retention_days'')::integer)
          and not exists (
            select from private.trash_kept as kept
            where kept.table_name = %1$L and kept.record_id = record.id and kept.tried_at > now() - interval ''1 day''
          )
        order by record.deleted_at limit $1
        for update skip locked
      ) as found
      where organization.deleted_at is null
      order by found.deleted_at limit $1', target)
      using batch
    loop
      if private.purge_record(target, expired) then
        purged := purged + 1;
      end if;
    end loop;
  end loop;
  return purged;
end
$$;
comment on function private.purge_trash(integer) is
  'Removes what has been in the trash for longer than its organisation keeps it (setting trash.retention_days), the oldest first, at most so many of each table; gives how many. Run every ten minutes.';

do $$
begin
  if exists (select from pg_catalog.pg_available_extensions where name = 'pg_cron') then
    create extension if not exists pg_cron;
  end if;
  perform cron.schedule('purge-trash', '*/10 * * * *', 'select private.purge_trash()');
end
$$;
