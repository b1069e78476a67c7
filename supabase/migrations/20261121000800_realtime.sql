-- Realtime: which topics a person may join, and the policies that enforce it.

create function private.can_join(topic text)
returns boolean
language plpgsql
stable security definer
set search_path = ''
as $$
declare
  uuid_shape constant text := '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
  subject uuid;
begin
  if private.present_person() is null or topic is null or topic !~ ('^[a-z]+:' || uuid_shape || '(:[a-z0-9-]+)?$') then
    return false;
  end if;
  subject := split_part(topic, ':', 2)::uuid;
  if topic = 'org:' || subject then
    return subject in (select private.my_orgs());
  end if;
  if topic ~ '^org:' then
    -- Where all rows of a table are announced: for those who may read all of them.
    return exists (
      select from private.protected_tables as announced
      where announced.table_name = split_part(topic, ':', 3)
        and subject in (select private.orgs_with(announced.permissions ->> 'select'))
    );
  end if;
  if topic = 'board:' || subject || ':pipeline' then
    return subject in (select private.orgs_with_any('customers:read'));
  end if;
  if topic = 'user:' || subject then
    return subject = auth.uid();
  end if;
  if topic in ('customer:' || subject, 'customer:' || subject || ':people', 'customer:' || subject || ':notes') then
    return exists (
      select from public.customers as customer
      where customer.id = subject and customer.deleted_at is null
        and private.reaches('customers:read', customer.org_id, customer.owner_id, customer.territory_id)
        -- Interactions are announced there with what they say, which a role can withhold from who sees the customer.
        and (topic <> 'customer:' || subject or customer.org_id in (select private.orgs_with_any('interactions:read')))
    );
  end if;
  if topic ~ ('^owner:' || uuid_shape || ':' || uuid_shape || '$') then
    return private.reaches('customers:read', subject, split_part(topic, ':', 3)::uuid, null);
  end if;
  if topic = 'territory:' || subject then
    return exists (
      select from public.territories as territory
      where territory.id = subject and territory.level in ('governorate', 'brick')
        and private.reaches('customers:read', territory.org_id, null, territory.id)
    );
  end if;
  return false;
end
$$;
comment on function private.can_join(text) is
  'The one rule of who may join a channel: org:<org>, org:<org>:<table>, owner:<org>:<user>, territory:<governorate or brick>, user:<user>, customer:<customer>, customer:<customer>:people, customer:<customer>:notes, board:<org>:pipeline. Anything else is nobody''s.';

create function private.can_send(topic text, extension text)
returns boolean
language plpgsql
stable security definer
set search_path = ''
as $$
begin
  if not private.can_join(topic) then
    return false;
  end if;
  if extension = 'presence' then
    return topic ~ '^(org:[^:]+|customer:[^:]+:people|board:[^:]+:pipeline)$';
  end if;
  -- Changes are announced by the database alone. People show what they hold and which field they edit,
  -- and only those who could change it.
  if extension = 'broadcast' and topic ~ '^board:' then
    return split_part(topic, ':', 2)::uuid in (select private.orgs_with_any('customers:update'));
  end if;
  if extension = 'broadcast' and topic ~ '^customer:[^:]+:people$' then
    return exists (
      select from public.customers as customer
      where customer.id = split_part(topic, ':', 2)::uuid
        and private.reaches('customers:update', customer.org_id, customer.owner_id, customer.territory_id)
    );
  end if;
  return false;
end
$$;
comment on function private.can_send(text, text) is
  'Who may send on a channel: presence where people meet, broadcasts on the board and beside records one may change. Never on topics that carry rows: what a row is, only the database says.';

create function private.my_topics(org_id uuid)
returns setof text
language plpgsql
stable security definer
set search_path = ''
as $$
declare
  reach record;
