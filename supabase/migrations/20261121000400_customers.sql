-- Customers: the parties sold to, and who may see and change them.

select private.add_permissions('[
  {"key": "customers:read", "description": "See customers.",
    "roles": {"manager": "all", "sales": "all", "marketing": "all", "medical_rep": "territory", "district_manager": "territory", "viewer": "all"}},
  {"key": "customers:create", "description": "Add customers.",
    "roles": {"manager": "all", "sales": "all", "medical_rep": "territory", "district_manager": "territory"}},
  {"key": "customers:update", "description": "Change customers and move them in the pipeline.",
    "roles": {"manager": "all", "sales": "all", "medical_rep": "territory", "district_manager": "territory"}},
  {"key": "customers:assign", "description": "Give customers to another owner.",
    "roles": {"manager": "all", "sales": "all", "district_manager": "own"}},
  {"key": "customers:delete", "description": "Move customers to the trash.", "roles": {"manager": "all"}}
]');

create type public.customer_status as enum ('lead', 'qualified', 'proposal', 'negotiation', 'closed_won', 'closed_lost');
comment on type public.customer_status is 'The columns of the pipeline, in order.';

create type public.customer_grade as enum ('A', 'B', 'C');
comment on type public.customer_grade is 'How much a customer matters: A most.';

-- Table --------------------------------------------------------------------------------------------------

create table public.customers (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  name text not null constraint customers_name_length check (private.is_text(name, 1, 200)),
  email text constraint customers_email_shape check (private.is_email(email)),
  phone text constraint customers_phone_shape check (private.is_phone(phone)),
  client_type_id uuid,
  specialty_id uuid,
  territory_id uuid,
  grade public.customer_grade,
  product_id uuid,
  status public.customer_status not null default 'lead',
  board_rank text collate "C" not null default '' constraint customers_board_rank_shape check (private.is_rank(board_rank)),
  closed_lost_reason text constraint customers_closed_lost_reason_length check (private.is_text(closed_lost_reason, 1, 500)),
  expected_value numeric(14, 2) constraint customers_expected_value_range check (expected_value between 0 and 999999999999.99),
  currency char(3) not null default 'EUR' constraint customers_currency_shape check (private.is_currency(currency)),
  acquisition_source text constraint customers_acquisition_source_length check (private.is_text(acquisition_source, 1, 80)),
  owner_id uuid,
  is_archived boolean not null default false,
  archived_at timestamptz,
  phase text constraint customers_phase_length check (private.is_text(phase, 1, 80)),
  contract_start_date date constraint customers_contract_start_date_range check (contract_start_date between '1900-01-01' and '2199-12-31'),
  contract_end_date date constraint customers_contract_end_date_range check (contract_end_date between '1900-01-01' and '2199-12-31'),
  avatar_color text constraint customers_avatar_color_shape check (private.is_color(avatar_color)),
  address text constraint customers_address_length check (private.is_text(address, 1, 500)),
  latitude double precision constraint customers_latitude_range check (latitude between -90 and 90),
  longitude double precision constraint customers_longitude_range check (longitude between -180 and 180),
  tags text[] not null default '{}' constraint customers_tags_shape check (private.are_tags(tags)),
  custom_fields jsonb not null default '{}' constraint customers_custom_fields_shape check (private.is_small_object(custom_fields)),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  version integer not null default 1,
  deleted_at timestamptz,
  deleted_by uuid,
  constraint customers_contract_dates_order check (contract_end_date > contract_start_date),
  constraint customers_closed_lost_reason_given check (status <> 'closed_lost' or closed_lost_reason is not null),
  constraint customers_position_complete check ((latitude is null) = (longitude is null)),
  unique (org_id, id),
  -- Deferrable, so that a statement which spreads many cards is judged when it is done.
  constraint customers_one_card_per_place unique (org_id, status, board_rank) deferrable,
  foreign key (org_id, owner_id) references public.memberships (org_id, user_id) on delete set null (owner_id),
  foreign key (org_id, product_id) references public.products (org_id, id) on delete set null (product_id),
  foreign key (org_id, client_type_id) references public.client_types (org_id, id) on delete set null (client_type_id),
  foreign key (org_id, specialty_id) references public.specialties (org_id, id) on delete set null (specialty_id),
  foreign key (org_id, territory_id) references public.territories (org_id, id) on delete restrict
);

