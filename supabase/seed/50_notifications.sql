-- Demo data, part 5: what people were told. Reminders of follow-ups whose time has come, and customers given to someone.
-- Without these rows the clock would send a week's reminders at once after the first start.

create or replace function pg_temp.demo_id(name text) returns uuid language sql immutable as
$$ select overlay(overlay(md5('tandem demo ' || name) placing '8' from 13) placing 'a' from 17)::uuid $$;

create or replace function pg_temp.demo_hash(seed text) returns bigint language sql immutable as
$$ select ('x' || substr(md5(seed), 1, 12))::bit(48)::bigint $$;

do $seed$
declare
  trading constant uuid := pg_temp.demo_id('Nile & Rhine Trading');
  timber constant uuid := pg_temp.demo_id('Baltic Timber Works');
  midnight constant timestamptz := (now() at time zone 'utc')::date::timestamp at time zone 'utc';
begin
  if exists (select from public.notifications where org_id in (trading, timber)) then
    return;
  end if;

  insert into public.notifications (
    id, org_id, user_id, kind, customer_id, interaction_id, actor_id, data, read_at, created_at, updated_at
  )
  with reminder as (
    -- Up to midnight: what is due today comes live.
    select planned.*, customer.name as customer_name,
      exists (
        select from public.interactions as later where later.customer_id = planned.customer_id and later.occurred_at > planned.occurred_at
      ) as is_kept
    from public.interactions as planned
    join public.customers as customer on customer.id = planned.customer_id
    where planned.org_id in (trading, timber)
      and planned.follow_up_at >= midnight - interval '21 days' and planned.follow_up_at < midnight
  ),
  handover as (
    select customer.*, membership.manager_id as giver,
      row_number() over (partition by customer.owner_id order by customer.created_at desc, customer.id) as recency
    from public.customers as customer
    join public.memberships as membership on membership.org_id = customer.org_id and membership.user_id = customer.owner_id
    where customer.org_id in (trading, timber) and membership.manager_id is not null
      and not customer.is_archived and pg_temp.demo_hash(customer.name || ' handover') % 4 = 0
  )
  select
    pg_temp.demo_id('reminder ' || reminder.id), reminder.org_id, reminder.user_id, 'follow_up_due'::public.notification_kind,
    reminder.customer_id, reminder.id, null::uuid,
    jsonb_build_object('customer_name', reminder.customer_name, 'next_action', reminder.next_action, 'follow_up_at', reminder.follow_up_at),
    case when reminder.is_kept then reminder.follow_up_at + interval '40 minutes' end,
    reminder.follow_up_at, case when reminder.is_kept then reminder.follow_up_at + interval '40 minutes' else reminder.follow_up_at end
  from reminder
  union all
  select
    pg_temp.demo_id('handover ' || handover.id), handover.org_id, handover.owner_id, 'assigned',
    handover.id, null, handover.giver,
    jsonb_build_object('customer_name', handover.name),
    case when handover.recency > 2 then handover.created_at + interval '3 hours' end,
    handover.created_at + interval '5 minutes',
    case when handover.recency > 2 then handover.created_at + interval '3 hours' else handover.created_at + interval '5 minutes' end
  from handover
  where handover.recency <= 12;
end
$seed$;