begin
  if my_topics.org_id is null or my_topics.org_id not in (select private.my_orgs()) then
    return;
  end if;
  return next 'org:' || my_topics.org_id;
  return next 'user:' || auth.uid();
  if not private.has_permission(my_topics.org_id, 'customers:read') then
    return;
  end if;
  return next 'board:' || my_topics.org_id || ':pipeline';
  select * into reach from private.reach_in(my_topics.org_id, 'customers:read');
  if reach.everything then
    return next 'org:' || my_topics.org_id || ':customers';
    return;
  end if;
  return query select 'owner:' || my_topics.org_id || ':' || owner from unnest(reach.owners) as owner;
  -- One channel for a whole governorate, where all of it is in reach; nobody has to join thousands.
  return query
    with reached as materialized (
      select territory.id, territory.level, private.governorate_of(territory.id) as governorate
      from public.territories as territory
      where territory.id = any (reach.territories) and territory.level in ('governorate', 'brick')
    )
    select 'territory:' || reached.id
    from reached
    where reached.level = 'governorate'
      or not exists (select from reached as whole where whole.level = 'governorate' and whole.id = reached.governorate);
end
$$;
comment on function private.my_topics(uuid) is
  'The standing topics of the caller in an organisation, record topics aside: where every row they may see is announced.';

grant execute on function private.can_join(text), private.can_send(text, text), private.my_topics(uuid) to authenticated, service_role;

create function private.my_permissions(org_id uuid)
returns table (permission text, scope public.permission_scope)
language sql
stable security definer
set search_path = ''
as $$
  select known.key, min(granted.scope)
  from public.permissions as known
  cross join lateral unnest(private.grants_of(auth.uid(), known.key)) as granted
  where granted.org_id = my_permissions.org_id
  group by known.key
$$;
comment on function private.my_permissions(uuid) is 'What the caller may do in an organisation, each permission with its widest scope.';
grant execute on function private.my_permissions(uuid) to authenticated, service_role;

create function public.my_access(org_id uuid)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'roles', coalesce((
      select jsonb_agg(role.key order by role.key)
      from public.roles as role
      where role.org_id = my_access.org_id and role.org_id = any (array(select private.my_orgs()))
        and case when viewed.id is null
          then exists (select from public.member_roles as held where held.org_id = role.org_id and held.role_id = role.id and held.user_id = (select auth.uid()))
          else role.id = viewed.id end
    ), '[]'),
    'permissions', coalesce((
      select jsonb_agg(jsonb_build_object('key', held.permission, 'scope', held.scope) order by held.permission)
      from private.my_permissions(my_access.org_id) as held
    ), '[]'),
    'topics', coalesce((select jsonb_agg(topic order by topic) from private.my_topics(my_access.org_id) as topic), '[]'),
    'viewing_as', viewed.id
  )
  from (select private.viewing_as() as id) as viewed
$$;
comment on function public.my_access(uuid) is
  'What the caller may do in an organisation: {roles: [key], permissions: [{key, scope}], topics: [channel to listen on], viewing_as: role id or null}. Empty lists for strangers. For showing and hiding; the policies decide.';

grant execute on function public.my_access(uuid) to authenticated, service_role;

create policy messages_select_joinable on realtime.messages for select to authenticated
  using (topic = (select realtime.topic()) and extension in ('broadcast', 'presence') and (select private.can_join((select realtime.topic()))));
comment on policy messages_select_joinable on realtime.messages is 'Listening on a private channel: private.can_join decides.';
create policy messages_insert_sendable on realtime.messages for insert to authenticated
  with check (topic = (select realtime.topic()) and private.can_send((select realtime.topic()), extension));
comment on policy messages_insert_sendable on realtime.messages is 'Presence and client broadcasts on a private channel: private.can_send decides, by extension.';

-- Access that changes ------------------------------------------------------------------------------------------

create function private.announce_membership()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
-- The channel server keeps what a connection may do until its token is renewed, so people are told to ask again.
declare
  told record;