-- The indexes of the board, of owners and of territories exist once for each column of the board, instead of being led by
-- the status. Comparing enums is not leak-proof, so behind a policy no index of the status could be used; that a row is in
-- one of these proves its status without comparing.
do $$
declare
  status public.customer_status;
begin
  foreach status in array enum_range(null::public.customer_status) loop
    execute format('create index %I on public.customers (org_id, board_rank, id) include (owner_id, territory_id)
      where status = %L and deleted_at is null and not is_archived', format('customers_board_%s_idx', status), status);
    execute format('create index %I on public.customers (org_id, owner_id, board_rank, id)
      where status = %L and deleted_at is null and not is_archived', format('customers_owner_%s_idx', status), status);
    -- Without an order, which several bricks do not have together: entries that are alike are kept once, so that it is a tenth
    -- of the size and the quickest to walk for who must ask each row whose it is.
    execute format('create index %I on public.customers (org_id, territory_id, owner_id)
      where status = %L and deleted_at is null and not is_archived', format('customers_territory_%s_idx', status), status);
  end loop;
end
$$;
-- Counts and totals of the whole board are read from here alone, in their order.
create index customers_count_idx on public.customers (org_id, status, currency) include (expected_value, owner_id, territory_id)
  where deleted_at is null and not is_archived;
create index customers_owner_idx on public.customers (org_id, owner_id);
create index customers_product_idx on public.customers (org_id, product_id);
create index customers_client_type_idx on public.customers (org_id, client_type_id);
create index customers_specialty_idx on public.customers (org_id, specialty_id);
create index customers_territory_idx on public.customers (org_id, territory_id);
create index customers_name_idx on public.customers (org_id, name, id);
create index customers_created_idx on public.customers (org_id, created_at desc, id);

-- Owners and territories belong to one organisation: naming it as well does not make a choice narrower.
create statistics public.customers_place_stats (dependencies) on org_id, owner_id, territory_id from public.customers;
comment on statistics public.customers_place_stats is 'Lets the planner know that owner and territory imply the organisation.';

comment on table public.customers is 'A party sold to, company or healthcare professional, and its place in the pipeline.';
comment on column public.customers.name is 'Name of the person or company.';
comment on column public.customers.email is 'E-mail address.';
comment on column public.customers.phone is 'Phone number, as written.';
comment on column public.customers.client_type_id is 'Kind of customer.';
comment on column public.customers.specialty_id is 'Medical specialty, for healthcare professionals.';
comment on column public.customers.territory_id is 'The brick the customer sits in.';
comment on column public.customers.grade is 'How much the customer matters.';
comment on column public.customers.product_id is 'The product the conversation is about.';
comment on column public.customers.status is 'Column of the pipeline. Changed by move_customer.';
comment on column public.customers.board_rank is 'Fractional rank within the column, shared by everyone; compared as bytes. Set by trigger and by move_customer.';
comment on column public.customers.closed_lost_reason is 'Why the customer was lost; must be told when they are.';
comment on column public.customers.expected_value is 'What the deal is expected to bring, in the currency beside it.';
comment on column public.customers.currency is 'Currency of the expected value.';
comment on column public.customers.acquisition_source is 'How the customer was found.';
comment on column public.customers.owner_id is 'User id of the member who looks after the customer. Changing it needs customers:assign.';
comment on column public.customers.is_archived is 'Put aside: not on the board, still searchable. Any editor can undo it.';
comment on column public.customers.archived_at is 'When the customer was put aside; set by trigger.';
comment on column public.customers.phase is 'Stage of the collaboration, in the organisation''s words.';
comment on column public.customers.contract_start_date is 'First day of the contract.';
comment on column public.customers.contract_end_date is 'Last day of the contract, after its first.';
comment on column public.customers.avatar_color is 'Colour of the customer''s initials.';
comment on column public.customers.address is 'Postal address as written on an envelope.';
comment on column public.customers.latitude is 'Latitude in degrees, WGS 84.';
comment on column public.customers.longitude is 'Longitude in degrees, WGS 84.';
comment on column public.customers.tags is 'Labels, up to 30.';
comment on column public.customers.custom_fields is 'Fields the organisation added, by key; at most 16 kB.';

grant select on public.customers to authenticated;
grant insert (
    id, org_id, name, email, phone, client_type_id, specialty_id, territory_id, grade, product_id, status, closed_lost_reason, expected_value, currency,
    acquisition_source, owner_id, is_archived, phase, contract_start_date, contract_end_date, avatar_color, address, latitude, longitude,
    tags, custom_fields
  ),
  update (
    name, email, phone, client_type_id, specialty_id, territory_id, grade, product_id, closed_lost_reason, expected_value, currency,
    acquisition_source, owner_id, is_archived, phase, contract_start_date, contract_end_date, avatar_color, address, latitude, longitude,
    tags, custom_fields
  ) on public.customers to authenticated;
grant select, insert, update, delete on public.customers to service_role;

select private.protect('public.customers', resource => 'customers', owner => 'owner_id', territory => 'territory_id', trash => true);

select private.add_standard_triggers('public.customers');
create trigger customers_before_write_editor before insert or update on public.customers
  for each row execute function private.stamp_editor();
comment on trigger customers_before_write_editor on public.customers is 'Sets updated_by.';
select private.announce_changes_of('public.customers', 'org:{org_id}:customers', 'owner:{org_id}:{owner_id}', 'territory:{territory_id}',
  'territory:{governorate_of(territory_id)}');

-- Owner --------------------------------------------------------------------------------------------------

create function private.is_active_member(org_id uuid, user_id uuid)
returns boolean
language sql
stable security definer
set search_path = ''
as $$
  select exists (
    select from public.memberships as membership
    where membership.org_id = is_active_member.org_id and membership.user_id = is_active_member.user_id and membership.is_active
  )
$$;
comment on function private.is_active_member(uuid, uuid) is 'Whether someone is an active member of an organisation.';
grant execute on function private.is_active_member(uuid, uuid) to authenticated, service_role;

create function private.check_owner()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  -- Runs as the caller: what follows binds people, not the jobs and functions of the database.
  if current_user = 'authenticated' then
    if tg_op = 'INSERT' and not private.has_permission(new.org_id, 'customers:create') then
      return new; -- the policy refuses it; strangers learn nothing about members here
    end if;
    if tg_op = 'INSERT' and new.owner_id is null then
      new.owner_id := auth.uid();
    elsif (tg_op = 'UPDATE' or new.owner_id <> auth.uid())
      and not private.reaches('customers:assign', new.org_id, new.owner_id, null)
    then
      perform private.fail(403, 'customers_assign_denied', 'Your role does not allow giving this customer to that owner.',
        jsonb_build_object('field', 'owner_id', 'permission', 'customers:assign'));
    end if;
  end if;
  if new.owner_id is not null and not private.is_active_member(new.org_id, new.owner_id) then
    perform private.fail(422, 'owner_inactive', 'The owner has to be an active member of the organisation.', '{"field": "owner_id"}');
  end if;
  return new;
end
$$;
comment on function private.check_owner() is
  'Before the owner is set: a new customer belongs to whoever adds it; giving it to someone else needs customers:assign; owners are active members.';
create trigger customers_before_insert_owner before insert on public.customers
  for each row execute function private.check_owner();
comment on trigger customers_before_insert_owner on public.customers is 'Sets or checks the owner.';
create trigger customers_before_update_owner before update of owner_id on public.customers
  for each row when (new.owner_id is distinct from old.owner_id) execute function private.check_owner();
comment on trigger customers_before_update_owner on public.customers is 'Checks a new owner.';

-- Territory ----------------------------------------------------------------------------------------------

create function private.check_customer_territory()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  found public.territory_level;
begin
  -- Before-triggers run ahead of the policies: strangers are left to the policy and learn nothing here.
  if auth.uid() is not null and new.org_id not in (select private.my_orgs()) then
    return new;
  end if;
  select level into found from public.territories where org_id = new.org_id and id = new.territory_id;
  if found is distinct from 'brick' then
    perform private.fail(422, 'territory_not_a_brick', 'A customer sits in a brick, the narrowest level of territories.',
      jsonb_build_object('field', 'territory_id', 'level', found));
  end if;
  return new;
end
$$;
comment on function private.check_customer_territory() is 'Before a customer gets a territory: it has to be a brick of the organisation.';
create trigger customers_before_insert_territory before insert on public.customers
  for each row when (new.territory_id is not null) execute function private.check_customer_territory();
comment on trigger customers_before_insert_territory on public.customers is 'Checks the territory.';
create trigger customers_before_update_territory before update of territory_id on public.customers
  for each row when (new.territory_id is not null and new.territory_id is distinct from old.territory_id)
  execute function private.check_customer_territory();
comment on trigger customers_before_update_territory on public.customers is 'Checks the new territory.';

-- One customer -------------------------------------------------------------------------------------------

create function private.customer_for(customer_id uuid, permission text)
returns public.customers
language plpgsql
stable security definer
set search_path = ''
as $$
declare
  found public.customers;
begin
  select * into found from public.customers where id = customer_id and deleted_at is null;
  -- What one may not see does not exist.
  if found.id is null or not private.reaches('customers:read', found.org_id, found.owner_id, found.territory_id) then
    perform private.fail(404, 'customer_not_found', 'There is no such customer, or you may not see it.');
  end if;
  if not private.reaches(permission, found.org_id, found.owner_id, found.territory_id) then
    perform private.fail(403, replace(permission, ':', '_') || '_denied', format('Your role does not include %s for this customer.', permission),
      jsonb_build_object('permission', permission));
  end if;
  return found;
end
$$;
comment on function private.customer_for(uuid, text) is
  'The customer, if the caller may see it and holds the permission for it. PT404 customer_not_found, PT403 <permission>_denied.';

-- Trash --------------------------------------------------------------------------------------------------

create function private.delete_customer(card_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  card public.customers := private.customer_for(card_id, 'customers:delete');
begin
  update public.customers set deleted_at = now(), deleted_by = auth.uid() where id = card.id and deleted_at is null;
end
$$;
comment on function private.delete_customer(uuid) is 'See public.delete_customer.';

create function public.delete_customer(customer_id uuid)
returns void
language sql
set search_path = ''
as $$ select private.delete_customer(customer_id) $$;
comment on function public.delete_customer(uuid) is 'Moves a customer to the trash. PT404 customer_not_found, PT403 customers_delete_denied.';

grant execute on function private.delete_customer(uuid), public.delete_customer(uuid) to authenticated;

-- Editing fields -----------------------------------------------------------------------------------------

create function public.patch_customer(customer_id uuid, changes jsonb, seen jsonb)
returns jsonb
language sql
set search_path = ''
as $$ select private.patch_record('public.customers', 'customer', customer_id, changes, seen) $$;
comment on function public.patch_customer(uuid, jsonb, jsonb) is
  'Changes the named fields where the stored value still equals the one the person saw: {record, applied: [field], conflicts: [{field, yours, theirs, by, at}]}. PT400 unknown_field, PT422 invalid_value {field}, PT404 customer_not_found, PT403 customers_update_denied.';
grant execute on function public.patch_customer(uuid, jsonb, jsonb) to authenticated;
