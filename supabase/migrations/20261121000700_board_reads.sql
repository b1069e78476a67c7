-- Reading the pipeline and searching customers.
-- These functions ask what the caller reaches (private.reach_in) and name it, so that Postgres knows whether to walk a column
-- or to pick out a few territories; a policy cannot tell it (docs/decisions/0013). A page of the board and the search for
-- words read nothing else; counting and showing what was found are under the policies as well.

-- Words are kept beside the customers: moving a card then leaves the trigram indexes alone, and a look-up does not
-- normalise thousands of rows again.
create table private.customer_words (
  customer_id uuid primary key references public.customers (id) on delete cascade,
  org_id uuid not null,
  name text not null,
  words text not null
);
create index customer_words_words_idx on private.customer_words using gin (org_id, words extensions.gin_trgm_ops);
create index customer_words_name_idx on private.customer_words using gin (org_id, name extensions.gin_trgm_ops);
comment on table private.customer_words is 'What customers are found by, without case and accents. Kept by trigger.';
comment on column private.customer_words.customer_id is 'The customer.';
comment on column private.customer_words.org_id is 'Its organisation, leading the indexes.';
comment on column private.customer_words.name is 'Its name, in which typos are forgiven.';
comment on column private.customer_words.words is 'Name, e-mail, phone as written and as bare digits, tags; a blank before each word.';

create function private.keep_customer_words()
returns trigger
language plpgsql
security definer
set search_path = ''
-- Plans of a session outlive the statement they were made for: a loop over two rows is no way to join 10,000 with 10,000.
set enable_nestloop = off
as $$
begin
  if tg_op = 'UPDATE' then
    -- Nested, because an insert has no old rows to speak of. Not by `exists`: hoping to find a row soon, Postgres would compare
    -- each row with each, which takes ten seconds for 5,000 customers that are handed over.
    if not (
      select coalesce(bool_or((n.name, n.email, n.phone, n.tags) is distinct from (o.name, o.email, o.phone, o.tags)), false)
      from new_rows as n join old_rows as o on o.id = n.id
    ) then
      return null;
    end if;
  end if;
  insert into private.customer_words (customer_id, org_id, name, words)
  select id, org_id, ' ' || private.normalise(name),
    ' ' || private.normalise(concat_ws(' ', name, email, phone, nullif(regexp_replace(phone, '[^0-9]', '', 'g'), phone), array_to_string(tags, ' ')))
  from new_rows
  on conflict (customer_id) do update set name = excluded.name, words = excluded.words
    where (customer_words.name, customer_words.words) is distinct from (excluded.name, excluded.words);
  return null;
end
$$;
comment on function private.keep_customer_words() is 'After customers are written: keeps what they are found by.';
create trigger customers_after_insert_words after insert on public.customers
  referencing new table as new_rows for each statement execute function private.keep_customer_words();
comment on trigger customers_after_insert_words on public.customers is 'Makes the customer findable.';
create trigger customers_after_update_words after update on public.customers
  referencing old table as old_rows new table as new_rows for each statement execute function private.keep_customer_words();
comment on trigger customers_after_update_words on public.customers is 'Keeps what the customer is found by.';

