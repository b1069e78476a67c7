-- Customers: the parties sold to, their place in the pipeline, and who may see and change them.

select private.add_permissions('[
  {"key": "customers:read", "description": "See customers.",
    "roles": {"manager": "all", "sales": "all", "marketing": "all", "medical_rep": "own", "district_manager": "own", "viewer": "all"}},
  {"key": "customers:create", "description": "Add customers.",
    "roles": {"manager": "all", "sales": "all", "medical_rep": "own", "district_manager": "own"}},
  {"key": "customers:update", "description": "Change customers and move them in the pipeline.",
    "roles": {"manager": "all", "sales": "all", "medical_rep": "own", "district_manager": "own"}},
  {"key": "customers:assign", "description": "Give customers to another owner.",
    "roles": {"manager": "all", "sales": "all", "district_manager": "own"}},
  {"key": "customers:delete", "description": "Move customers to the trash.", "roles": {"manager": "all"}}
]');

create type public.customer_status as enum ('lead', 'qualified', 'proposal', 'negotiation', 'closed_won', 'closed_lost');
comment on type public.customer_status is 'The columns of the pipeline, in order.';

create type public.customer_grade as enum ('A', 'B', 'C');
comment on type public.customer_grade is 'How much a customer matters: A most.';

-- Fractional ranks ---------------------------------------------------------------------------------------
-- The same keys as the npm package fractional-indexing: an integer part whose first letter tells its length
-- (a0, a1, … b00; Zz, Zy, … downwards) and a base-62 fraction without trailing zero. Sorted as bytes.

create function private.rank_digit(worth integer)
returns text
language sql
immutable strict parallel safe
set search_path = ''
as $$ select substr('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', worth + 1, 1) $$;
comment on function private.rank_digit(integer) is 'Base-62 digit of a value from 0 to 61.';

create function private.rank_value(digit text)
returns integer
language sql
immutable strict parallel safe
set search_path = ''
as $$ select strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', digit) - 1 $$;
comment on function private.rank_value(text) is 'Value from 0 to 61 of a base-62 digit.';

create function private.rank_integer_length(head text)
returns integer
language sql
immutable strict parallel safe
set search_path = ''
as $$ select case when head between 'a' and 'z' then ascii(head) - 95 when head between 'A' and 'Z' then 92 - ascii(head) end $$;
comment on function private.rank_integer_length(text) is 'Length of the integer part that starts with this letter, the letter included; null for other characters.';

create function private.is_rank(value text)
returns boolean
language plpgsql
immutable parallel safe
set search_path = ''
as $$
declare
  head constant integer := ascii(value);
  -- As rank_integer_length, spelled out because this runs for every card that is written.
  whole constant integer := case when head between 97 and 122 then head - 95 when head between 65 and 90 then 92 - head end;
begin
  return value is null or (
    whole is not null
    and value ~ '^[0-9A-Za-z]+$'
    and char_length(value) >= whole
    and (char_length(value) = whole or right(value, 1) <> '0')
    and value <> 'A00000000000000000000000000'
  );
end
$$;
comment on function private.is_rank(text) is 'Whether a text is a well-formed fractional rank. Null passes.';

create function private.rank_step(whole text, direction integer)
returns text
language plpgsql
immutable strict parallel safe
set search_path = ''
as $$
declare
  head text := left(whole, 1);
  digits text := substr(whole, 2);
  turned text := '';
  digit integer;
  next_head text;
begin
  for place in reverse char_length(digits) .. 1 loop
    digit := private.rank_value(substr(digits, place, 1)) + direction;
    if digit between 0 and 61 then
      return head || left(digits, place - 1) || private.rank_digit(digit) || turned;
    end if;
    turned := case direction when 1 then '0' else 'z' end || turned;
  end loop;
  -- The digits are used up: the next letter stands for one digit more or less.
  if direction = 1 then
    if head = 'z' then
      return null;
    end if;
    next_head := case head when 'Z' then 'a' else chr(ascii(head) + 1) end;
    return next_head || case when next_head > 'a' collate "C" then turned || '0' when next_head = 'a' then turned else substr(turned, 2) end;
  end if;
  if head = 'A' then
    return null;
  end if;
  next_head := case head when 'a' then 'Z' else chr(ascii(head) - 1) end;
  return next_head || case when next_head < 'Z' collate "C" then turned || 'z' when next_head = 'Z' then turned else substr(turned, 2) end;
