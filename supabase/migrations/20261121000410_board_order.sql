-- Order on the board: where a card stands in its column, and moving it.

-- Place --------------------------------------------------------------------------------------------------

-- In plpgsql, which keeps its plans for the session: in SQL these two took longer than adding the card they are for.

create function private.lock_board(organization uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('board:' || organization, 0));
end
$$;
comment on function private.lock_board(uuid) is
  'Placing cards of one organisation goes one after the other, so that two people never compute the same rank. One lock per organisation, not per column: no two placements can wait for each other.';

create function private.top_rank(organization uuid, target public.customer_status)
returns text
language plpgsql
security definer
set search_path = ''
as $$
begin
  return private.rank_between(null, (
    select board_rank from public.customers where org_id = organization and status = target order by board_rank limit 1
  ));
end
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

-- Moving a card ------------------------------------------------------------------------------------------

create function private.seen_neighbour(card public.customers, neighbour_id uuid)
returns uuid
language sql
stable security definer
set search_path = ''
as $$
  select neighbour.id
  from public.customers as neighbour
  where neighbour.id = neighbour_id and neighbour.id <> card.id and neighbour.org_id = card.org_id and neighbour.deleted_at is null
    and (auth.uid() is null or private.reaches('customers:read', neighbour.org_id, neighbour.owner_id, neighbour.territory_id))
$$;
comment on function private.seen_neighbour(public.customers, uuid) is
  'A card beside which another is dropped, if the caller sees it: where a hidden card is must not show in the rank of one''s own.';

create function private.rank_for_drop(card public.customers, target public.customer_status, after_id uuid, before_id uuid)
returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  above text;
  below text;
  rank text;
begin
  select board_rank into above from public.customers
  where id = private.seen_neighbour(card, after_id) and status = target;
  if above is not null then
    -- Right below the card above. Whatever someone else put there meanwhile follows.
    select min(board_rank) into below from public.customers
    where org_id = card.org_id and status = target and board_rank > above and id <> card.id;
  else
    select board_rank into below from public.customers
    where id = private.seen_neighbour(card, before_id) and status = target;
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
  rank := private.rank_between(above, below);
  -- The rank it had in the column it comes from: kept over a change of column, that reads as "not placed yet".
  return case when rank = card.board_rank then private.rank_between(rank, below) else rank end;
end
$$;
comment on function private.rank_for_drop(public.customers, public.customer_status, uuid, uuid) is
  'Rank of a card dropped below one card and above another, as the person saw them. A neighbour that has left the column, or that the caller does not see, is ignored; without neighbours the card goes to the top. Call under lock_board.';

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
  -- By id, as bulk edits lock theirs, and not in whatever order the update meets them: or else each could wait for the other.
  perform from public.customers where id = any (cards) order by id for update;
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
  last_move jsonb;
begin
  if to_status is null then
    perform private.fail(422, 'invalid_value', 'Name the column to move the customer to.', '{"field": "to_status"}');
  end if;
  perform private.lock_board(card.org_id);
  -- The card may have changed while this waited for its turn; access is judged on what it is now.
  perform from public.customers where id = card_id for update;
  card := private.customer_for(card_id, 'customers:update');

  if card.status is distinct from seen_status and seen_status is not null then
    -- Whoever moved it, not whoever touched it last.
    select jsonb_build_object('by', edit.by, 'at', edit.at) into last_move from private.last_edit_of('customers', card_id, 'status') as edit;
    perform private.fail(409, 'customer_moved', format('Someone moved this customer to %s meanwhile.', replace(card.status::text, '_', ' ')),
      jsonb_build_object('status', card.status) || coalesce(last_move, jsonb_build_object('by', card.updated_by, 'at', card.updated_at)));
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

grant execute on function
  private.move_customer(uuid, public.customer_status, uuid, uuid, public.customer_status, text),
  public.move_customer(uuid, public.customer_status, uuid, uuid, public.customer_status, text)
to authenticated;
