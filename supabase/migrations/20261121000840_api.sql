-- The API for other systems: what a key can ask for. The app server names an operation; it runs as the member the key acts
-- for, under the policies of every table, narrowed to the key's scopes and organisation.

-- Finds what changed since a moment without slowing down every edit: block ranges leave updates in place.
create index customers_updated_at_idx on public.customers using brin (updated_at) with (pages_per_range = 32);

-- Shared -------------------------------------------------------------------------------------------------

create function private.api_require(variadic permissions text[])
returns uuid
language plpgsql
stable
set search_path = ''
as $$
declare
  organization constant uuid := private.key_organization();
  permission text;
begin
  foreach permission in array permissions loop
    if not private.has_permission(organization, permission) then
      perform private.fail(403, 'permission_missing', format('This needs the permission %s, which the key or the person it acts for lacks.', permission),
        jsonb_build_object('permission', permission));
    end if;
  end loop;
  return organization;
end
$$;
comment on function private.api_require(text[]) is 'The organisation of the key, if it may use these permissions. PT403 permission_missing {permission} names the first it lacks.';

create function private.api_page(rows jsonb, size integer, place jsonb)
returns jsonb
language sql
immutable
set search_path = ''
as $$
  -- One row more than asked for was read: it tells whether there is a next page.
  select jsonb_build_object(
    'data', coalesce((select jsonb_agg(row order by number) from jsonb_array_elements(rows) with ordinality as page (row, number) where number <= size), '[]'),
    'next', case when jsonb_array_length(rows) > size
      then (select jsonb_object_agg(name, rows -> (size - 1) -> name) from jsonb_array_elements_text(place) as name) end)
$$;
comment on function private.api_page(jsonb, integer, jsonb) is
  'A page of at most size rows, and where the next one begins: the named columns of its last row, or null at the end.';

create function private.api_customer(customer public.customers)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select to_jsonb(customer) - '{org_id,board_rank,archived_at,avatar_color,created_by,updated_by,deleted_at,deleted_by}'::text[]
$$;
comment on function private.api_customer(public.customers) is 'A customer as other systems see it: without what only the board and the trash need.';

create function private.api_find_customer(customer_id uuid)
returns public.customers
language plpgsql
stable
set search_path = ''
as $$
declare
  found public.customers;
begin
  select * into found from public.customers as customer where customer.id = customer_id and customer.org_id = private.key_organization();
  if found.id is null then
    perform private.fail(404, 'customer_not_found', 'There is no such customer, or the key may not see it.');
  end if;
  return found;
end
$$;
comment on function private.api_find_customer(uuid) is 'A customer of the key''s organisation, under the policies. PT404 customer_not_found.';

-- Operations ---------------------------------------------------------------------------------------------

create function private.api_me()
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'organization', jsonb_build_object('id', organization.id, 'name', organization.name, 'slug', organization.slug, 'currency', organization.currency),
    'acts_for', jsonb_build_object('id', profile.id, 'first_name', profile.first_name, 'last_name', profile.last_name),
    'permissions', coalesce((
      select jsonb_agg(scope order by scope) from jsonb_array_elements_text(auth.jwt() -> 'scopes') as scope
      where private.has_permission(organization.id, scope)), '[]'))
  from public.organizations as organization, public.profiles as profile
  where organization.id = private.key_organization() and profile.id = auth.uid()
$$;
comment on function private.api_me() is 'Whom a key acts for, where, and which of its scopes that person still holds.';

create function private.api_list_customers(arguments jsonb)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  organization constant uuid := private.api_require('customers:read');
  size constant integer := least(coalesce((arguments ->> 'limit')::integer, 50), 100);
  since constant timestamptz := (arguments ->> 'updated_since')::timestamptz;
  after constant jsonb := arguments -> 'after';
  rows jsonb;