begin
  for told in execute format(
    case tg_table_name
      when 'role_permissions' then
        'select distinct held.org_id, held.user_id from public.member_roles as held join (%s) as touched on touched.org_id = held.org_id and touched.role_id = held.role_id'
      when 'memberships' then
        -- Whom a person reports to decides what those above them see.
        'with recursive line as (select org_id, user_id, manager_id from (%s) as touched
          union select above.org_id, above.user_id, above.manager_id from public.memberships as above
          join line on above.org_id = line.org_id and above.user_id = line.manager_id)
        select distinct org_id, user_id from line'
      when 'territories' then
        -- Who is assigned above or at a place that came or went reaches other rows than before.
        'select distinct assigned.org_id, assigned.user_id from (%s) as touched
        join public.territories as root on root.org_id = touched.org_id and touched.path operator(extensions.<@) root.path
        join public.territory_assignments as assigned on assigned.territory_id = root.id'
      else 'select distinct org_id, user_id from (%s) as touched'
    end,
    case
      when tg_op = 'INSERT' then 'select * from new_rows'
      when tg_op = 'DELETE' then 'select * from old_rows'
      -- Only a move changes what is in reach.
      when tg_table_name = 'territories' then
        'select moved.* from new_rows as n join old_rows as o on o.id = n.id cross join lateral (select (n).* union all select (o).*) as moved
        where n.path::text <> o.path::text'
      else 'select * from new_rows union all select * from old_rows'
    end)
  loop
    perform private.tell_access_changed(told.org_id, told.user_id);
  end loop;
  return null;
exception when others then
  raise warning 'announcing a change of membership failed: %', sqlerrm;
  return null;
end
$$;
comment on function private.announce_membership() is
  'After memberships, roles of members, permissions of roles, assignments to territories or the map change: membership_changed to everyone whose view may have changed.';

create function private.announce_access_of(target regclass)
returns void
language plpgsql
set search_path = ''
as $$
declare
  table_name text := (select relname from pg_catalog.pg_class where oid = target);
  event record;
begin
  for event in
    select * from (values
      ('insert', 'new table as new_rows'),
      ('update', 'old table as old_rows new table as new_rows'),
      ('delete', 'old table as old_rows')
    ) as events (name, transition)
  loop
    execute format('create trigger %I after %s on %s referencing %s for each statement execute function private.announce_membership()',
      format('%s_after_%s_access', table_name, event.name), event.name, target, event.transition);
    execute format('comment on trigger %I on %s is %L', format('%s_after_%s_access', table_name, event.name), target,
      'Tells people that what they may see has changed.');
  end loop;
end
$$;
comment on function private.announce_access_of(regclass) is 'Declares that changes of a table change what people may see: private.announce_membership knows whom.';

select private.announce_access_of('public.memberships');
select private.announce_access_of('public.member_roles');
select private.announce_access_of('public.role_permissions');
select private.announce_access_of('public.territory_assignments');
select private.announce_access_of('public.territories');

-- Assignments begin and end by the calendar -------------------------------------------------------------------

create table private.announced_days (
  org_id uuid primary key references public.organizations (id) on delete cascade,
  day date not null
);
comment on table private.announced_days is 'Up to which day people were told that an assignment of theirs began or ended.';
comment on column private.announced_days.org_id is 'The organisation, whose time zone says when a day begins.';
comment on column private.announced_days.day is 'The last day that was announced.';

create function private.announce_days()
returns integer
language plpgsql
security definer
set search_path = ''
as $$
declare
  told record;
  people integer := 0;
begin
  for told in
    with begun as (
      insert into private.announced_days as announced (org_id, day)
      select organization.id, private.today_in(organization.id)
      from public.organizations as organization
      left join private.announced_days as before on before.org_id = organization.id
      where organization.deleted_at is null and before.day is distinct from private.today_in(organization.id)
      on conflict (org_id) do update set day = excluded.day
      returning announced.org_id, announced.day
    )
    select distinct begun.org_id, assigned.user_id
    from begun
    left join private.announced_days as before on before.org_id = begun.org_id
    join public.territory_assignments as assigned on assigned.org_id = begun.org_id
      and (assigned.starts_on between coalesce(before.day + 1, begun.day) and begun.day
        or assigned.ends_on + 1 between coalesce(before.day + 1, begun.day) and begun.day)
  loop
    perform private.tell_access_changed(told.org_id, told.user_id);
    people := people + 1;
  end loop;
  return people;
end
$$;
comment on function private.announce_days() is
  'Tells people whose assignments begin today or ended yesterday that what they may see has changed; the policies follow the calendar without it. Run every minute; gives how many it told.';

do $$
begin
  perform cron.schedule('territory-days', '* * * * *', 'select private.announce_days()');
end
$$;
