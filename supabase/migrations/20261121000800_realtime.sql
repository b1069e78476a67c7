-- Realtime: which topics a person may join, and the policies that enforce it.

select private.announce_changes_of('public.interactions', 'customer:{customer_id}');

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
  if auth.uid() is null or topic is null or topic !~ ('^[a-z]+:' || uuid_shape || '(:[a-z0-9-]+)?$') then
    return false;
  end if;
  subject := split_part(topic, ':', 2)::uuid;
  if topic = 'org:' || subject then
    return subject in (select private.my_orgs());
  end if;
  if topic = 'org:' || subject || ':customers' then
    return subject in (select private.orgs_with('customers:read'));
  end if;
  if topic = 'board:' || subject || ':pipeline' then
    return subject in (select private.orgs_with_any('customers:read'));
  end if;
  if topic = 'user:' || subject then
    return subject = auth.uid();
  end if;
  if topic in ('customer:' || subject, 'customer:' || subject || ':people') then
    return exists (
      select from public.customers as customer
      where customer.id = subject and customer.deleted_at is null
        and private.reaches_owner(customer.org_id, customer.owner_id, 'customers:read')
    );
  end if;
  if topic ~ ('^owner:' || uuid_shape || ':' || uuid_shape || '$') then
    return private.reaches_owner(subject, split_part(topic, ':', 3)::uuid, 'customers:read');
  end if;
  return false;
end
$$;
comment on function private.can_join(text) is
  'The one rule of who may join a channel: org:<org>, org:<org>:customers, owner:<org>:<user>, user:<user>, customer:<customer>, customer:<customer>:people, board:<org>:pipeline. Anything else is nobody''s.';

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
        and private.reaches_owner(customer.org_id, customer.owner_id, 'customers:update')
    );
  end if;
  return false;
end
$$;
comment on function private.can_send(text, text) is
  'Who may send on a channel: presence where people meet, broadcasts on the board and beside records one may change. Never on topics that carry rows: what a row is, only the database says.';

create function private.my_topics(org_id uuid)
returns setof text
language sql
stable security definer
set search_path = ''
as $$
  select topic from (
    select 'org:' || my_topics.org_id where my_topics.org_id in (select private.my_orgs())
    union all
    select 'user:' || auth.uid() where my_topics.org_id in (select private.my_orgs())
    union all
    select 'board:' || my_topics.org_id || ':pipeline' where my_topics.org_id in (select private.orgs_with_any('customers:read'))
    union all
    select 'org:' || my_topics.org_id || ':customers' where my_topics.org_id in (select private.orgs_with('customers:read'))
    union all
    select 'owner:' || my_topics.org_id || ':' || reach.user_id
    from private.users_with('customers:read') as reach
    where reach.org_id = my_topics.org_id and my_topics.org_id not in (select private.orgs_with('customers:read'))
  ) as topics (topic)
$$;
comment on function private.my_topics(uuid) is
  'The standing topics of the caller in an organisation, record topics aside: where every row they may see is announced.';

grant execute on function private.can_join(text), private.can_send(text, text), private.my_topics(uuid) to authenticated, service_role;

create function public.my_access(org_id uuid)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'roles', coalesce((
      select jsonb_agg(role.key order by role.key)
      from public.member_roles as held
      join public.roles as role on role.org_id = held.org_id and role.id = held.role_id
      where held.org_id = my_access.org_id and held.user_id = (select auth.uid())
        and held.org_id = any (array(select private.my_orgs()))
    ), '[]'),
    'permissions', coalesce((
      select jsonb_agg(jsonb_build_object('key', widest.permission, 'scope', widest.scope) order by widest.permission)
      from (
        select granted.permission, min(granted.scope) as scope
        from public.member_roles as held
        join public.role_permissions as granted on granted.org_id = held.org_id and granted.role_id = held.role_id
        where held.org_id = my_access.org_id and held.user_id = (select auth.uid())
          and held.org_id = any (array(select private.my_orgs()))
        group by granted.permission
      ) as widest
    ), '[]'),
    'topics', coalesce((select jsonb_agg(topic order by topic) from private.my_topics(my_access.org_id) as topic), '[]')
  )
$$;
comment on function public.my_access(uuid) is
  'What the caller may do in an organisation: {roles: [key], permissions: [{key, scope}], topics: [channel to listen on]}. Empty lists for strangers. For showing and hiding; the policies decide.';

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
      else 'select distinct org_id, user_id from (%s) as touched'
    end,
    case tg_op when 'INSERT' then 'select * from new_rows' when 'DELETE' then 'select * from old_rows'
      else 'select * from new_rows union all select * from old_rows' end)
  loop
    perform realtime.send(jsonb_build_object('org_id', told.org_id, 'user_id', told.user_id, 'at', now()),
      'membership_changed', 'user:' || told.user_id, true);
  end loop;
  return null;
exception when others then
  raise warning 'announcing a change of membership failed: %', sqlerrm;
  return null;
end
$$;
comment on function private.announce_membership() is
  'After memberships, roles of members or permissions of roles change: membership_changed to everyone whose view may have changed.';

create function private.announce_access_of(target regclass)
returns void
language plpgsql
set search_path = ''
as $$
declare
  table_name text := (select relname from pg_catalog.pg_class where oid = target);
begin
  execute format('create trigger %I after insert on %s referencing new table as new_rows for each statement execute function private.announce_membership()',
    table_name || '_after_insert_access', target);
  execute format('create trigger %I after delete on %s referencing old table as old_rows for each statement execute function private.announce_membership()',
    table_name || '_after_delete_access', target);
  execute format('create trigger %I after update on %s referencing old table as old_rows new table as new_rows for each statement execute function private.announce_membership()',
    table_name || '_after_update_access', target);
  execute format('comment on trigger %I on %s is %L', table_name || '_after_insert_access', target, 'Tells people that what they may see has changed.');
  execute format('comment on trigger %I on %s is %L', table_name || '_after_delete_access', target, 'Tells people that what they may see has changed.');
  execute format('comment on trigger %I on %s is %L', table_name || '_after_update_access', target, 'Tells people that what they may see has changed.');
end
$$;
comment on function private.announce_access_of(regclass) is 'Declares that changes of a table change what people may see.';

select private.announce_access_of('public.memberships');
select private.announce_access_of('public.member_roles');
select private.announce_access_of('public.role_permissions');
