-- Interactions: what was said and done with a customer. Written once, never changed.

select private.add_permissions('[
  {"key": "interactions:read", "description": "See interactions with customers one can see.",
    "roles": {"manager": "all", "sales": "all", "marketing": "all", "medical_rep": "territory", "district_manager": "territory", "viewer": "all"}},
  {"key": "interactions:create", "description": "Log interactions with customers one can see.",
    "roles": {"manager": "all", "sales": "all", "medical_rep": "territory", "district_manager": "territory"}}
]');

create type public.interaction_type as enum ('call', 'email', 'meeting', 'note', 'visit');
comment on type public.interaction_type is 'What kind of contact it was.';

create type public.interaction_channel as enum ('phone', 'email', 'meeting', 'chat', 'other');
comment on type public.interaction_channel is 'By what means it took place.';

create table public.interactions (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  customer_id uuid not null,
  user_id uuid references public.profiles (id) on delete set null,
  type public.interaction_type not null,
  channel public.interaction_channel not null default 'other',
  subject text constraint interactions_subject_length check (private.is_text(subject, 0, 200)),
  note text constraint interactions_note_length check (private.is_text(note, 0, 10000)),
  outcome text constraint interactions_outcome_length check (private.is_text(outcome, 0, 500)),
  next_action text constraint interactions_next_action_length check (private.is_text(next_action, 0, 500)),
  follow_up_at timestamptz,
  occurred_at timestamptz not null default now(),
  corrects_id uuid constraint interactions_corrects_another check (corrects_id <> id),
  created_at timestamptz not null default now(),
  unique (org_id, customer_id, id),
  constraint interactions_corrected_once unique (corrects_id),
  constraint interactions_says_something check (
    coalesce(btrim(subject), '') || coalesce(btrim(note), '') || coalesce(btrim(outcome), '') || coalesce(btrim(next_action), '') <> ''
  ),
  constraint interactions_follow_up_after check (follow_up_at > occurred_at),
  foreign key (org_id, customer_id) references public.customers (org_id, id) on delete cascade,
  foreign key (org_id, customer_id, corrects_id) references public.interactions (org_id, customer_id, id) on delete cascade
);
create index interactions_timeline_idx on public.interactions (org_id, customer_id, occurred_at desc, id desc);
create index interactions_recent_idx on public.interactions (org_id, occurred_at desc, id desc);
create index interactions_corrects_idx on public.interactions (org_id, customer_id, corrects_id) where corrects_id is not null;
create index interactions_user_idx on public.interactions (user_id);
create index interactions_follow_up_idx on public.interactions (follow_up_at) where follow_up_at is not null;

comment on table public.interactions is 'One contact with a customer. Immutable: a mistake is corrected by a new row that names the one it corrects.';
comment on column public.interactions.customer_id is 'The customer.';
comment on column public.interactions.user_id is 'Who logged it; the signed-in person. Null once the account is erased.';
comment on column public.interactions.type is 'Kind of contact.';
comment on column public.interactions.channel is 'By what means.';
comment on column public.interactions.subject is 'What it was about, in a line.';
comment on column public.interactions.note is 'What was said.';
comment on column public.interactions.outcome is 'What came of it.';
comment on column public.interactions.next_action is 'What is to be done next.';
comment on column public.interactions.follow_up_at is 'When to come back to it; the planner is reminded then.';
comment on column public.interactions.occurred_at is 'When it took place; at most a few minutes ahead of now.';
comment on column public.interactions.corrects_id is 'The interaction of the same customer that this one replaces.';
select private.describe_standard_columns('public.interactions');
select private.audit_changes_of('public.interactions');
select private.announce_changes_of('public.interactions', 'customer:{customer_id}');

grant select on public.interactions to authenticated;
grant insert (id, org_id, customer_id, type, channel, subject, note, outcome, next_action, follow_up_at, occurred_at, corrects_id)
  on public.interactions to authenticated;
grant select, insert on public.interactions to service_role;

select private.protect('public.interactions', resource => 'interactions', parent => 'customer_id');

create function private.check_interaction()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.user_id := coalesce(auth.uid(), new.user_id);
  if current_user = 'authenticated' then
    new.created_at := now();
  end if;
  -- A few minutes forgive clocks that run ahead.
  if new.occurred_at > now() + interval '5 minutes' then
    perform private.fail(422, 'occurred_in_future', 'An interaction is logged once it has taken place. Plan ahead with the follow-up date.',
      '{"field": "occurred_at"}');
  end if;
  if new.follow_up_at > now() + interval '10 years' or new.occurred_at < timestamptz '1970-01-01 00:00:00+00' then
    perform private.fail(422, 'invalid_value', 'This date lies too far away to be meant.',
      jsonb_build_object('field', case when new.occurred_at < timestamptz '1970-01-01 00:00:00+00' then 'occurred_at' else 'follow_up_at' end));
  end if;
  return new;
end
$$;
comment on function private.check_interaction() is 'Before insert: the author is the signed-in person; it took place in the past.';
create trigger interactions_before_insert_check before insert on public.interactions
  for each row execute function private.check_interaction();
comment on trigger interactions_before_insert_check on public.interactions is 'Sets the author, checks the dates.';

create function private.refuse_interaction_change()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  if tg_op = 'TRUNCATE' then
    perform private.fail(409, 'interactions_immutable', 'Interactions are kept as they were written.');
  end if;
  -- Parts go with the whole: the customer, the organisation, or the erased account they belonged to.
  if tg_op = 'DELETE' and not exists (select from public.customers where id = old.customer_id) then
    return old;
  end if;
  if tg_op = 'UPDATE'
    and new.user_id is null and not exists (select from public.profiles where id = old.user_id)
    and to_jsonb(new) - 'user_id' = to_jsonb(old) - 'user_id'
  then
    return new;
  end if;
  perform private.fail(409, 'interactions_immutable', 'Interactions are kept as they were written. Log a correction instead.',
    jsonb_build_object('id', old.id));
  return null;
end
$$;
comment on function private.refuse_interaction_change() is
  'Before update, delete, truncate: refuses for everyone, service role and owner included. Only cascades from an erased customer or account pass.';
create trigger interactions_before_change_refuse before update or delete on public.interactions
  for each row execute function private.refuse_interaction_change();
comment on trigger interactions_before_change_refuse on public.interactions is 'Interactions are immutable.';
create trigger interactions_before_truncate_refuse before truncate on public.interactions
  for each statement execute function private.refuse_interaction_change();
comment on trigger interactions_before_truncate_refuse on public.interactions is 'Interactions are immutable.';