end
$$;
comment on function private.rank_step(text, integer) is 'The integer part one above (1) or below (-1); null beyond the largest and smallest.';

create function private.rank_middle(lower_part text, upper_part text)
returns text
language plpgsql
immutable parallel safe
set search_path = ''
as $$
declare
  a text := coalesce(lower_part, '');
  b text := upper_part;
  result text := '';
  low integer;
  high integer;
begin
  loop
    -- Digits both sides share stay as they are; a missing digit below counts as 0.
    while b is not null and b <> '' and coalesce(nullif(left(a, 1), ''), '0') = left(b, 1) loop
      result := result || left(b, 1);
      a := substr(a, 2);
      b := substr(b, 2);
    end loop;
    low := case when a = '' then 0 else private.rank_value(left(a, 1)) end;
    high := case when b is null then 62 else private.rank_value(left(b, 1)) end;
    if high - low > 1 then
      return result || private.rank_digit(round((low + high) / 2.0)::integer);
    end if;
    if b is not null and char_length(b) > 1 then
      return result || left(b, 1);
    end if;
    result := result || private.rank_digit(low);
    a := substr(a, 2);
    b := null;
  end loop;
end
$$;
comment on function private.rank_middle(text, text) is 'A short fraction between two fractions; an empty lower one means 0, a null upper one means 1.';

create function private.rank_between(above text, below text)
returns text
language plpgsql
immutable parallel safe
set search_path = ''
as $$
declare
  smallest constant text := 'A00000000000000000000000000';
  whole_above text := left(above, private.rank_integer_length(left(above, 1)));
  whole_below text := left(below, private.rank_integer_length(left(below, 1)));
  fraction_above text := substr(above, char_length(whole_above) + 1);
  fraction_below text := substr(below, char_length(whole_below) + 1);
  stepped text;
begin
  if not private.is_rank(above) or not private.is_rank(below) or above collate "C" >= below then
    raise exception 'no rank lies between % and %', above, below using errcode = 'invalid_parameter_value';
  end if;
  if above is null and below is null then
    return 'a0';
  end if;
  if above is null then
    if whole_below = smallest then
      return whole_below || private.rank_middle('', fraction_below);
    end if;
    return case when fraction_below <> '' then whole_below else private.rank_step(whole_below, -1) end;
  end if;
  if below is null then
    stepped := private.rank_step(whole_above, 1);
    return coalesce(stepped, whole_above || private.rank_middle(fraction_above, null));
  end if;
  if whole_above = whole_below then
    return whole_above || private.rank_middle(fraction_above, fraction_below);
  end if;
  stepped := private.rank_step(whole_above, 1);
  if stepped collate "C" < below then
    return stepped;
  end if;
  return whole_above || private.rank_middle(fraction_above, null);
end
$$;
comment on function private.rank_between(text, text) is
  'The rank between two ranks: above sorts first, below sorts last, null means the open end. Gives the keys of fractional-indexing.';

grant execute on function
  private.rank_digit(integer), private.rank_value(text), private.rank_integer_length(text), private.is_rank(text),
  private.rank_step(text, integer), private.rank_middle(text, text), private.rank_between(text, text)
to authenticated, service_role;

-- Table ------------------------------------------------------------------------------------------------

create table public.customers (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  name text not null constraint customers_name_length check (private.is_text(name, 1, 200)),
  email text constraint customers_email_shape check (private.is_email(email)),
  phone text constraint customers_phone_shape check (private.is_phone(phone)),
  client_type_id uuid,
  specialty_id uuid,
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
  foreign key (org_id, specialty_id) references public.specialties (org_id, id) on delete set null (specialty_id)
);

create index customers_board_idx on public.customers (org_id, status, board_rank, id) where deleted_at is null and not is_archived;
create index customers_owner_idx on public.customers (org_id, owner_id, status, board_rank, id);
create index customers_product_idx on public.customers (org_id, product_id);
create index customers_client_type_idx on public.customers (org_id, client_type_id);
create index customers_specialty_idx on public.customers (org_id, specialty_id);
create index customers_name_idx on public.customers (org_id, name, id);
create index customers_created_idx on public.customers (org_id, created_at desc, id);

