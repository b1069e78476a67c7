-- Notifications: what a person should know of, one row each.

create type public.notification_kind as enum ('assigned', 'follow_up_due');
comment on type public.notification_kind is 'Why a person is notified.';

create table public.notifications (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  user_id uuid not null,
  kind public.notification_kind not null,
  customer_id uuid,
  interaction_id uuid,
  actor_id uuid,
  data jsonb not null default '{}' constraint notifications_data_shape check (private.is_small_object(data)),
  read_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  version integer not null default 1,
  constraint notifications_once_per_interaction unique (interaction_id, kind),
  foreign key (org_id, user_id) references public.memberships (org_id, user_id) on delete cascade,
  foreign key (org_id, customer_id) references public.customers (org_id, id) on delete cascade,
  foreign key (org_id, customer_id, interaction_id) references public.interactions (org_id, customer_id, id) on delete cascade
);
create index notifications_inbox_idx on public.notifications (org_id, user_id, created_at desc, id desc);
create index notifications_unread_idx on public.notifications (user_id, org_id) where read_at is null;
create index notifications_customer_idx on public.notifications (org_id, customer_id, interaction_id);

comment on table public.notifications is 'Something a member should know of.';
comment on column public.notifications.user_id is 'Whom it is for.';
comment on column public.notifications.kind is 'Why they are notified.';
comment on column public.notifications.customer_id is 'The customer it is about.';
comment on column public.notifications.interaction_id is 'The interaction it is about; reminds at most once.';
comment on column public.notifications.actor_id is 'Who caused it; null for the clock.';
comment on column public.notifications.data is 'What to show at once, without another request: {customer_name, …}, or {customers} when it is about that many.';
comment on column public.notifications.read_at is 'When it was read; null while it counts in the badge.';

grant select on public.notifications to authenticated;
grant update (read_at) on public.notifications to authenticated;
grant select, insert, update, delete on public.notifications to service_role;

alter table public.notifications enable row level security;
-- What names a customer is seen with the customer, which is under its own policies: not while it is in the trash or out of
-- the person's reach.
create policy notifications_select_own on public.notifications for select to authenticated
  using (user_id = (select auth.uid()) and org_id = any (array(select private.my_orgs()))
    and (customer_id is null or exists (
      select from public.customers as customer where customer.org_id = notifications.org_id and customer.id = notifications.customer_id
    )));
comment on policy notifications_select_own on public.notifications is 'One''s own, while a member and while one may see the customer.';
create policy notifications_update_own on public.notifications for update to authenticated
  using (user_id = (select auth.uid()) and org_id = any (array(select private.my_orgs()))
    and (customer_id is null or exists (
      select from public.customers as customer where customer.org_id = notifications.org_id and customer.id = notifications.customer_id
    )))
  with check (user_id = (select auth.uid()));
comment on policy notifications_update_own on public.notifications is 'Marking as read what one may see.';

-- Copies of what the trail holds already, and whether a person has read them is nobody else's business.
select private.add_standard_triggers('public.notifications', audited => false);
select private.announce_changes_of('public.notifications', 'user:{user_id}');

-- Marking as read --------------------------------------------------------------------------------------------

create function public.mark_notifications_read(ids uuid[] default null, org_id uuid default null)
returns integer
language sql
set search_path = ''
as $$
  with marked as (
    update public.notifications set read_at = now()
    where user_id = (select auth.uid()) and read_at is null
      and (mark_notifications_read.ids is null or id = any (mark_notifications_read.ids))
      and (mark_notifications_read.org_id is null or notifications.org_id = mark_notifications_read.org_id)
    returning 1
  )
  select count(*)::integer from marked
$$;
comment on function public.mark_notifications_read(uuid[], uuid) is
  'Marks the caller''s unread notifications as read: the named ones, or all; of one organisation, or of every one. Gives how many it marked.';
grant execute on function public.mark_notifications_read(uuid[], uuid) to authenticated;

-- Assigned to me ----------------------------------------------------------------------------------------------

create function private.notify_assigned()
returns trigger
language plpgsql
security definer
set search_path = ''
-- Plans of a session outlive the statement they were made for: a loop over two rows is no way to join 10,000 with 10,000.
set enable_nestloop = off
as $$
declare
  actor constant uuid := auth.uid();
  -- Who is given more than this in one statement, as in a hand-over, is told once and how many.
  apart constant integer := 10;
