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
comment on column public.notifications.data is 'What to show at once, without another request: {customer_name, …}.';
comment on column public.notifications.read_at is 'When it was read; null while it counts in the badge.';

grant select on public.notifications to authenticated;
grant update (read_at) on public.notifications to authenticated;
grant select, insert, update, delete on public.notifications to service_role;

alter table public.notifications enable row level security;
create policy notifications_select_own on public.notifications for select to authenticated
  using (user_id = (select auth.uid()) and org_id = any (array(select private.my_orgs())));
comment on policy notifications_select_own on public.notifications is 'One''s own, while a member.';
create policy notifications_update_own on public.notifications for update to authenticated
  using (user_id = (select auth.uid()) and org_id = any (array(select private.my_orgs())))
  with check (user_id = (select auth.uid()));
comment on policy notifications_update_own on public.notifications is 'Marking one''s own as read.';

select private.add_standard_triggers('public.notifications');
select private.announce_changes_of('public.notifications', 'user:{user_id}');
