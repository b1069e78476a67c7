-- Catching up: what changed since somebody last asked, of what they may hear. See docs/realtime.md.
--
-- A cursor says which transactions its holder has seen, as a snapshot: what was not visible in it and is now, is news,
-- whenever it was written. So nothing is missed that commits late, nothing comes twice, and nobody waits for a long
-- transaction of somebody else.

create type private.change_cursor as (
  made_at bigint,
  audience text,
  since pg_snapshot,
  until pg_snapshot,
  last_xid xid8,
  last_seq bigint
);
comment on type private.change_cursor is
  'Where somebody stands: when the cursor was made, a digest of the topics heard then, the snapshot that was seen in full; in the middle of many pages also the snapshot being read and the last change of it.';

create function private.parse_change_cursor(cursor text)
returns private.change_cursor
language plpgsql
stable
set search_path = ''
as $$
declare
  -- Longer than any snapshot of so many connections as a server takes.
  parts constant text[] := case when octet_length(cursor) <= 50000 then string_to_array(cursor, '_') end;
  is_whole constant boolean := cardinality(parts) = 7;
  parsed private.change_cursor;
begin
  if parts[1] is distinct from 'c1' or coalesce(cardinality(parts), 0) not in (4, 7)
    or parts[2] !~ '^\d{1,11}$' or parts[3] !~ '^[0-9a-f]{12}$' or not pg_catalog.pg_input_is_valid(parts[4], 'pg_snapshot')
    or is_whole and (parts[6] !~ '^\d{1,18}$' or parts[7] !~ '^\d{1,18}$' or not pg_catalog.pg_input_is_valid(parts[5], 'pg_snapshot'))
  then
    perform private.fail(400, 'invalid_cursor', 'This is no cursor that changes_since gave. Ask without one.', '{"field": "cursor"}');
  end if;
  parsed.made_at := parts[2];
  parsed.audience := parts[3];
  parsed.since := parts[4];
  if is_whole then
    parsed.until := parts[5];
    parsed.last_xid := parts[6];
    parsed.last_seq := parts[7];
  end if;
  return parsed;
end
$$;
comment on function private.parse_change_cursor(text) is 'Reads a cursor. PT400 invalid_cursor for anything changes_since never gave.';

create function private.change_cursor_text(place private.change_cursor)
returns text
language sql
immutable
set search_path = ''
as $$
  select concat_ws('_', 'c1', place.made_at, place.audience, place.since, place.until, place.last_xid, place.last_seq)
$$;
comment on function private.change_cursor_text(private.change_cursor) is 'A cursor as clients keep it.';

create function private.first_change_cursor(org_id uuid, audience text)
returns private.change_cursor
language plpgsql
stable security definer
set search_path = ''
as $$
declare
  place private.change_cursor;
  page_age constant interval := interval '2 minutes';
begin
  place.made_at := extract(epoch from now());
  place.audience := audience;
  place.since := coalesce(
    -- Marks from before a restore are ahead of every transaction.
    (select mark.seen from private.change_marks as mark
     where mark.at between now() - interval '1 hour' and now() - page_age
       and pg_snapshot_xmax(mark.seen) <= pg_snapshot_xmax(pg_current_snapshot())
     order by mark.at desc limit 1),
    -- Nobody sets marks: what was written in that time has to do.
    (select (oldest.xid || ':' || oldest.xid || ':')::pg_snapshot
     from (select min(change.xid::text::bigint) as xid from private.changes as change
       where change.org_id in (first_change_cursor.org_id, auth.uid()) and change.at > now() - page_age) as oldest),
    pg_current_snapshot());
  return place;
end
$$;
comment on function private.first_change_cursor(uuid, text) is
  'Where somebody stands who has just opened a page: it was read within the last two minutes, so what was committed since is news at most.';

create function private.is_outdated(place private.change_cursor, audience text)
returns boolean
language sql
stable
set search_path = ''
as $$
  select place.audience <> is_outdated.audience
    or to_timestamp(place.made_at) not between now() - private.changes_kept_for() and now() + interval '1 hour'
    or greatest(pg_snapshot_xmax(place.since), pg_snapshot_xmax(place.until), place.last_xid) > pg_snapshot_xmax(pg_current_snapshot())