create function private.find_customers(org_id uuid, query text, max_results integer, with_archived boolean)
returns table (id uuid, score real)
language plpgsql
stable security definer
rows 20
set search_path = ''
set pg_trgm.word_similarity_threshold = 0.3
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
  wanted constant text := private.normalise(left(btrim(query), 120));
  literal constant text := replace(replace(replace(wanted, '\', '\\'), '%', '\%'), '_', '\_');
  -- One or two letters are in too many words to mean anything but a beginning.
  pattern constant text := case when char_length(wanted) < 3 then '% ' else '%' end || literal || '%';
  reach record;
  -- Nobody looks at more; it keeps a word that every row has from taking seconds.
  considered constant integer := greatest(2000, max_results);
begin
  if coalesce(wanted, '') = '' then
    return;
  end if;
  select * into reach from private.reach_in(find_customers.org_id, 'customers:read');
  return query
    select found.id, (case when found.name like ' ' || literal || '%' then 3 else 2 end
      + extensions.word_similarity(wanted, found.name))::real as score
    from (
      select customer.id, customer.updated_at, kept.name
      from private.customer_words as kept
      join public.customers as customer on customer.id = kept.customer_id
      where kept.org_id = find_customers.org_id and kept.words like pattern
        and customer.deleted_at is null and (with_archived or not customer.is_archived)
        and (reach.everything or customer.owner_id = any (reach.owners) or customer.territory_id = any (reach.territories))
      limit considered
    ) as found
    order by score desc, found.updated_at desc, found.id
    limit max_results;
  -- Typos, when nothing was found as written. Shorter words have too few trigrams to tell.
  if found or char_length(wanted) < 4 then
    return;
  end if;
  return query
    select found.id, extensions.word_similarity(wanted, found.name) as score
    from (
      select customer.id, customer.updated_at, kept.name
      from private.customer_words as kept
      join public.customers as customer on customer.id = kept.customer_id
      where kept.org_id = find_customers.org_id and wanted operator(extensions.<%) kept.name
        and customer.deleted_at is null and (with_archived or not customer.is_archived)
        and (reach.everything or customer.owner_id = any (reach.owners) or customer.territory_id = any (reach.territories))
      limit considered
    ) as found
    order by score desc, found.updated_at desc, found.id
    limit max_results;
end
$$;
comment on function private.find_customers(uuid, text, integer, boolean) is
  'Customers the caller may read that match words, best first: the name begins with it, something contains it, or else the name resembles it.';

grant execute on function private.find_customers(uuid, text, integer, boolean) to authenticated;

create function public.search_customers(org_id uuid, query text, max_results integer default 20)
returns table (id uuid, name text, status public.customer_status, owner_id uuid, match text)
language sql
stable
set search_path = ''
as $$
  select customer.id, customer.name, customer.status, customer.owner_id,
    case
      when wanted.word = '' or private.normalise(customer.name) like '%' || wanted.word || '%' then customer.name
      when private.normalise(customer.email) like '%' || wanted.word || '%' then customer.email
      when customer.phone like '%' || wanted.word || '%'
        or regexp_replace(customer.phone, '[^0-9]', '', 'g') like '%' || wanted.word || '%' then customer.phone
      else coalesce(
        (select tag from unnest(customer.tags) as tag where private.normalise(tag) like '%' || wanted.word || '%' limit 1), customer.name)
    end
  from private.find_customers(org_id, query, least(greatest(coalesce(max_results, 20), 1), 50), true) as found
  join public.customers as customer on customer.id = found.id
  cross join (
    -- Wildcards of `like` are nothing a person searches for.
    select regexp_replace(private.normalise(left(btrim(query), 120)), '[\\%_]', '', 'g') as word
  ) as wanted
  order by found.score desc, customer.updated_at desc, customer.id
$$;
comment on function public.search_customers(uuid, text, integer) is
  'Customers the caller may see that match words in name, e-mail, phone or tags, best first; forgives typos and accents. match is the text that matched. At most 50; nothing for an empty query.';

create function private.refuse_nested_lists(owner_ids uuid[], product_ids uuid[], sources text[], tags text[], territory_ids uuid[])
returns void
language plpgsql
immutable
set search_path = ''
as $$
declare
  nested constant text := case
    when array_ndims(owner_ids) > 1 then 'owner_ids'
    when array_ndims(product_ids) > 1 then 'product_ids'
    when array_ndims(sources) > 1 then 'sources'
    when array_ndims(tags) > 1 then 'tags'
    when array_ndims(territory_ids) > 1 then 'territory_ids'
  end;
begin
  if nested is not null then
    perform private.fail(400, 'invalid_value', 'Send a plain list, without lists inside.', jsonb_build_object('field', nested));
  end if;
end
$$;
comment on function private.refuse_nested_lists(uuid[], uuid[], text[], text[], uuid[]) is
  'Refuses filters of the board that are lists of lists, in which Postgres cannot look for a null. PT400 invalid_value {field}.';
grant execute on function private.refuse_nested_lists(uuid[], uuid[], text[], text[], uuid[]) to authenticated;

create function public.board_summary(
  org_id uuid, owner_ids uuid[] default null, product_ids uuid[] default null, sources text[] default null, tags text[] default null,
  search text default null, territory_ids uuid[] default null
)
returns table (status public.customer_status, currency text, customers bigint, total_value numeric)
language plpgsql
stable
set search_path = ''
set plan_cache_mode = force_custom_plan
set random_page_cost = 1.1 -- the index of counts is in memory where anybody works with the board
as $$
#variable_conflict use_column
declare
  wanted constant text := nullif(btrim(search), '');
  bricks constant uuid[] := case when territory_ids is not null then private.bricks_within(board_summary.org_id, territory_ids) end;
  matching uuid[];
  reach record;
begin
  perform private.refuse_nested_lists(owner_ids, product_ids, board_summary.sources, board_summary.tags, territory_ids);
  select * into reach from private.reach_in(board_summary.org_id, 'customers:read');
  if wanted is not null then
    matching := array(select found.id from private.find_customers(board_summary.org_id, wanted, 10000, false) as found);
  end if;
  return query
    -- Grouped as the index has them: turning each currency into text first takes three times as long.
    select line.status, line.currency::text, line.customers, line.total_value
    from (
      select customer.status, customer.currency, count(*) as customers, coalesce(sum(customer.expected_value), 0) as total_value
      from public.customers as customer
      where customer.org_id = board_summary.org_id and customer.deleted_at is null and not customer.is_archived
        and (not reach.is_narrow or customer.owner_id = any (reach.owners) or customer.territory_id = any (reach.territories))
        and (wanted is null or customer.id = any (matching))
        and (owner_ids is null or customer.owner_id = any (owner_ids)
          or (customer.owner_id is null and array_position(owner_ids, null) is not null))
        and (product_ids is null or customer.product_id = any (product_ids)
          or (customer.product_id is null and array_position(product_ids, null) is not null))
        and (bricks is null or customer.territory_id = any (bricks)
          or (customer.territory_id is null and array_position(territory_ids, null) is not null))
        and (board_summary.sources is null or customer.acquisition_source = any (board_summary.sources))
        and (board_summary.tags is null or customer.tags operator(pg_catalog.&&) board_summary.tags)
      group by customer.status, customer.currency
    ) as line
    order by line.status, line.currency;
end
$$;
comment on function public.board_summary(uuid, uuid[], uuid[], text[], text[], text, uuid[]) is
  'How many cards each column has and what they are worth, by currency: those the caller may see, with the filters of the board. Territories count with all below them. A null among owners, products or territories stands for cards without one.';

create function private.board_cards(
  org_id uuid, status public.customer_status, after_rank text, after_id uuid, page_size integer, owner_ids uuid[], product_ids uuid[],
  sources text[], tags text[], search text, territory_ids uuid[]
)
returns setof public.customers
language plpgsql
stable security definer
rows 50
set search_path = ''
as $$
declare
  wanted constant text := nullif(btrim(search), '');
  reach record;
begin
  if status is null then
    return;
  end if;
  perform private.refuse_nested_lists(owner_ids, product_ids, sources, tags, territory_ids);
  select * into reach from private.reach_in(org_id, 'customers:read');
  -- Only what is asked for: conditions that are not there need no planning, which takes longer than reading the page.
  return query execute
    'select customer.* from public.customers as customer
     where customer.org_id = $1 and customer.status = $2 and customer.deleted_at is null and not customer.is_archived'
    || case when reach.everything then ''
      when reach.is_narrow then ' and (customer.owner_id = any ($3) or customer.territory_id = any ($4))'
      -- As sub-selects, whose rows Postgres does not count: it would rather sort all of them than walk along the column.
      else ' and (customer.owner_id in (select unnest($3)) or customer.territory_id in (select unnest($4)))' end
    || case when after_rank is null then '' else ' and (customer.board_rank, customer.id) > ($5 collate "C", $6)' end
    || case when owner_ids is null then '' when array_position(owner_ids, null) is null then ' and customer.owner_id = any ($7)'
      else ' and (customer.owner_id = any ($7) or customer.owner_id is null)' end
    || case when product_ids is null then '' when array_position(product_ids, null) is null then ' and customer.product_id = any ($8)'
      else ' and (customer.product_id = any ($8) or customer.product_id is null)' end
    || case when sources is null then '' else ' and customer.acquisition_source = any ($9)' end
    || case when tags is null then '' else ' and customer.tags operator(pg_catalog.&&) $10' end
    || case when wanted is null then '' else ' and customer.id = any ($11)' end
    || case when territory_ids is null then '' when array_position(territory_ids, null) is null then ' and customer.territory_id = any ($13)'
      else ' and (customer.territory_id = any ($13) or customer.territory_id is null)' end
    || ' order by customer.board_rank, customer.id limit $12'
  using org_id, status, reach.owners, reach.territories, after_rank, coalesce(after_id, '00000000-0000-0000-0000-000000000000'),
    owner_ids, product_ids, sources, tags,
    case when wanted is not null then array(select found.id from private.find_customers(org_id, wanted, 10000, false) as found) end,
    least(greatest(coalesce(page_size, 50), 1), 500),
    case when territory_ids is not null then private.bricks_within(org_id, territory_ids) end;
end
$$;
comment on function private.board_cards(uuid, public.customer_status, text, uuid, integer, uuid[], uuid[], text[], text[], text, uuid[]) is
  'See public.board_cards. Asks once what the caller reaches and reads no further; under the policies it would be asked three times more, and planned for, in every page.';

create function public.board_cards(
  org_id uuid, status public.customer_status, after_rank text default null, after_id uuid default null, page_size integer default 50,
  owner_ids uuid[] default null, product_ids uuid[] default null, sources text[] default null, tags text[] default null,
  search text default null, territory_ids uuid[] default null
)
returns setof public.customers
language plpgsql
stable
rows 50
set search_path = ''
as $$
begin
  -- Not in SQL, which would be planned anew at every call.
  return query
    select * from private.board_cards(
      org_id, status, after_rank, after_id, page_size, owner_ids, product_ids, sources, tags, search, territory_ids
    );
end
$$;
comment on function public.board_cards(uuid, public.customer_status, text, uuid, integer, uuid[], uuid[], text[], text[], text, uuid[]) is
  'One page of a column, top first: cards after the given rank and id that the caller may see, with the filters of the board. Territories count with all below them. A null among owners, products or territories stands for cards without one. At most 500.';

create function public.board_top(
  org_id uuid, page_size integer default 10, owner_ids uuid[] default null, product_ids uuid[] default null,
  sources text[] default null, tags text[] default null, search text default null, territory_ids uuid[] default null
)
returns setof public.customers
language plpgsql
stable
rows 60
set search_path = ''
as $$
declare
  stage public.customer_status;
begin
  foreach stage in array enum_range(null::public.customer_status) loop
    return query
      select * from private.board_cards(
        org_id, stage, null, null, page_size, owner_ids, product_ids, sources, tags, search, territory_ids
      );
  end loop;
end
$$;
comment on function public.board_top(uuid, integer, uuid[], uuid[], text[], text[], text, uuid[]) is
  'The first page of every column, one after the other: what board_cards answers for each without a rank, in one question.';

grant execute on function
  private.board_cards(uuid, public.customer_status, text, uuid, integer, uuid[], uuid[], text[], text[], text, uuid[]),
  public.search_customers(uuid, text, integer),
  public.board_summary(uuid, uuid[], uuid[], text[], text[], text, uuid[]),
  public.board_cards(uuid, public.customer_status, text, uuid, integer, uuid[], uuid[], text[], text[], text, uuid[]),
  public.board_top(uuid, integer, uuid[], uuid[], text[], text[], text, uuid[])
to authenticated;