begin
  -- Planned anew for each request: which index serves depends on the filters that are there.
  execute format($query$
    select coalesce(jsonb_agg(private.api_customer(page.customer)), '[]') from (
      select customer from public.customers as customer
      where customer.org_id = $1 and customer.deleted_at is null %s %s %s %s
      order by %s limit $2
    ) as page $query$,
    case when arguments ? 'status' then 'and customer.status = any ($3)' else '' end,
    case when arguments ? 'owner_id' then 'and customer.owner_id = $4' else '' end,
    case when since is not null then 'and customer.updated_at >= $5' else '' end,
    case when after is null then ''
      when since is not null then 'and (customer.updated_at, customer.id) > ($6, $7)'
      else 'and customer.created_at <= $6 and (customer.created_at < $6 or customer.id > $7)' end,
    case when since is not null then 'customer.updated_at, customer.id' else 'customer.created_at desc, customer.id' end)
  into rows
  using organization, size + 1,
    array(select status::public.customer_status from jsonb_array_elements_text(arguments -> 'status') as status),
    (arguments ->> 'owner_id')::uuid, since,
    (after ->> case when since is not null then 'updated_at' else 'created_at' end)::timestamptz, (after ->> 'id')::uuid;
  return private.api_page(rows, size, case when since is not null then '["updated_at", "id"]' else '["created_at", "id"]' end::jsonb);
end
$$;
comment on function private.api_list_customers(jsonb) is
  'Customers by {status: [], owner_id, updated_since, after, limit}: newest first, or in the order they were changed when updated_since is given, so that a copy elsewhere can be kept true.';

create function private.api_get_customer(arguments jsonb)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  perform private.api_require('customers:read');
  return private.api_customer(private.api_find_customer((arguments ->> 'id')::uuid));
end
$$;
comment on function private.api_get_customer(jsonb) is 'One customer by {id}.';