comment on table public.customers is 'A party sold to, company or healthcare professional, and its place in the pipeline.';
comment on column public.customers.name is 'Name of the person or company.';
comment on column public.customers.email is 'E-mail address.';
comment on column public.customers.phone is 'Phone number, as written.';
comment on column public.customers.client_type_id is 'Kind of customer.';
comment on column public.customers.specialty_id is 'Medical specialty, for healthcare professionals.';
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
    id, org_id, name, email, phone, client_type_id, specialty_id, grade, product_id, status, closed_lost_reason, expected_value, currency,
    acquisition_source, owner_id, is_archived, phase, contract_start_date, contract_end_date, avatar_color, address, latitude, longitude,
    tags, custom_fields
  ),
  update (
    name, email, phone, client_type_id, specialty_id, grade, product_id, closed_lost_reason, expected_value, currency,
    acquisition_source, owner_id, is_archived, phase, contract_start_date, contract_end_date, avatar_color, address, latitude, longitude,
    tags, custom_fields
  ) on public.customers to authenticated;
grant select, insert, update, delete on public.customers to service_role;

alter table public.customers enable row level security;
create policy customers_select_permitted on public.customers for select to authenticated
  using (deleted_at is null and (
    org_id = any (array(select private.orgs_with('customers:read')))
    or (owner_id = any (array(select user_id from private.users_with('customers:read')))
      and (org_id, owner_id) in (select org_id, user_id from private.users_with('customers:read')))
  ));
comment on policy customers_select_permitted on public.customers is
  'Needs customers:read: all of the organisation, or those owned by oneself and one''s reports. Trash is hidden.';
create policy customers_insert_permitted on public.customers for insert to authenticated
  with check (
    org_id = any (array(select private.orgs_with('customers:create')))
    or (org_id, owner_id) in (select org_id, user_id from private.users_with('customers:create'))
  );
comment on policy customers_insert_permitted on public.customers is 'Needs customers:create, within its reach.';
create policy customers_update_permitted on public.customers for update to authenticated
  using (deleted_at is null and (
    org_id = any (array(select private.orgs_with('customers:update')))
    or (org_id, owner_id) in (select org_id, user_id from private.users_with('customers:update'))
  ))
  with check (
    org_id = any (array(select private.orgs_with('customers:update')))
    or (org_id, owner_id) in (select org_id, user_id from private.users_with('customers:update'))
  );
comment on policy customers_update_permitted on public.customers is 'Needs customers:update, within its reach, before and after the change.';

select private.add_standard_triggers('public.customers');
create trigger customers_before_write_editor before insert or update on public.customers
  for each row execute function private.stamp_editor();
comment on trigger customers_before_write_editor on public.customers is 'Sets updated_by.';
select private.announce_changes_of('public.customers', 'org:{org_id}:customers', 'owner:{org_id}:{owner_id}', 'customer:{id}');

-- Place on the board ---------------------------------------------------------------------------------------

create function private.lock_board(organization uuid)
returns void
language sql
security definer
set search_path = ''
as $$ select pg_advisory_xact_lock(hashtextextended('board:' || organization, 0)) $$;
comment on function private.lock_board(uuid) is
  'Placing cards of one organisation goes one after the other, so that two people never compute the same rank. One lock per organisation, not per column: no two placements can wait for each other.';

create function private.top_rank(organization uuid, target public.customer_status)
returns text
language sql
security definer
set search_path = ''
as $$
  select private.rank_between(null, (
    select board_rank from public.customers where org_id = organization and status = target order by board_rank limit 1
  ))
$$;
comment on function private.top_rank(uuid, public.customer_status) is
  'The rank above every card of a column, archived and trashed ones included, since they can come back. Call under lock_board.';

create function private.place_on_board()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    -- The default of the column stands for "not placed yet".
    if coalesce(new.board_rank, '') = '' then
      perform private.lock_board(new.org_id);
      new.board_rank := private.top_rank(new.org_id, new.status);
    end if;
    if new.is_archived and new.archived_at is null then
      new.archived_at := now();
    end if;
  else
    if new.status is distinct from old.status and new.board_rank = old.board_rank then
      perform private.lock_board(new.org_id);
      new.board_rank := private.top_rank(new.org_id, new.status);
    end if;
    if new.is_archived is distinct from old.is_archived then
      new.archived_at := case when new.is_archived then now() end;
    end if;
  end if;
  return new;
end
$$;
comment on function private.place_on_board() is
  'Before write: a new card, or one whose status changed without a rank, goes to the top of its column; archiving is dated.';
create trigger customers_before_insert_place before insert on public.customers
  for each row execute function private.place_on_board();