$$;
comment on function private.is_outdated(private.change_cursor, text) is
  'Whether the changes since a cursor cannot tell all: it is older than what is kept, what its holder may hear has changed meanwhile, or it is ahead of the database, which was restored from a backup.';

create function private.unread_changes(org_id uuid, place private.change_cursor, how_many integer)
returns setof private.changes
language plpgsql
stable security definer
rows 10000
set search_path = ''
set plan_cache_mode = force_custom_plan
as $$
declare
  seen constant pg_snapshot := place.since;
  reading constant pg_snapshot := coalesce(place.until, pg_current_snapshot());
  after_xid constant xid8 := coalesce(place.last_xid, pg_snapshot_xmin(place.since));
  after_seq constant bigint := coalesce(place.last_seq, 0);
begin
  return query
    (select * from private.changes as change
     where change.org_id = unread_changes.org_id and (change.xid, change.seq) > (after_xid, after_seq)
       and change.xid < pg_snapshot_xmax(reading)
       and not pg_visible_in_snapshot(change.xid, seen) and pg_visible_in_snapshot(change.xid, reading)
     order by change.xid, change.seq limit how_many)
    union all
    (select * from private.changes as change
     where change.org_id = auth.uid() and (change.xid, change.seq) > (after_xid, after_seq)
       and change.xid < pg_snapshot_xmax(reading)
       and not pg_visible_in_snapshot(change.xid, seen) and pg_visible_in_snapshot(change.xid, reading)
     order by change.xid, change.seq limit how_many)
    order by xid, seq limit how_many;
end
$$;
comment on function private.unread_changes(uuid, private.change_cursor, integer) is
  'The changes of an organisation, and of the caller''s own account, that came after a place; whoever hears of them.';

create function private.changes_page(
  org_id uuid, place private.change_cursor, heard text[], page_size integer,
  out changes json, out last_xid xid8, out last_seq bigint
)
language plpgsql
stable security definer
set search_path = ''
set plan_cache_mode = force_custom_plan
as $$
declare
  -- Lists this short are compared faster than looked up.
  are_few constant boolean := cardinality(heard) <= 16;
begin
  with unread as materialized (
    select change.*, row_number() over () as number
    from private.unread_changes(changes_page.org_id, changes_page.place, page_size + 1) as change
  ),
  last_read as (
    select unread.xid, unread.seq from unread where unread.number = page_size and exists (select from unread where unread.number > page_size)
  ),
  last as (
    select distinct on (change.record_id, change.table_name) change.table_name as "table", change.record_id as id,
      case when change.op in ('delete', 'bulk') or is_heard.so then change.op else 'gone' end as op, change.version, change.actor, change.at
    from unread as change
    -- Unnested, so that comparing with thousands of territories is a look-up each.
    cross join lateral (
      select case when are_few then change.topics operator(pg_catalog.&&) heard
        else exists (select from unnest(change.topics) as topic where topic = any (heard)) end
    ) as is_heard (so)
    where change.number <= page_size and (is_heard.so or case when are_few then change.gone_topics operator(pg_catalog.&&) heard
      else exists (select from unnest(change.gone_topics) as topic where topic = any (heard)) end)
    order by change.record_id, change.table_name, change.seq desc
  )
  -- As text and from rows, which takes half the time of jsonb built by keys.
  select coalesce((select json_agg(last) from last), '[]'), (select last_read.xid from last_read), (select last_read.seq from last_read)
  into changes, last_xid, last_seq;
end
$$;
comment on function private.changes_page(uuid, private.change_cursor, text[], integer) is
  'A page of what somebody hears of: the last change of each row, gone for rows that left all they hear; and where the page ends when it is not the last.';

create function private.next_change_cursor(place private.change_cursor, last_xid xid8, last_seq bigint)
returns private.change_cursor
language plpgsql
stable
set search_path = ''
as $$
begin
  place.until := coalesce(place.until, pg_current_snapshot());
  if last_xid is null then
    place.made_at := extract(epoch from now());
    place.since := place.until;
    place.until := null;
  end if;
  place.last_xid := next_change_cursor.last_xid;
  place.last_seq := next_change_cursor.last_seq;
  return place;
