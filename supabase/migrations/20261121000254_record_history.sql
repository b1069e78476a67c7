-- What the trail says about one record, and what it is told when somebody asks for a record of others.

-- History of one record -----------------------------------------------------------------------------------

create function private.record_history(table_name text, record_id uuid, before_id bigint, page_size integer)
returns table (
  id bigint, at timestamptz, actor_kind public.audit_actor_kind, actor_id uuid, api_key_id uuid, action text, old_values jsonb, new_values jsonb,
  of_table text
)
language plpgsql
stable security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  size constant integer := least(greatest(coalesce(record_history.page_size, 30), 1), 200);
  organizations constant uuid[] := array(select private.my_orgs());
  -- What was written in the note of a customer belongs to the customer; whoever sees the one sees the other.
  note constant uuid := (
    select known.id from public.customer_notes as known
    where record_history.table_name = 'customers' and known.customer_id = record_history.record_id and known.org_id = any (organizations)
  );
begin
  return query
  select entry.*
  from (values (record_history.table_name, record_history.record_id), ('customer_notes', note)) as watched (of_table, record)
  cross join lateral (
    select log.id, log.at, log.actor_kind, log.actor_id, log.api_key_id, log.action, log.old_values, log.new_values, log.table_name
    from public.audit_log as log
    where log.record_id = watched.record and log.table_name = watched.of_table
      and log.org_id = any (organizations)
      and (record_history.before_id is null or log.id < record_history.before_id)
    order by log.id desc
    limit size
  ) as entry
  order by entry.id desc
  limit size;
end
$$;
comment on function private.record_history(text, uuid, bigint, integer) is
  'See public.record_history, which decides whether the caller may see the record; here only members of its organisation get anything.';

create function public.record_history(table_name text, record_id uuid, before_id bigint default null, page_size integer default 30)
returns table (
  id bigint, at timestamptz, actor_kind public.audit_actor_kind, actor_id uuid, api_key_id uuid, action text, old_values jsonb, new_values jsonb,
  of_table text
)
language plpgsql
stable
rows 30
set search_path = ''
as $$
#variable_conflict use_column
-- Runs as the caller: whether they see the record is asked of the record's own policies.
declare
  is_visible boolean := false;
begin
  if not exists (
    select from pg_catalog.pg_trigger as attached
    join pg_catalog.pg_class as target on target.oid = attached.tgrelid and target.relnamespace = 'public'::regnamespace
    where attached.tgfoid = 'private.audit'::regproc and target.relname = record_history.table_name
  ) then
    perform private.fail(422, 'invalid_value', 'There is no history of this table.', '{"field": "table_name"}');
  end if;
  if pg_catalog.has_table_privilege(format('public.%I', record_history.table_name), 'select') then
    execute format('select exists (select from public.%I where id = $1)', record_history.table_name)
      into is_visible using record_history.record_id;
  end if;
  -- Of what lies in the trash or is gone, whoever reads the whole trail still reads the history.
  if not is_visible and not exists (
    select from public.audit_log where audit_log.record_id = record_history.record_id
      and audit_log.table_name = record_history.table_name
  ) then
    perform private.fail(404, 'record_not_found', 'There is no such record, or you may not see it.');
  end if;
  return query select * from private.record_history(record_history.table_name, record_history.record_id, before_id, page_size);
end
$$;
comment on function public.record_history(text, uuid, bigint, integer) is
  'What happened to a record, newest first, for everyone who may see it (and for audit:read when it is gone): a page of entries before the given id, 200 at most. With a customer come the editing sessions of its note (of_table customer_notes). PT404 record_not_found, PT422 invalid_value.';

create function private.last_edit_of(table_name text, record_id uuid, field text)
returns table (by uuid, at timestamptz)
language sql
stable security definer
rows 1
set search_path = ''
as $$
  select log.actor_id, log.at from public.audit_log as log
  where log.record_id = last_edit_of.record_id and log.table_name = last_edit_of.table_name
    and (log.new_values operator(pg_catalog.?) field or log.action = 'insert')
  order by log.id desc
  limit 1
$$;
comment on function private.last_edit_of(text, uuid, text) is
  'Who gave a field of a record its present value, and when: the last entry of the trail that names it. For naming the other one in a conflict.';

-- Foreign records ------------------------------------------------------------------------------------------

create function private.report_foreign_access(table_name text, record_id uuid)
returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  owner_org uuid;
begin
  if auth.uid() is null or not exists (
    select from pg_catalog.pg_trigger as attached
    join pg_catalog.pg_class as target on target.oid = attached.tgrelid and target.relnamespace = 'public'::regnamespace
    where attached.tgfoid = 'private.audit'::regproc and target.relname = report_foreign_access.table_name
      and exists (select from pg_catalog.pg_attribute where attrelid = target.oid and attname = 'org_id')
  ) then
    return false;
  end if;
  execute format('select org_id from public.%I where id = $1', report_foreign_access.table_name) into owner_org using report_foreign_access.record_id;
  if owner_org is null or owner_org in (select private.my_orgs()) then
    return false;
  end if;
  -- Once an hour is enough to know, and nobody fills the trail of others.
  if exists (
    select from public.audit_log as log
    where log.org_id = owner_org and log.table_name = 'security' and log.at > now() - interval '1 hour'
      and log.action = 'foreign_access' and log.actor_id = auth.uid()
  ) then
    return false;
  end if;
  perform private.record_security_event(owner_org, 'foreign_access',
    jsonb_build_object('table_name', report_foreign_access.table_name, 'record_id', report_foreign_access.record_id));
  return true;
end
$$;
comment on function private.report_foreign_access(text, uuid) is 'See public.report_foreign_access.';

create function public.report_foreign_access(table_name text, record_id uuid)
returns void
language sql
set search_path = ''
as $$ select private.report_foreign_access(table_name, record_id) $$;
comment on function public.report_foreign_access(text, uuid) is
  'Called by the app after it answered "not found": if the record lies in an organisation the caller is no member of, that organisation''s trail gets a security event, at most one an hour for a person. Says nothing to the caller.';

grant execute on function
  private.record_history(text, uuid, bigint, integer), private.last_edit_of(text, uuid, text), private.report_foreign_access(text, uuid),
  public.record_history(text, uuid, bigint, integer), public.report_foreign_access(text, uuid)
to authenticated;