comment on trigger customers_before_insert_place on public.customers is 'Puts a new card at the top of its column.';
create trigger customers_before_update_place before update on public.customers
  for each row when (new.status is distinct from old.status or new.is_archived is distinct from old.is_archived)
  execute function private.place_on_board();
comment on trigger customers_before_update_place on public.customers is 'Puts a card whose status changed at the top of its new column.';

-- Owner ------------------------------------------------------------------------------------------------------

create function private.reaches_owner(org_id uuid, owner_id uuid, permission text)
returns boolean
language sql
stable security definer
set search_path = ''
as $$
  select reach.owners is null or coalesce(owner_id = any (reach.owners), false)
  from (select private.owners_in_reach(org_id, permission) as owners) as reach
$$;
comment on function private.reaches_owner(uuid, uuid, text) is 'Whether a permission of the caller covers rows of this owner. For checks of one record; policies use the sets.';

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
grant execute on function private.reaches_owner(uuid, uuid, text), private.is_active_member(uuid, uuid) to authenticated, service_role;

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
      and not private.reaches_owner(new.org_id, new.owner_id, 'customers:assign')
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

-- Moving a card ------------------------------------------------------------------------------------------------

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
  if found.id is null or not private.reaches_owner(found.org_id, found.owner_id, 'customers:read') then
    perform private.fail(404, 'customer_not_found', 'There is no such customer, or you may not see it.');
  end if;
  if not private.reaches_owner(found.org_id, found.owner_id, permission) then
    perform private.fail(403, replace(permission, ':', '_') || '_denied', format('Your role does not include %s for this customer.', permission),
      jsonb_build_object('permission', permission));
  end if;
  return found;
end
$$;
comment on function private.customer_for(uuid, text) is
  'The customer, if the caller may see it and holds the permission for it. PT404 customer_not_found, PT403 <permission>_denied.';

create function private.rank_for_drop(card public.customers, target public.customer_status, after_id uuid, before_id uuid)
returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  above text;
  below text;
begin
  select board_rank into above from public.customers
  where id = after_id and org_id = card.org_id and status = target and id <> card.id;
  if above is not null then
    -- Right below the card above. Whatever someone else put there meanwhile follows.
    select min(board_rank) into below from public.customers
    where org_id = card.org_id and status = target and board_rank > above and id <> card.id;
  else
    select board_rank into below from public.customers
    where id = before_id and org_id = card.org_id and status = target and id <> card.id;
    if below is not null then
      select max(board_rank) into above from public.customers
      where org_id = card.org_id and status = target and board_rank < below and id <> card.id;
    else
      select min(board_rank) into below from public.customers
      where org_id = card.org_id and status = target and id <> card.id;
    end if;
  end if;
  if card.status = target and (above is null or card.board_rank > above) and (below is null or card.board_rank < below) then
    return card.board_rank;
  end if;
  return private.rank_between(above, below);
end
$$;
comment on function private.rank_for_drop(public.customers, public.customer_status, uuid, uuid) is
  'Rank of a card dropped below one card and above another, as the person saw them. A neighbour that has left the column is ignored; without neighbours the card goes to the top. Call under lock_board.';

create function private.ranks_between(above text, below text, how_many integer)
returns text[]
language plpgsql
immutable parallel safe
set search_path = ''
as $$
declare
  middle constant text := case when how_many > 0 then private.rank_between(above, below) end;
  before_middle constant integer := (how_many - 1) / 2;
begin
  if how_many <= 0 then
    return '{}';
  end if;
  return private.ranks_between(above, middle, before_middle) || middle || private.ranks_between(middle, below, how_many - 1 - before_middle);
end
$$;
comment on function private.ranks_between(text, text, integer) is 'So many ranks between two, in order and evenly spread, so that they stay short.';

create function private.spread_ranks(organization uuid, target public.customer_status, crowded text)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  short constant integer := 40;
  above constant text := (
    select max(board_rank) from public.customers
    where org_id = organization and status = target and board_rank < crowded and char_length(board_rank) <= short
  );
  below constant text := (
    select min(board_rank) from public.customers
    where org_id = organization and status = target and board_rank > crowded and char_length(board_rank) <= short
  );
  cards constant uuid[] := array(
    select id from public.customers
    where org_id = organization and status = target
      and (above is null or board_rank > above) and (below is null or board_rank < below)
    order by board_rank
  );