end
$$;
comment on function private.next_change_cursor(private.change_cursor, xid8, bigint) is
  'Where somebody stands after a page: within what is being read when there is more of it, else at its end.';

create function private.is_far_behind(org_id uuid, place private.change_cursor)
returns boolean
language plpgsql
stable security definer
set search_path = ''
set plan_cache_mode = force_custom_plan
as $$
declare
  -- Ten pages.
  most_to_walk constant integer := 20000;
begin
  return exists (
    select from private.changes as change
    where change.org_id = is_far_behind.org_id and (change.xid, change.seq) > (pg_snapshot_xmin(place.since), 0)
      and not pg_visible_in_snapshot(change.xid, place.since)
    order by change.xid, change.seq offset most_to_walk limit 1
  );
end
$$;
comment on function private.is_far_behind(uuid, private.change_cursor) is
  'Whether so much has changed in an organisation since a cursor that reading anew what is on screen is quicker than being told: more than 20,000 changes.';

create function private.changes_reset(audience text)
returns json
language plpgsql
stable
set search_path = ''
as $$
declare
  now_on constant private.change_cursor := (extract(epoch from now())::bigint, audience, pg_current_snapshot(), null, null, null);
begin
  return json_build_object('changes', '[]'::json, 'cursor', private.change_cursor_text(now_on), 'more', false, 'reset', true);
end
$$;
comment on function private.changes_reset(text) is 'The answer to who has to read anew what is on screen: nothing, and a cursor to go on from.';

create function private.changes_since(org_id uuid, cursor text, topics text[])
returns json
language plpgsql
stable security definer
set search_path = ''
as $$
declare
  page_size constant integer := 2000;
  standing constant text[] := array(select topic from private.my_topics(changes_since.org_id) as topic order by topic);
  audience constant text := left(md5(array_to_string(standing, ' ')), 12);
  place private.change_cursor;
  asked text[];
  page record;
begin
  if cardinality(standing) = 0 then
    perform private.fail(404, 'organization_not_found', 'There is no such organisation, or you are not a member.');
  end if;
  if cardinality(topics) > 100 then
    perform private.fail(422, 'invalid_value', 'Ask for at most 100 topics at once.', '{"field": "topics"}');
  end if;
  place := case when cursor is null then private.first_change_cursor(org_id, audience) else private.parse_change_cursor(cursor) end;
  if private.is_outdated(place, audience) then
    return private.changes_reset(audience);
  end if;

  asked := array(select distinct topic from unnest(topics) as topic where private.can_join(topic));
  select * into page from private.changes_page(org_id, place, standing || asked, page_size);
  -- Asked with the first page only, and only when it is not the last: who walks already goes on.
  if page.last_xid is not null and cursor is not null and place.until is null and private.is_far_behind(org_id, place) then
    return private.changes_reset(audience);
  end if;
  return json_build_object(
    'changes', page.changes,
    'cursor', private.change_cursor_text(private.next_change_cursor(place, page.last_xid, page.last_seq)),
    -- After the last of several pages there may be news again.
    'more', page.last_xid is not null or place.until is not null,
    'reset', false);
end
$$;
comment on function private.changes_since(uuid, text, text[]) is 'See public.changes_since.';

create function public.changes_since(org_id uuid, cursor text default null, topics text[] default '{}')
returns json
language sql
stable
set search_path = ''
as $$ select private.changes_since(org_id, cursor, topics) $$;
comment on function public.changes_since(uuid, text, text[]) is
  'What changed since a cursor, on the standing topics of the caller and those asked that they may join: {changes: [{table, id, op: insert | update | delete | gone | bulk, version, actor, at}], cursor, more, reset}, the last state of each row. Without a cursor: of the last two minutes. reset: the changes cannot tell all, or are more than 20,000: read anew what is on screen. PT400 invalid_cursor, PT404 organization_not_found, PT422 invalid_value {field: topics}.';

grant execute on function private.changes_since(uuid, text, text[]), public.changes_since(uuid, text, text[]) to authenticated;