create function private.api_create_customer(arguments jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  organization constant uuid := private.api_require('customers:read', 'customers:create');
  fields jsonb := arguments -> 'fields';
  record_id constant uuid := coalesce((fields ->> 'id')::uuid, gen_random_uuid());
begin
  -- Whoever may only add customers of their own adds their own.
  if not fields ? 'owner_id' and organization not in (select private.orgs_with('customers:create')) then
    fields := fields || jsonb_build_object('owner_id', auth.uid());
  end if;
  if not fields ? 'currency' then
    fields := fields || (select jsonb_build_object('currency', currency) from public.organizations where id = organization);
  end if;
  fields := fields || jsonb_build_object('id', record_id, 'org_id', organization);
  begin
    execute format('insert into public.customers (%1$s) select %1$s from jsonb_populate_record(null::public.customers, $1)',
      (select string_agg(format('%I', name), ', ') from jsonb_object_keys(fields) as name)) using fields;
  exception when insufficient_privilege then
    perform private.fail(403, 'permission_missing', 'The permission customers:create does not reach this owner.', '{"permission": "customers:create", "field": "owner_id"}');
  end;
  return private.api_customer(private.api_find_customer(record_id));
end
$$;
comment on function private.api_create_customer(jsonb) is 'Adds a customer by {fields}. A chosen id makes a repeated request answer 409 instead of adding twice.';

create function private.api_update_customer(arguments jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  stored public.customers;
  current_row jsonb;
  changes jsonb := arguments -> 'changes';
  seen jsonb := arguments -> 'seen';
  seen_version constant integer := (arguments ->> 'version')::integer;
  patched jsonb;
  conflicts jsonb;
begin
  perform private.api_require('customers:read', 'customers:update');
  perform private.api_find_customer((arguments ->> 'id')::uuid);
  select * into stored from public.customers as customer where customer.id = (arguments ->> 'id')::uuid for update;
  if stored.id is null then
    perform private.fail(403, 'permission_missing', 'The permission customers:update does not reach this customer.', '{"permission": "customers:update"}');
  end if;
  current_row := private.api_customer(stored);
  if seen_version is not null then
    if seen_version <> stored.version then
      perform private.fail(409, 'changed_meanwhile', 'The customer has changed since the version you saw.',
        jsonb_build_object('yours', changes || jsonb_build_object('version', seen_version), 'theirs', current_row));
    end if;
    seen := (select jsonb_object_agg(name, current_row -> name) from jsonb_object_keys(changes) as name);
  end if;
  conflicts := coalesce((
    select jsonb_agg(name) from jsonb_object_keys(changes) as name where name = 'status' and seen -> name is distinct from current_row -> name
      and changes -> name is distinct from current_row -> name
  ), '[]');
  if changes - 'status' - 'closed_lost_reason' <> '{}' or (changes ? 'closed_lost_reason' and not changes ? 'status') then
    patched := public.patch_customer(stored.id, case when changes ? 'status' then changes - 'status' - 'closed_lost_reason' else changes end, seen);
    conflicts := conflicts || coalesce((select jsonb_agg(conflict -> 'field') from jsonb_array_elements(patched -> 'conflicts') as conflict), '[]');
  end if;
  -- All or nothing: what was applied until here is undone with this error.
  if conflicts <> '[]' then
    perform private.fail(409, 'changed_meanwhile', 'Somebody changed the same fields meanwhile.',
      jsonb_build_object('fields', conflicts, 'yours', changes, 'theirs', current_row));
  end if;
  if changes ? 'status' and changes ->> 'status' is distinct from stored.status::text then
    perform public.move_customer(stored.id, (changes ->> 'status')::public.customer_status, null, null, stored.status, changes ->> 'closed_lost_reason');
  end if;
  return private.api_customer(private.api_find_customer(stored.id));
end
$$;
comment on function private.api_update_customer(jsonb) is
  'Changes a customer by {id, changes, and seen (values of those fields) or version}: all fields or none. PT409 changed_meanwhile {fields, yours, theirs}.';

create function private.api_list_interactions(arguments jsonb)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  organization constant uuid := private.api_require('customers:read', 'interactions:read');
  size constant integer := least(coalesce((arguments ->> 'limit')::integer, 50), 100);
  after_at constant timestamptz := (arguments -> 'after' ->> 'occurred_at')::timestamptz;
  after_id constant uuid := (arguments -> 'after' ->> 'id')::uuid;
  customer constant public.customers := private.api_find_customer((arguments ->> 'customer_id')::uuid);
begin
  return private.api_page(coalesce((
    select jsonb_agg(to_jsonb(page) - 'org_id') from (
      select interaction.* from public.interactions as interaction
      where interaction.org_id = organization and interaction.customer_id = customer.id
        and (after_at is null or (interaction.occurred_at, interaction.id) < (after_at, after_id))
      order by interaction.occurred_at desc, interaction.id desc
      limit size + 1
    ) as page), '[]'), size, '["occurred_at", "id"]');
end
$$;
comment on function private.api_list_interactions(jsonb) is 'The interactions with a customer by {customer_id, after, limit}, latest first.';

create function private.api_create_interaction(arguments jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  organization constant uuid := private.api_require('customers:read', 'interactions:read', 'interactions:create');
  customer constant public.customers := private.api_find_customer((arguments ->> 'customer_id')::uuid);
  fields jsonb := arguments -> 'fields';
  record_id constant uuid := coalesce((fields ->> 'id')::uuid, gen_random_uuid());
  made jsonb;
begin
  fields := fields || jsonb_build_object('id', record_id, 'org_id', organization, 'customer_id', customer.id);
  execute format('insert into public.interactions (%1$s) select %1$s from jsonb_populate_record(null::public.interactions, $1)',
    (select string_agg(format('%I', name), ', ') from jsonb_object_keys(fields) as name)) using fields;
  select to_jsonb(interaction) - 'org_id' into made from public.interactions as interaction where interaction.id = record_id;
  return made;
end
$$;
comment on function private.api_create_interaction(jsonb) is 'Logs an interaction by {customer_id, fields}, as the person the key acts for.';

create function private.api_list_products(arguments jsonb)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  organization constant uuid := private.api_require('products:read');
  size constant integer := least(coalesce((arguments ->> 'limit')::integer, 50), 100);
  active constant boolean := (arguments ->> 'is_active')::boolean;
  after_name constant text := arguments -> 'after' ->> 'name';
  after_id constant uuid := (arguments -> 'after' ->> 'id')::uuid;
begin
  return private.api_page(coalesce((
    select jsonb_agg(to_jsonb(page) - '{org_id,created_by,deleted_at,deleted_by}'::text[]) from (
      select product.* from public.products as product
      where product.org_id = organization and (active is null or product.is_active = active)
        and (after_name is null or (product.name, product.id) > (after_name, after_id))
      order by product.name, product.id
      limit size + 1
    ) as page), '[]'), size, '["name", "id"]');
end
$$;
comment on function private.api_list_products(jsonb) is 'Products by {is_active, after, limit}, by name.';

grant execute on function
  private.api_require(text[]), private.api_page(jsonb, integer, jsonb), private.api_customer(public.customers), private.api_find_customer(uuid),
  private.api_me(), private.api_list_customers(jsonb), private.api_get_customer(jsonb), private.api_create_customer(jsonb),
  private.api_update_customer(jsonb), private.api_list_interactions(jsonb), private.api_create_interaction(jsonb), private.api_list_products(jsonb)
to authenticated;

-- The door -----------------------------------------------------------------------------------------------

create function public.api_request(key_prefix text, key_digest text, operation text, arguments jsonb default '{}', client_address text default null)
returns jsonb
language plpgsql
set search_path = ''
as $$
-- Runs as its caller, the service role, until the key is known; then as the person the key acts for. Errors become answers,
-- or else the request would not have been counted.
declare
  opened constant jsonb := private.open_api_request(key_prefix, key_digest, client_address);
  claims constant jsonb := opened -> 'claims';
  result jsonb;
  failure_code text;
  failure_message text;
  failure_detail text;
  failure_hint text;
  failure_column text;
  failure_constraint text;
  failure_table text;
begin
  if opened ? 'refused' then
    return opened;
  end if;
  perform set_config('request.jwt.claims', claims::text, true), set_config('request.jwt.claim', '', true),
    set_config('request.jwt.claim.sub', claims ->> 'sub', true), set_config('request.jwt.claim.role', 'authenticated', true),
    set_config('role', 'authenticated', true);
  begin
    arguments := private.unwrapped(arguments);
    result := case operation
      when 'me' then private.api_me() || jsonb_build_object('key', opened -> 'key')
      when 'customers.list' then private.api_list_customers(arguments)
      when 'customers.get' then private.api_get_customer(arguments)
      when 'customers.create' then private.api_create_customer(arguments)
      when 'customers.update' then private.api_update_customer(arguments)
      when 'interactions.list' then private.api_list_interactions(arguments)
      when 'interactions.create' then private.api_create_interaction(arguments)
      when 'products.list' then private.api_list_products(arguments)
    end;
    if result is null then
      perform private.fail(400, 'unknown_operation', 'There is no such operation.');
    end if;
    -- Rules that wait for the end of the transaction are part of the answer.
    set constraints all immediate;
  exception when others then
    get stacked diagnostics failure_code = returned_sqlstate, failure_message = message_text, failure_detail = pg_exception_detail,
      failure_hint = pg_exception_hint, failure_column = column_name, failure_constraint = constraint_name, failure_table = table_name;
    return (opened - 'claims' - 'key') || jsonb_build_object('failed', jsonb_build_object(
      'code', failure_code, 'message', failure_message, 'details', nullif(failure_detail, ''), 'hint', nullif(failure_hint, ''),
      'field', coalesce(nullif(failure_column, ''), case when failure_table in ('customers', 'interactions')
        then private.field_of_constraint(('public.' || failure_table)::regclass, failure_constraint, '{}') end)));
  end;
  return (opened - 'claims' - 'key') || jsonb_build_object('result', result);
end
$$;
comment on function public.api_request(text, text, text, jsonb, text) is
  'For the app server (secret key): one request of the API for other systems, made with a key (its prefix and the SHA-256 of the whole), run under row-level security as the person the key acts for: {remaining, limit, result | failed}, or {refused} when the key does not work. Operations: me, customers.list, .get, .create, .update, interactions.list, .create, products.list.';
grant execute on function public.api_request(text, text, text, jsonb, text) to service_role;