begin
  update public.customers set board_rank = placed.rank
  from unnest(cards, private.ranks_between(above, below, cardinality(cards))) as placed (id, rank)
  where customers.id = placed.id;
end
$$;
comment on function private.spread_ranks(uuid, public.customer_status, text) is
  'Gives the cards around a crowded place short ranks again, in the same order: needed after thousands of drops into the same gap. Call under lock_board.';

create function private.move_customer(
  card_id uuid, to_status public.customer_status, after_id uuid, before_id uuid, seen_status public.customer_status, lost_reason text
)
returns public.customers
language plpgsql
security definer
set search_path = ''
as $$
declare
  card public.customers := private.customer_for(card_id, 'customers:update');
  reason text := nullif(btrim(lost_reason), '');
  rank text;
begin
  if to_status is null then
    perform private.fail(422, 'invalid_value', 'Name the column to move the customer to.', '{"field": "to_status"}');
  end if;
  perform private.lock_board(card.org_id);
  -- The card may have changed while this waited for its turn; access is judged on what it is now.
  perform from public.customers where id = card_id for update;
  card := private.customer_for(card_id, 'customers:update');

  if card.status is distinct from seen_status and seen_status is not null then
    perform private.fail(409, 'customer_moved', format('Someone moved this customer to %s meanwhile.', replace(card.status::text, '_', ' ')),
      jsonb_build_object('status', card.status, 'by', card.updated_by, 'at', card.updated_at));
  end if;
  if to_status = 'closed_lost' then
    reason := coalesce(reason, card.closed_lost_reason);
    if reason is null then
      perform private.fail(422, 'lost_reason_required', 'Say why the customer was lost.', '{"field": "lost_reason"}');
    end if;
    if char_length(reason) > 500 then
      perform private.fail(422, 'invalid_value', 'The reason has at most 500 characters.', '{"field": "lost_reason"}');
    end if;
  else
    reason := null;
  end if;

  rank := private.rank_for_drop(card, to_status, after_id, before_id);
  -- A gap that was halved over and over has long ranks, and an index takes only so long ones.
  if char_length(rank) > 200 then
    perform private.spread_ranks(card.org_id, to_status, rank);
    card := private.customer_for(card_id, 'customers:update');
    rank := private.rank_for_drop(card, to_status, after_id, before_id);
  end if;
  if card.status = to_status and card.board_rank = rank and card.closed_lost_reason is not distinct from reason then
    return card;
  end if;
  update public.customers set status = to_status, board_rank = rank, closed_lost_reason = reason
  where id = card_id
  returning * into card;
  return card;
end
$$;
comment on function private.move_customer(uuid, public.customer_status, uuid, uuid, public.customer_status, text) is 'See public.move_customer.';

create function public.move_customer(
  customer_id uuid,
  to_status public.customer_status,
  after_id uuid default null,
  before_id uuid default null,
  seen_status public.customer_status default null,
  lost_reason text default null
)
returns public.customers
language sql
set search_path = ''
as $$ select * from private.move_customer(customer_id, to_status, after_id, before_id, seen_status, lost_reason) $$;
comment on function public.move_customer(uuid, public.customer_status, uuid, uuid, public.customer_status, text) is
  'Drops a card into a column below after_id and above before_id, as the person saw them; both null means the top. PT404 customer_not_found, PT403 customers_update_denied, PT409 customer_moved {status, by, at} when it is no longer in seen_status, PT422 lost_reason_required.';

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

grant execute on function
  private.move_customer(uuid, public.customer_status, uuid, uuid, public.customer_status, text), private.delete_customer(uuid),
  public.move_customer(uuid, public.customer_status, uuid, uuid, public.customer_status, text), public.delete_customer(uuid)
to authenticated;

-- Editing fields -------------------------------------------------------------------------------------------------

create function public.patch_customer(customer_id uuid, changes jsonb, seen jsonb)
returns jsonb
language sql
set search_path = ''
as $$ select private.patch_record('public.customers', 'customer', customer_id, changes, seen) $$;
comment on function public.patch_customer(uuid, jsonb, jsonb) is
  'Changes the named fields where the stored value still equals the one the person saw: {record, applied: [field], conflicts: [{field, yours, theirs, by, at}]}. PT400 unknown_field, PT422 invalid_value {field}, PT404 customer_not_found, PT403 customers_update_denied.';
grant execute on function public.patch_customer(uuid, jsonb, jsonb) to authenticated;
