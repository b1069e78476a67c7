-- Catalogue: what is sold, and the label lists customers are sorted by.

select private.add_permissions('[
  {"key": "products:read", "description": "See products and categories.",
    "roles": {"manager": "all", "sales": "all", "marketing": "all", "medical_rep": "all", "district_manager": "all", "viewer": "all"}},
  {"key": "products:create", "description": "Add products and categories.", "roles": {"manager": "all"}},
  {"key": "products:update", "description": "Change products and categories; activate and deactivate products.", "roles": {"manager": "all"}},
  {"key": "products:delete", "description": "Delete products and categories.", "roles": {"manager": "all"}},
  {"key": "labels:update", "description": "Maintain client types and specialties.", "roles": {"manager": "all"}}
]');

-- Categories -----------------------------------------------------------------------------------------

create table public.product_categories (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  parent_id uuid constraint product_categories_parent_is_another check (parent_id <> id),
  name text not null constraint product_categories_name_length check (private.is_text(name, 1, 120)),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  version integer not null default 1,
  unique (org_id, id),
  unique nulls not distinct (org_id, parent_id, name),
  foreign key (org_id, parent_id) references public.product_categories (org_id, id) on delete restrict
);
comment on table public.product_categories is 'Groups of products, as a tree.';
comment on column public.product_categories.parent_id is 'The group this one is part of; null at the top.';
comment on column public.product_categories.name is 'Name, unique among its siblings.';

grant select, delete on public.product_categories to authenticated;
grant insert (id, org_id, parent_id, name), update (parent_id, name) on public.product_categories to authenticated;
grant select, insert, update, delete on public.product_categories to service_role;
select private.protect('public.product_categories', resource => 'products');
select private.add_standard_triggers('public.product_categories');
select private.announce_changes_of('public.product_categories', 'org:{org_id}');

create function private.check_category_tree()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('categories:' || new.org_id, 0));
  if exists (
    with recursive above as (
      select new.parent_id as id
      union
      select category.parent_id from public.product_categories as category join above on category.id = above.id
    )
    select from above where above.id = new.id
  ) then
    perform private.fail(422, 'category_cycle', 'A category cannot be part of itself or of what is below it.', jsonb_build_object('field', 'parent_id'));
  end if;
  return new;
end
$$;
comment on function private.check_category_tree() is 'Before write: categories form a tree.';
create trigger product_categories_before_write_tree before insert or update of parent_id on public.product_categories
  for each row when (new.parent_id is not null) execute function private.check_category_tree();
comment on trigger product_categories_before_write_tree on public.product_categories is 'Refuses cycles.';

-- Products -------------------------------------------------------------------------------------------

create table public.products (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  name text not null constraint products_name_length check (private.is_text(name, 1, 160)),
  description text constraint products_description_length check (private.is_text(description, 0, 4000)),
  sku text constraint products_sku_length check (private.is_text(sku, 1, 64)),
  category_id uuid,
  unit_price numeric(14, 2) constraint products_unit_price_range check (unit_price between 0 and 999999999999.99),
  currency char(3) not null default 'EUR' constraint products_currency_shape check (private.is_currency(currency)),
  is_active boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  version integer not null default 1,
  unique (org_id, id),
  unique (org_id, sku),
  foreign key (org_id, category_id) references public.product_categories (org_id, id) on delete set null (category_id)
);
create index products_org_id_category_id_idx on public.products (org_id, category_id);
create index products_org_id_name_idx on public.products (org_id, name, id);
create index products_org_id_active_idx on public.products (org_id) where is_active;
comment on table public.products is 'What the organisation sells. Only a few are active at a time (setting products.active_limit).';
comment on column public.products.name is 'Name on screen and paper.';
comment on column public.products.description is 'What it is, in a few sentences.';
comment on column public.products.sku is 'Article number, unique in the organisation.';
comment on column public.products.category_id is 'The group it belongs to.';
comment on column public.products.unit_price is 'Price of one, in the currency beside it.';
comment on column public.products.currency is 'Currency of the price.';
comment on column public.products.is_active is 'Offered at present. New products start inactive.';

grant select, delete on public.products to authenticated;
grant insert (id, org_id, name, description, sku, category_id, unit_price, currency, is_active),
  update (name, description, sku, category_id, unit_price, currency, is_active) on public.products to authenticated;
grant select, insert, update, delete on public.products to service_role;
select private.protect('public.products', resource => 'products');
select private.add_standard_triggers('public.products');
select private.announce_changes_of('public.products', 'org:{org_id}');

