-- Whether the trail is as it was sealed: verified here, or exported and verified elsewhere.

create function private.first_broken_row(seal public.audit_seals)
returns jsonb
language sql
stable security definer
set search_path = ''
as $$
  select jsonb_build_object('reason', found.reason, 'seal', seal.number, 'id', found.id,
    'table_name', found.table_name, 'record_id', found.record_id, 'at', found.at)
  from (
    select sealed.id, log.table_name, log.record_id, log.at,
      case
        when log.id is null then 'removed'
        when log.hash <> sealed.hash and log.hash = any (seal.row_hashes) then 'reordered'
        when log.hash <> sealed.hash or private.audit_row_hash(log) <> log.hash then 'changed'
        when private.audit_values_hash(log) <> log.values_hash then 'values_changed'
      end as reason
    from unnest(seal.row_ids, seal.row_hashes) as sealed (id, hash)
    left join public.audit_log as log
      on log.id = sealed.id and log.org_id = seal.org_id and log.id between seal.from_id and seal.to_id
    union all
    select log.id, log.table_name, log.record_id, log.at, 'inserted'
    from public.audit_log as log
    where log.org_id = seal.org_id and log.id between seal.from_id and seal.to_id
      and not exists (select from unnest(seal.row_ids) as sealed (id) where sealed.id = log.id)
  ) as found
  where found.reason is not null
  order by found.id
  limit 1
$$;
comment on function private.first_broken_row(public.audit_seals) is
  'The first row that is not as its seal says, with the reason: changed, values_changed, removed, inserted or reordered. Null when all are.';

create function private.verify_audit(org_id uuid, after_seal bigint default 0, max_seals integer default null)
returns jsonb
language plpgsql
stable security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  seal public.audit_seals;
  previous public.audit_seals;
  broken jsonb;
  seals bigint := 0;
  row_count bigint := 0;
  unsealed bigint := 0;
  is_end boolean := true;
begin
  if after_seal > 0 then
    select * into previous from public.audit_seals where org_id = verify_audit.org_id and number = after_seal;
    if previous.number is null then
      perform private.fail(404, 'audit_seal_not_found', format('There is no seal %s to go on from.', after_seal), '{"field": "after_seal"}');
    end if;
  end if;
  for seal in
    select * from public.audit_seals where org_id = verify_audit.org_id and number > after_seal order by number
  loop
    if seals >= max_seals then
      is_end := false;
      exit;
    end if;
    broken := case
      when seal.number <> coalesce(previous.number, 0) + 1 then
        jsonb_build_object('reason', 'seal_removed', 'seal', coalesce(previous.number, 0) + 1)
      when seal.previous_hash is distinct from previous.hash or seal.from_id <> coalesce(previous.to_id, 0) + 1
        or cardinality(seal.row_ids) <> cardinality(seal.row_hashes) or private.audit_seal_hash(seal) <> seal.hash then
        jsonb_build_object('reason', 'seal_changed', 'seal', seal.number)
      else private.first_broken_row(seal)
    end;
    exit when broken is not null;
    seals := seals + 1;
    row_count := row_count + cardinality(seal.row_ids);
    previous := seal;
  end loop;
  if broken is null and is_end then
    select count(*), (array_agg(jsonb_build_object('reason', 'changed', 'id', log.id, 'table_name', log.table_name,
        'record_id', log.record_id, 'at', log.at) order by log.id)
      filter (where private.audit_row_hash(log) <> log.hash or private.audit_values_hash(log) <> log.values_hash))[1]
    into unsealed, broken
    from public.audit_log as log
    where log.org_id = verify_audit.org_id and log.id > coalesce(previous.to_id, 0);
  end if;
  return jsonb_build_object('ok', broken is null, 'broken', broken, 'seals', seals, 'rows', row_count, 'unsealed', unsealed,
    'head', jsonb_build_object('number', previous.number, 'hash', encode(previous.hash, 'hex'), 'sealed_at', previous.sealed_at),
    'next_seal', case when broken is null and not is_end then previous.number end);
end
$$;
comment on function private.verify_audit(uuid, bigint, integer) is 'See public.verify_audit. Without a check of who asks: for operators.';

create function private.require_audit(org_id uuid)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
  if require_audit.org_id is null or require_audit.org_id not in (select private.my_orgs()) then
    perform private.fail(404, 'organization_not_found', 'There is no such organisation, or you may not see it.');
  end if;
  if require_audit.org_id not in (select private.orgs_with('audit:read')) then
    perform private.fail(403, 'audit_read_denied', 'Your role does not allow reading the audit trail.', '{"permission": "audit:read"}');
  end if;
end
$$;
comment on function private.require_audit(uuid) is 'Refuses who may not read the trail of an organisation. PT404 organization_not_found, PT403 audit_read_denied.';

create function private.verify_audit_checked(org_id uuid, after_seal bigint, max_seals integer)
returns jsonb
language plpgsql
stable security definer
set search_path = ''
as $$
begin
  perform private.require_audit(verify_audit_checked.org_id);
  return private.verify_audit(org_id, greatest(coalesce(after_seal, 0), 0),
    case when max_seals is not null then greatest(max_seals, 1) end);
