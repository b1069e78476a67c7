-- Assignments: who looks after which part of the map, and for how long.

create table public.territory_assignments (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  user_id uuid not null,
  territory_id uuid not null,
  starts_on date not null constraint territory_assignments_starts_on_range check (starts_on between '1900-01-01' and '2199-12-31'),
  ends_on date constraint territory_assignments_ends_on_range check (ends_on between '1900-01-01' and '2199-12-31'),
  is_primary boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  version integer not null default 1,
  constraint territory_assignments_ends_on_order check (ends_on >= starts_on),
  foreign key (org_id, user_id) references public.memberships (org_id, user_id) on delete cascade,
  foreign key (org_id, territory_id) references public.territories (org_id, id) on delete restrict,
  constraint territory_assignments_once_at_a_time exclude using gist (
    org_id with =, user_id with =, territory_id with =,
    daterange(starts_on, ends_on, '[]') with &&
  ),
  constraint territory_assignments_one_primary exclude using gist (
    org_id with =, user_id with =, daterange(starts_on, ends_on, '[]') with &&
  ) where (is_primary)
);
create index territory_assignments_person_idx on public.territory_assignments (org_id, user_id, starts_on, id);
create index territory_assignments_territory_idx on public.territory_assignments (org_id, territory_id, starts_on, id);
create index territory_assignments_user_id_idx on public.territory_assignments (user_id);

comment on table public.territory_assignments is 'Who looks after which territory, from when to when. Gives sight of what lies there to roles whose permissions reach territories.';
comment on column public.territory_assignments.user_id is 'The member.';
comment on column public.territory_assignments.territory_id is 'The territory, of any level; everything below it belongs to it.';
comment on column public.territory_assignments.starts_on is 'First day, in the organisation''s time zone; the present one there unless another is given.';
comment on column public.territory_assignments.ends_on is 'Last day, in the organisation''s time zone; null while no end is known.';
comment on column public.territory_assignments.is_primary is 'The person''s main territory; at most one at a time.';

grant select, delete on public.territory_assignments to authenticated;
grant insert (id, org_id, user_id, territory_id, starts_on, ends_on, is_primary), update (starts_on, ends_on, is_primary)
  on public.territory_assignments to authenticated;
grant select, insert, update, delete on public.territory_assignments to service_role;

select private.protect('public.territory_assignments', resource => 'territories',
  permissions => '{"insert": "territories:assign", "update": "territories:assign", "delete": "territories:assign"}');

select private.add_standard_triggers('public.territory_assignments');
select private.announce_changes_of('public.territory_assignments', 'org:{org_id}');

create function private.check_assignment()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  other public.territory_assignments;
begin
  if auth.uid() is not null and not private.has_permission(new.org_id, 'territories:assign') then
    if new.org_id in (select private.my_orgs()) then
      perform private.fail(403, 'territories_assign_denied', 'Your role does not allow assigning people to territories.',
        '{"permission": "territories:assign"}');
    end if;
    return new; -- the policy refuses it
  end if;
  -- Not by the default of the column, which knows no organisation and so no time zone.
  if tg_op = 'INSERT' then
    new.starts_on := coalesce(new.starts_on, private.today_in(new.org_id));
  end if;
  if new.user_id = auth.uid() and private.holds_partly(new.org_id, '{territory}') then
    perform private.fail(403, 'reach_exceeds_yours',
      'This would show you more than you see now. Somebody who sees all of it has to do this.', '{"field": "user_id"}');
  end if;
  if new.ends_on < new.starts_on then
    perform private.fail(422, 'ends_before_it_begins', 'The last day cannot lie before the first.',
      jsonb_build_object('field', 'ends_on', 'starts_on', new.starts_on, 'ends_on', new.ends_on));
  end if;
  -- One person's assignments are written one after the other, so that the reason given is the right one.
  perform pg_advisory_xact_lock(hashtextextended('assignments:' || new.org_id || new.user_id, 0));
  select * into other from public.territory_assignments as present
  where present.org_id = new.org_id and present.user_id = new.user_id and present.id <> new.id
    and daterange(present.starts_on, present.ends_on, '[]') operator(pg_catalog.&&) daterange(new.starts_on, new.ends_on, '[]')
    and (present.territory_id = new.territory_id or (present.is_primary and new.is_primary))
  -- The same territory before another main one, and of several the first.
  order by present.territory_id = new.territory_id desc, present.starts_on, present.id
  limit 1;
  if other.territory_id = new.territory_id then
    perform private.fail(409, 'already_assigned', 'This person is assigned to this territory on some of these days already.',
      jsonb_build_object('field', 'territory_id', 'id', other.id, 'starts_on', other.starts_on, 'ends_on', other.ends_on));
  elsif other.id is not null then
    perform private.fail(409, 'another_primary', 'This person has another main territory on some of these days. End it first, or assign this one beside it.',
      jsonb_build_object('field', 'is_primary', 'id', other.id, 'territory_id', other.territory_id, 'starts_on', other.starts_on, 'ends_on', other.ends_on));
  end if;
  return new;
end
$$;
comment on function private.check_assignment() is
  'Before an assignment is written: nobody whose permissions follow territories assigns themselves; it ends after it begins, not twice the same territory on one day, one main territory at a time. The exclusion constraints hold the same for everyone; this says why.';
create trigger territory_assignments_before_write_check before insert or update on public.territory_assignments
  for each row execute function private.check_assignment();
comment on trigger territory_assignments_before_write_check on public.territory_assignments is 'Checks days and overlaps.';