create function private.limit_active_products()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  allowed integer;
  active jsonb;
begin
  -- Before-triggers run ahead of the policies. A stranger is left to the policy, so that neither the limit nor its
  -- error tells them what an organisation sells.
  if auth.uid() is not null and new.org_id not in (select private.my_orgs()) then
    return new;
  end if;
  -- The lock makes concurrent activations of one organisation queue up; the count below then sees those that won.
  perform pg_advisory_xact_lock(hashtextextended('products.active_limit:' || new.org_id, 0));
  select coalesce(
    (select value::integer from public.settings where org_id = new.org_id and key = 'products.active_limit'), 3
  ) into allowed;
  select coalesce(jsonb_agg(jsonb_build_object('id', id, 'name', name) order by name, id), '[]') into active
  from public.products
  where org_id = new.org_id and is_active and id <> new.id;
  if jsonb_array_length(active) >= allowed then
    perform private.fail(
      409, 'active_product_limit',
      case when allowed = 0 then 'No product can be active in this organisation.'
        else format('Only %s %s can be active at a time. Deactivate one of these first: %s.',
          allowed, case allowed when 1 then 'product' else 'products' end,
          (select string_agg(entry ->> 'name', ', ') from jsonb_array_elements(active) as entry))
      end,
      jsonb_build_object('limit', allowed, 'active', active));
  end if;
  return new;
end
$$;
comment on function private.limit_active_products() is
  'Before a product becomes active: no more than products.active_limit at once, also under concurrent transactions (read committed, which the API uses).';
create trigger products_before_insert_limit_active before insert on public.products
  for each row when (new.is_active) execute function private.limit_active_products();
comment on trigger products_before_insert_limit_active on public.products is 'Holds the limit of active products.';
create trigger products_before_update_limit_active before update of is_active on public.products
  for each row when (new.is_active and not old.is_active) execute function private.limit_active_products();
comment on trigger products_before_update_limit_active on public.products is 'Holds the limit of active products.';

create function public.set_product_active(product_id uuid, active boolean)
returns public.products
language plpgsql
set search_path = ''
as $$
declare
  changed public.products;
begin
  if active is null then
    perform private.fail(422, 'invalid_value', 'Say whether the product is to be active: true or false.', '{"field": "active"}');
  end if;
  update public.products set is_active = active where id = product_id returning * into changed;
  if changed.id is null then
    if exists (select from public.products where id = product_id) then
      perform private.fail(403, 'products_update_denied', 'Your role does not allow changing products.', '{"permission": "products:update"}');
    end if;
    perform private.fail(404, 'product_not_found', 'There is no such product, or you may not see it.');
  end if;
  return changed;
end
$$;
comment on function public.set_product_active(uuid, boolean) is
  'Activates or deactivates a product. PT409 active_product_limit with {limit, active: [{id, name}]}, PT403 products_update_denied, PT404 product_not_found.';
grant execute on function public.set_product_active(uuid, boolean) to authenticated, service_role;

-- Label lists ----------------------------------------------------------------------------------------

create table public.client_types (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  name text not null constraint client_types_name_length check (private.is_text(name, 1, 80)),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  version integer not null default 1,
  unique (org_id, id),
  unique (org_id, name)
);
comment on table public.client_types is 'Kinds of customers: doctor, pharmacy, hospital, company, …';
comment on column public.client_types.name is 'Name, unique in the organisation.';

create table public.specialties (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  name text not null constraint specialties_name_length check (private.is_text(name, 1, 80)),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  version integer not null default 1,
  unique (org_id, id),
  unique (org_id, name)
);
comment on table public.specialties is 'Medical specialties of customers.';
comment on column public.specialties.name is 'Name, unique in the organisation.';

grant select, delete on public.client_types, public.specialties to authenticated;
grant insert (id, org_id, name), update (name) on public.client_types, public.specialties to authenticated;
grant select, insert, update, delete on public.client_types, public.specialties to service_role;

select private.protect('public.client_types', resource => 'labels',
  permissions => '{"select": "member", "insert": "labels:update", "update": "labels:update", "delete": "labels:update"}');

select private.protect('public.specialties', resource => 'labels',
  permissions => '{"select": "member", "insert": "labels:update", "update": "labels:update", "delete": "labels:update"}');

select private.add_standard_triggers('public.client_types');
select private.add_standard_triggers('public.specialties');
select private.announce_changes_of('public.client_types', 'org:{org_id}');
select private.announce_changes_of('public.specialties', 'org:{org_id}');