end
$$;
comment on function private.verify_audit_checked(uuid, bigint, integer) is 'See public.verify_audit.';

create function public.verify_audit(org_id uuid, after_seal bigint default 0, max_seals integer default null)
returns jsonb
language sql
stable
set search_path = ''
as $$ select private.verify_audit_checked(org_id, after_seal, max_seals) $$;
comment on function public.verify_audit(uuid, bigint, integer) is
  'Recomputes the trail and its seals: {ok, broken: {reason, seal, id, table_name, record_id, at} | null, seals, rows, unsealed, head: {number, hash, sealed_at}, next_seal}. reason is changed, values_changed, removed, inserted, reordered, seal_changed or seal_removed. A long trail is verified in parts: max_seals of them, then again with after_seal = next_seal until that is null. PT403 audit_read_denied, PT404 organization_not_found, audit_seal_not_found.';

-- Export --------------------------------------------------------------------------------------------------

create function private.audit_row_line(entry public.audit_log)
returns text
language sql
immutable
set search_path = ''
as $$
  -- Values go out as the text that was hashed: a reader that parses numbers would write them differently.
  select json_build_object('type', 'row', 'id', entry.id, 'org_id', entry.org_id, 'at', private.audit_time(entry.at),
    'actor_kind', entry.actor_kind, 'actor_id', entry.actor_id, 'api_key_id', entry.api_key_id, 'address', host(entry.address),
    'request_id', entry.request_id, 'table_name', entry.table_name, 'record_id', entry.record_id, 'action', entry.action,
    'old_values', entry.old_values::text, 'new_values', entry.new_values::text, 'salt', entry.salt,
    'values_hash', encode(entry.values_hash, 'hex'), 'hash', encode(entry.hash, 'hex'))::text
$$;
comment on function private.audit_row_line(public.audit_log) is 'A row of the trail as a line of an export.';

create function private.audit_seal_line(seal public.audit_seals)
returns text
language sql
immutable
set search_path = ''
as $$
  select json_build_object('type', 'seal', 'org_id', seal.org_id, 'number', seal.number, 'from_id', seal.from_id, 'to_id', seal.to_id,
    'sealed_at', private.audit_time(seal.sealed_at), 'previous_hash', encode(seal.previous_hash, 'hex'), 'hash', encode(seal.hash, 'hex'),
    'rows', (select json_agg(json_build_array(entry.id, encode(entry.hash, 'hex')) order by entry.place)
      from unnest(seal.row_ids, seal.row_hashes) with ordinality as entry (id, hash, place)))::text
$$;
comment on function private.audit_seal_line(public.audit_seals) is 'A seal as a line of an export; it stands ahead of its rows.';

create function public.export_audit(org_id uuid, after_seal bigint default 0, after_id bigint default 0)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
#variable_conflict use_column
-- Runs as the caller: policies decide. A page is one seal with its rows; after the last seal, rows that wait for theirs.
declare
  page_size constant integer := 1000;
  seal public.audit_seals;
  entries text[];
  last_id bigint;
begin
  perform private.require_audit(export_audit.org_id);
  select * into seal from public.audit_seals
  where org_id = export_audit.org_id and number > coalesce(after_seal, 0) order by number limit 1;
  if seal.number is not null then
    -- What lies in the stretch, listed or not: an inserted row has to come along.
    select array_agg(private.audit_row_line(log) order by log.id) into entries
    from public.audit_log as log
    where log.org_id = export_audit.org_id and log.id between seal.from_id and seal.to_id;
    return jsonb_build_object('after_seal', seal.number, 'after_id', seal.to_id, 'done', false,
      'lines', to_jsonb(array[private.audit_seal_line(seal)] || entries));
  end if;
  select array_agg(entry.line order by entry.id), max(entry.id) into entries, last_id
  from (
    select log.id, private.audit_row_line(log) as line from public.audit_log as log
    where log.org_id = export_audit.org_id and log.id > coalesce(after_id, 0)
    order by log.id limit page_size
  ) as entry;
  return jsonb_build_object('after_seal', after_seal, 'after_id', coalesce(last_id, after_id),
    'done', coalesce(cardinality(entries), 0) < page_size, 'lines', to_jsonb(coalesce(entries, '{}')));
end
$$;
comment on function public.export_audit(uuid, bigint, bigint) is
  'The trail as lines of JSON for `npm run audit:verify`, page by page: {lines, after_seal, after_id, done}; ask again with what came back until done. PT403 audit_read_denied, PT404 organization_not_found.';

grant execute on function
  private.require_audit(uuid), private.verify_audit_checked(uuid, bigint, integer), private.audit_row_line(public.audit_log),
  private.audit_seal_line(public.audit_seals), private.audit_time(timestamptz),
  public.verify_audit(uuid, bigint, integer), public.export_audit(uuid, bigint, bigint)
to authenticated;
