-- Demo data, part 2: what the two organisations sell, and the lists their customers are filed by.

create or replace function pg_temp.demo_id(name text) returns uuid language sql immutable as
$$ select overlay(overlay(md5('tandem demo ' || name) placing '8' from 13) placing 'a' from 17)::uuid $$;

do $seed$
declare
  trading constant uuid := pg_temp.demo_id('Nile & Rhine Trading');
  timber constant uuid := pg_temp.demo_id('Baltic Timber Works');
  today constant date := (now() at time zone 'utc')::date;
  listed constant timestamptz := (today - 205 + time '10:00') at time zone 'utc';
begin
  if exists (select from public.products where org_id in (trading, timber)) then
    return;
  end if;

  -- Parents first: a category names its parent by id.
  insert into public.product_categories (id, org_id, name, parent_id, created_at, updated_at, created_by)
  select
    pg_temp.demo_id('category ' || category.name), category.org_id, category.name,
    case when category.parent is not null then pg_temp.demo_id('category ' || category.parent) end,
    listed, listed, pg_temp.demo_id('person ' || case when category.org_id = trading then 'nadia' else 'kadri' end)
  from (values
    (trading, 1, 'Medicines', null),
    (trading, 2, 'Equipment', null),
    (trading, 3, 'Services', null),
    (trading, 4, 'Cardiovascular', 'Medicines'),
    (trading, 5, 'Dermatology', 'Medicines'),
    (trading, 6, 'Temperature monitoring', 'Equipment'),
    (trading, 7, 'Data exchange', 'Services'),
    (timber, 8, 'Panels', null),
    (timber, 9, 'Construction timber', null)
  ) as category (org_id, place, name, parent)
  order by category.place;

  insert into public.products (id, org_id, name, description, sku, category_id, unit_price, currency, is_active, created_at, updated_at, created_by)
  select
    pg_temp.demo_id('product ' || product.name), product.org_id, product.name, product.description, product.sku,
    pg_temp.demo_id('category ' || product.category), product.unit_price, 'EUR', product.is_active,
    listed, listed, pg_temp.demo_id('person ' || case when product.org_id = trading then 'nadia' else 'kadri' end)
  from (values
    (trading, 'Cardiolan 10 mg', 'Tablets for high blood pressure, pack of 30.', 'CAR-10-30', 'Cardiovascular', 18.40, true),
    (trading, 'ColdTrace Logger', 'Temperature logger for shipments, with calibration certificate and report by mobile network.', 'CT-LOG-3', 'Temperature monitoring', 96.00, true),
    (trading, 'PharmaLink Exchange', 'Connects clinics, insurers and pharmacies to one exchange for claims, results and stock; priced per interface and month.', 'PL-EX', 'Data exchange', 1450.00, true),
    (trading, 'Cardiolan 20 mg', 'The higher dose; launch planned for next quarter.', 'CAR-20-30', 'Cardiovascular', 26.90, false),
    (trading, 'Dermavia Cream', 'Cream for dry skin, 50 g; waiting for the new packaging.', 'DER-50', 'Dermatology', 11.75, false),
    (trading, 'ColdTrace Gateway', 'Reads loggers by radio in warehouses and lorries.', 'CT-GW-1', 'Temperature monitoring', 420.00, false),
    (trading, 'ColdTrace Logger 2', 'Previous generation, sold out; calibration continues.', 'CT-LOG-2', 'Temperature monitoring', 79.00, false),
    (trading, 'PharmaLink Insights', 'Monthly figures from the exchange; in trial with two clients.', 'PL-IN', 'Data exchange', 390.00, false),
    (timber, 'Birch Plywood 18 mm', 'Sheets of 2500 × 1250 mm, grade BB.', 'BP-18', 'Panels', 54.00, true),
    (timber, 'Pine Glulam Beam', 'Laminated beams up to 12 m.', 'PG-12', 'Construction timber', 612.00, true),
    (timber, 'Larch Cladding', 'Planed boards, 21 mm.', 'LC-21', 'Construction timber', 38.50, false)
  ) as product (org_id, name, description, sku, category, unit_price, is_active);

  insert into public.client_types (id, org_id, name, created_at, updated_at)
  select pg_temp.demo_id('client type ' || org_id || name), org_id, name, listed, listed
  from (values
    (trading, 'Company'), (trading, 'Doctor'), (trading, 'Pharmacy'), (trading, 'Clinic'), (trading, 'Hospital'),
    (trading, 'Laboratory'), (trading, 'Insurer'), (timber, 'Company')
  ) as client_type (org_id, name);

  insert into public.specialties (id, org_id, name, created_at, updated_at)
  select pg_temp.demo_id('specialty ' || name), trading, name, listed, listed
  from unnest(array['Cardiology', 'Internal medicine', 'Family medicine', 'Endocrinology', 'Nephrology', 'Neurology', 'Dermatology', 'Pulmonology']) as name;
end
$seed$;
