-- Edits of people, for any table: one way in for a patch, and many edits at once.

-- One record ---------------------------------------------------------------------------------------------

create function private.patchable(table_name text)
returns regclass
language plpgsql
stable security definer
set search_path = ''
as $$
begin
  if not exists (
    select from pg_catalog.pg_class as target
    where target.relnamespace = 'public'::regnamespace and target.relname = patchable.table_name and target.relkind = 'r'
      -- Policies decide about rows, grants about columns: what has both may be changed by whoever they let.
      and target.relrowsecurity and has_any_column_privilege('authenticated', target.oid, 'update')
      and exists (select from pg_catalog.pg_attribute where attrelid = target.oid and attname = 'id')
  ) then
    perform private.fail(422, 'invalid_value', 'Records of this kind are not changed this way.', '{"field": "table_name"}');
  end if;
  return format('public.%I', table_name)::regclass;
end
$$;
comment on function private.patchable(text) is 'The table, if people may change columns of it under its policies. PT422 invalid_value {field: table_name} for any other.';

create function public.patch_record(table_name text, record_id uuid, changes jsonb, seen jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
begin
  return private.patch_record(private.patchable(patch_record.table_name),
    -- customers → customer, territories → territory
    regexp_replace(regexp_replace(patch_record.table_name, 'ies$', 'y'), 's$', ''),
    patch_record.record_id, patch_record.changes, patch_record.seen);
end
$$;
comment on function public.patch_record(text, uuid, jsonb, jsonb) is
  'Changes the named fields of a record of any table that people change, where the stored value still equals the one the person saw: {record, applied: [field], conflicts: [{field, yours, theirs, by, at}]}. PT400 invalid_patch, unknown_field, PT403 <table>_update_denied, PT404 <record>_not_found, PT409 already_taken {field}, PT422 invalid_value {field}, and the rules of the table.';

-- Many records -------------------------------------------------------------------------------------------

create function private.edit_one(kind text, table_name text, item jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  record_id constant uuid := (item ->> 'id')::uuid;
  answer jsonb;
begin
  case kind
    when 'patch' then
      answer := public.patch_record(table_name, record_id, item -> 'changes', coalesce(item -> 'seen', '{}'));
      return answer || jsonb_build_object('outcome', case
        when answer -> 'conflicts' <> '[]' then 'conflict' when answer -> 'applied' <> '[]' then 'changed' else 'unchanged' end);
    when 'move' then
      select to_jsonb(moved) into answer from public.move_customer(record_id, (item ->> 'to')::public.customer_status,
        (item ->> 'after')::uuid, (item ->> 'before')::uuid, (item ->> 'seen')::public.customer_status, item ->> 'lost_reason') as moved;
    when 'trash' then
      perform private.move_to_trash(table_name, record_id);
    when 'restore' then
      perform private.restore_from_trash(table_name, record_id);
      execute format('select to_jsonb(record) from public.%I as record where record.id = $1', table_name) into answer using record_id;
  end case;
  return jsonb_build_object('outcome', 'changed', 'record', answer);
end
$$;
comment on function private.edit_one(text, text, jsonb) is 'One edit of public.bulk_edit, with what became of it; raises what the single edit raises.';

create function private.is_in_sight(table_name text, item jsonb)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
declare
  found boolean;
begin
  execute format('select exists (select from public.%I as record where record.id = $1)', table_name) into found using (item ->> 'id')::uuid;
  return found;
end
$$;
comment on function private.is_in_sight(text, jsonb) is 'Whether the caller sees the record of an item of public.bulk_edit, which nobody does while it is in the trash.';

create function private.edit_or_say_why(kind text, table_name text, item jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  state text;
  code text;
  words text;
  given text;
  detail jsonb;
begin
  return private.edit_one(kind, table_name, item);
exception when others then
  get stacked diagnostics state = returned_sqlstate, code = message_text, words = pg_exception_hint, given = pg_exception_detail;
  if state !~ '^(PT4|22|23|42501)' then
    raise; -- no verdict on this record: the whole may succeed another time
  end if;
  detail := case when pg_catalog.pg_input_is_valid(given, 'jsonb') then given::jsonb end;
  -- It is so already: this very edit was sent before and its answer lost, or somebody meant the same.
  if code = 'customer_moved' and detail ->> 'status' = item ->> 'to' or code = 'not_in_trash' and private.is_in_sight(table_name, item) then
    return jsonb_build_object('outcome', 'unchanged');
  end if;
  if code = 'customer_moved' then
    return jsonb_build_object('outcome', 'conflict', 'conflicts', jsonb_build_array(jsonb_build_object(
      'field', 'status', 'yours', item -> 'to', 'theirs', detail -> 'status', 'by', detail -> 'by', 'at', detail -> 'at')));
  end if;
  return jsonb_build_object('outcome', 'refused', 'error', case
    when state ~ '^PT' then jsonb_build_object('status', substr(state, 3)::integer, 'code', code, 'hint', words, 'detail', detail)
    when state = '42501' then jsonb_build_object('status', 403, 'code', 'not_allowed')
    else jsonb_build_object('status', 422, 'code', 'invalid_value') end);
end
$$;
comment on function private.edit_or_say_why(text, text, jsonb) is
  'One edit of public.bulk_edit, undone and told as {outcome: refused | conflict} where the rules say no, as {outcome: unchanged} where it is so already.';

create function private.lock_boards_of(customer_ids uuid[])
returns void
language sql
security definer
set search_path = ''
as $$
  select private.lock_board(board.org_id)
  from (
    select distinct org_id from public.customers where id = any (customer_ids) and org_id in (select private.my_orgs()) order by org_id
  ) as board
$$;
comment on function private.lock_boards_of(uuid[]) is 'Takes the turn on the boards that some customers are on, of organisations of the caller: before their rows are locked, as every move does.';

create function public.bulk_edit(kind text, items jsonb, table_name text default 'customers')
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  -- As many as fit a statement's time, on a busy database too.
  most_items constant integer := 200;
  target regclass;
  ids uuid[];
  item jsonb;
  results jsonb[] := '{}';
begin
  items := private.unwrapped(items);
  if kind is null or kind not in ('patch', 'move', 'trash', 'restore') or kind = 'move' and table_name is distinct from 'customers' then
    perform private.fail(422, 'invalid_value', 'A bulk edit is a patch, a move of customers, a trash or a restore.', '{"field": "kind"}');
  end if;
  target := private.patchable(table_name);
  if jsonb_typeof(items) is distinct from 'array' or exists (
    select from jsonb_array_elements(items) as given
    where jsonb_typeof(given) <> 'object' or not pg_catalog.pg_input_is_valid(coalesce(given ->> 'id', ''), 'uuid')
  ) then
    perform private.fail(422, 'invalid_value', 'Send a list of objects, each with the id of its record.', '{"field": "items"}');
  end if;
  if jsonb_array_length(items) > most_items then
    perform private.fail(413, 'too_many_rows', format('At most %s records are edited at once.', most_items), jsonb_build_object('limit', most_items));
  end if;
  -- In one order for everyone, so that two bulk edits of the same records cannot wait for each other.
  ids := array(select (given ->> 'id')::uuid from jsonb_array_elements(items) as given);
  if kind = 'move' then
    perform private.lock_boards_of(ids);
  end if;
  execute format('select from %s as record where record.id = any ($1) order by record.id for update', target) using ids;
  -- Each by itself: one that is refused takes none along, and each is announced with its content however many they are.
  for item in select given from jsonb_array_elements(items) as given loop
    results := results || (jsonb_build_object('id', item -> 'id') || private.edit_or_say_why(kind, table_name, item));
  end loop;
  return to_jsonb(results);
end
$$;
comment on function public.bulk_edit(text, jsonb, text) is
  'The same kind of edit for up to 200 records, each as if it were made alone: patch {id, changes, seen}, move {id, to, seen, after, before, lost_reason}, trash {id}, restore {id}. Gives for each, in order, {id, outcome: changed | unchanged | conflict | refused, record, conflicts, error: {status, code, hint, detail}}. PT413 too_many_rows, PT422 invalid_value {field: kind, table_name or items}.';

grant execute on function
  private.patchable(text), private.is_in_sight(text, jsonb), private.edit_one(text, text, jsonb), private.edit_or_say_why(text, text, jsonb), private.lock_boards_of(uuid[]),
  public.patch_record(text, uuid, jsonb, jsonb), public.bulk_edit(text, jsonb, text)
to authenticated;