begin
  -- Jobs and imports without a person behind them tell nobody; people need not be told what they did themselves.
  if actor is null then
    return null;
  end if;
  if tg_op = 'INSERT' then
    insert into public.notifications (org_id, user_id, kind, customer_id, actor_id, data)
    select given.org_id, given.owner_id, 'assigned', case when given.together <= apart then given.id end, actor,
      case when given.together <= apart then jsonb_build_object('customer_name', given.name) else jsonb_build_object('customers', given.together) end
    from (
      select n.org_id, n.owner_id, n.id, n.name, count(*) over owners as together, row_number() over (owners order by n.id) as place
      from new_rows as n
      where n.owner_id <> actor
      window owners as (partition by n.org_id, n.owner_id)
    ) as given
    where given.together <= apart or given.place = 1;
  else
    insert into public.notifications (org_id, user_id, kind, customer_id, actor_id, data)
    select given.org_id, given.owner_id, 'assigned', case when given.together <= apart then given.id end, actor,
      case when given.together <= apart then jsonb_build_object('customer_name', given.name) else jsonb_build_object('customers', given.together) end
    from (
      select n.org_id, n.owner_id, n.id, n.name, count(*) over owners as together, row_number() over (owners order by n.id) as place
      from new_rows as n
      join old_rows as o on o.id = n.id
      where n.owner_id is distinct from o.owner_id and n.owner_id <> actor
      window owners as (partition by n.org_id, n.owner_id)
    ) as given
    where given.together <= apart or given.place = 1;
  end if;
  return null;
end
$$;
comment on function private.notify_assigned() is 'After customers get an owner: tells the new owner, unless they did it themselves.';
create trigger customers_after_insert_notify after insert on public.customers
  referencing new table as new_rows for each statement execute function private.notify_assigned();
comment on trigger customers_after_insert_notify on public.customers is 'Tells owners of customers given to them.';
create trigger customers_after_update_notify after update on public.customers
  referencing old table as old_rows new table as new_rows for each statement execute function private.notify_assigned();
comment on trigger customers_after_update_notify on public.customers is 'Tells owners of customers given to them.';

create function private.join_notification()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  update public.notifications as earlier
  set data = jsonb_build_object('customers', (earlier.data ->> 'customers')::bigint + (new.data ->> 'customers')::bigint)
  where earlier.id = (
    select unread.id from public.notifications as unread
    where unread.user_id = new.user_id and unread.org_id = new.org_id and unread.read_at is null and unread.kind = new.kind
      and unread.actor_id = new.actor_id and unread.data operator(pg_catalog.?) 'customers' and unread.created_at > now() - interval '10 minutes'
    order by unread.created_at desc limit 1
  );
  if found then
    return null;
  end if;
  return new;
end
$$;
comment on function private.join_notification() is
  'Before a notification about many customers: adds them to the one of the last ten minutes, if it is unread, so that a hand-over in portions is told once.';
create trigger notifications_before_insert_join before insert on public.notifications
  for each row when (new.kind = 'assigned' and new.data operator(pg_catalog.?) 'customers') execute function private.join_notification();
comment on trigger notifications_before_insert_join on public.notifications is 'One notification for what is handed over in portions.';

-- Follow-up due ------------------------------------------------------------------------------------------------

create function private.sees_customer(person uuid, customer public.customers)
returns boolean
language sql
stable security definer
set search_path = ''
as $$
  select private.person_reaches(person, 'customers:read', customer.org_id, customer.owner_id, customer.territory_id)
$$;
comment on function private.sees_customer(uuid, public.customers) is 'Whether someone, not necessarily the caller, may read a customer.';

create function private.notify_due_follow_ups()
returns integer
language sql
security definer
set search_path = ''
as $$
  with due as (
    select planned.*
    from public.interactions as planned
    where planned.follow_up_at <= now()
      -- What is overdue for longer is no news; it also keeps the look-back small.
      and planned.follow_up_at > now() - interval '7 days'
      and not exists (select from public.interactions as correction where correction.corrects_id = planned.id)
      and not exists (
        select from public.notifications as told where told.interaction_id = planned.id and told.kind = 'follow_up_due'
      )
  ), told as (
    insert into public.notifications (org_id, user_id, kind, customer_id, interaction_id, data)
    select due.org_id, recipient.user_id, 'follow_up_due', due.customer_id, due.id,
      jsonb_build_object('customer_name', customer.name, 'next_action', due.next_action, 'follow_up_at', due.follow_up_at)
    from due
    join public.customers as customer on customer.id = due.customer_id and customer.deleted_at is null and not customer.is_archived
    cross join lateral (
      -- The planner; the owner when the planner left or can no longer see the customer; neither without a right to read interactions.
      select membership.user_id
      from public.memberships as membership
      where membership.org_id = due.org_id and membership.user_id in (due.user_id, customer.owner_id)
        and membership.is_active and private.sees_customer(membership.user_id, customer)
        and due.org_id in (select granted.org_id from unnest(private.grants_of(membership.user_id, 'interactions:read')) as granted)
      order by membership.user_id = due.user_id desc nulls last
      limit 1
    ) as recipient
    on conflict (interaction_id, kind) do nothing
    returning 1
  )
  select count(*)::integer from told
$$;
comment on function private.notify_due_follow_ups() is
  'Tells planners that a follow-up is due, each at most once. Run every minute; gives how many it told.';

do $$
begin
  if exists (select from pg_catalog.pg_available_extensions where name = 'pg_cron') then
    create extension if not exists pg_cron;
  end if;
  perform cron.schedule('follow-up-notifications', '* * * * *', 'select private.notify_due_follow_ups()');
end
$$;
