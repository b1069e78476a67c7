-- Stands in for the extension pg_cron, which the embedded Postgres does not carry.
-- Same schema, tables and function signatures as pg_cron 1.6 on a hosted project; stack/scheduler runs the jobs.
-- Applied by supabase_admin on every start, so every statement can be repeated.

create schema if not exists cron;
comment on schema cron is 'Job scheduler with the interface of pg_cron. The stack''s scheduler runs what stands in cron.job.';

create sequence if not exists cron.jobid_seq;
create sequence if not exists cron.runid_seq;

create table if not exists cron.job (
  jobid bigint primary key default nextval('cron.jobid_seq'),
  schedule text not null,
  command text not null,
  nodename text not null default 'localhost',
  nodeport integer not null default current_setting('port')::integer,
  database text not null default current_database(),
  username text not null default current_user,
  active boolean not null default true,
  jobname text,
  constraint jobname_username_uniq unique (jobname, username)
);
comment on table cron.job is 'One row per scheduled job. Write through cron.schedule, cron.alter_job and cron.unschedule.';
comment on column cron.job.schedule is 'Five cron fields in UTC, a macro such as @hourly, or ''[1-59] seconds''.';
comment on column cron.job.username is 'The role the command runs as.';
comment on column cron.job.database is 'The database the command runs in.';

create table if not exists cron.job_run_details (
  jobid bigint,
  runid bigint primary key default nextval('cron.runid_seq'),
  job_pid integer,
  database text,
  username text,
  command text,
  status text,
  return_message text,
  start_time timestamptz,
  end_time timestamptz
);
create index if not exists job_run_details_jobid_idx on cron.job_run_details (jobid, runid desc);
comment on table cron.job_run_details is 'One row per run of a job: when, as whom, and how it ended. Kept for seven days.';
comment on column cron.job_run_details.status is 'starting, running, succeeded or failed.';
comment on column cron.job_run_details.return_message is 'Command tag of a run that succeeded, error text of one that failed.';

-- True when the scheduler understands the text. Checked here so that a typing error fails where it is made.
create or replace function cron.is_schedule(schedule text) returns boolean
language plpgsql
immutable
set search_path = ''
as $$
declare
  months constant text[] := array['jan','feb','mar','apr','may','jun','jul','aug','sep','oct','nov','dec'];
  weekdays constant text[] := array['sun','mon','tue','wed','thu','fri','sat'];
  lowest constant integer[] := array[0, 0, 1, 1, 0];
  highest constant integer[] := array[59, 23, 31, 12, 7];
  fields text[];
  item text;
  part text[];
  first_value integer;
  last_value integer;
  step integer;
begin
  schedule := lower(btrim(schedule, E' \t'));
  if schedule ~ '^([1-9]|[1-5][0-9])\s+seconds$' then
    return true;
  end if;
  if schedule in ('@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly') then
    return true;
  end if;

  fields := regexp_split_to_array(schedule, '[ \t]+');
  if coalesce(array_length(fields, 1), 0) <> 5 then
    return false;
  end if;
  for n in 1..12 loop
    fields[4] := replace(fields[4], months[n], n::text);
  end loop;
  for n in 1..7 loop
    fields[5] := replace(fields[5], weekdays[n], (n - 1)::text);
  end loop;

  for field in 1..5 loop
    foreach item in array string_to_array(fields[field], ',') loop
      continue when field = 3 and item = '$';
      part := regexp_match(item, '^(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:/(\d{1,2}))?$');
      if part is null then
        return false;
      end if;
      first_value := coalesce(part[1]::integer, lowest[field]);
      last_value := coalesce(part[2]::integer, case when part[1] is null then highest[field] else first_value end);
      step := coalesce(part[3]::integer, 1);
      -- As in cron, a step belongs to a range or a star: 5/10 is a mistake, not "every ten from five".
      if first_value < lowest[field] or last_value > highest[field] or first_value > last_value
        or step < 1 or step > highest[field]
        or (part[3] is not null and part[1] is not null and part[2] is null) then
        return false;
      end if;
    end loop;
  end loop;
  return true;
end
$$;
comment on function cron.is_schedule(text) is 'Whether a text is a schedule: five cron fields, a macro, or ''[1-59] seconds''.';

-- Runs as the caller (not definer), because current_user must be the role that schedules the job.
create or replace function cron.guard_job() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if not cron.is_schedule(new.schedule) then
    raise exception 'invalid schedule: %', new.schedule
      using errcode = 'invalid_parameter_value',
            hint = 'Use cron format (e.g. 5 4 * * *), or interval format ''[1-59] seconds''';
  end if;
  if new.username <> current_user and not (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then
    raise exception 'must be superuser to create a job for another role' using errcode = 'insufficient_privilege';
  end if;
  return new;
end
$$;
comment on function cron.guard_job() is 'Refuses jobs with an unreadable schedule and jobs that would run as somebody else.';

create or replace function cron.announce_jobs() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  perform pg_catalog.pg_notify('cron_job', '');
  return null;
end
$$;
comment on function cron.announce_jobs() is 'Wakes the scheduler after a change of jobs has been committed.';

create or replace trigger job_before_guard before insert or update on cron.job
  for each row execute function cron.guard_job();
create or replace trigger job_after_announce after insert or update or delete or truncate on cron.job
  for each statement execute function cron.announce_jobs();

alter table cron.job enable row level security;
alter table cron.job_run_details enable row level security;
drop policy if exists cron_job_policy on cron.job;
create policy cron_job_policy on cron.job using (username = current_user);
drop policy if exists cron_job_run_details_policy on cron.job_run_details;
create policy cron_job_run_details_policy on cron.job_run_details using (username = current_user);

create or replace function cron.schedule(job_name text, schedule text, command text) returns bigint
language sql
set search_path = ''
as $$
  insert into cron.job (jobname, schedule, command) values ($1, $2, $3)
  on conflict on constraint jobname_username_uniq do update set schedule = excluded.schedule, command = excluded.command
  returning jobid
$$;
comment on function cron.schedule(text, text, text) is 'Schedules a command under a name; a second call with the same name replaces it. Returns the job id.';

create or replace function cron.schedule(schedule text, command text) returns bigint
language sql
set search_path = ''
as $$
  insert into cron.job (schedule, command) values ($1, $2) returning jobid
$$;
comment on function cron.schedule(text, text) is 'Schedules a command without a name. Returns the job id.';

create or replace function cron.schedule_in_database(
  job_name text,
  schedule text,
  command text,
  database text,
  username text default null,
  active boolean default true
) returns bigint
language sql
set search_path = ''
as $$
  insert into cron.job (jobname, schedule, command, database, username, active)
  values ($1, $2, $3, $4, coalesce($5, current_user), $6)
  on conflict on constraint jobname_username_uniq do update
    set schedule = excluded.schedule, command = excluded.command, database = excluded.database, active = excluded.active
  returning jobid
$$;
comment on function cron.schedule_in_database(text, text, text, text, text, boolean) is 'Schedules a command in a database of the same server, as another role when a superuser asks for it.';

create or replace function cron.alter_job(
  job_id bigint,
  schedule text default null,
  command text default null,
  database text default null,
  username text default null,
  active boolean default null
) returns void
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
begin
  update cron.job j
  set schedule = coalesce($2, j.schedule), command = coalesce($3, j.command), database = coalesce($4, j.database),
      username = coalesce($5, j.username), active = coalesce($6, j.active)
  where j.jobid = $1;
  if not found then
    raise exception 'Job % does not exist or you don''t own it', $1 using errcode = 'undefined_object';
  end if;
end
$$;
comment on function cron.alter_job(bigint, text, text, text, text, boolean) is 'Changes the given properties of a job; null leaves one as it is.';

create or replace function cron.unschedule(job_id bigint) returns boolean
language plpgsql
set search_path = ''
as $$
begin
  delete from cron.job where jobid = $1;
  if not found then
    raise exception 'could not find valid entry for job ''%''', $1 using errcode = 'undefined_object';
  end if;
  return true;
end
$$;
comment on function cron.unschedule(bigint) is 'Removes a job by its id.';

create or replace function cron.unschedule(job_name text) returns boolean
language plpgsql
set search_path = ''
as $$
begin
  delete from cron.job where jobname = $1 and username = current_user;
  if not found then
    raise exception 'could not find valid entry for job ''%''', $1 using errcode = 'undefined_object';
  end if;
  return true;
end
$$;
comment on function cron.unschedule(text) is 'Removes the caller''s job of that name.';

revoke all on schema cron from public;
revoke all on all tables in schema cron from public;
revoke all on all functions in schema cron from public;
grant usage on schema cron to postgres;
grant execute on all functions in schema cron to postgres;
-- Hosted lets postgres only read cron.job, since its functions write as C code. These write as their caller.
grant select, insert, update, delete on cron.job to postgres;
grant select, insert, update, delete, truncate on cron.job_run_details to postgres;
grant usage on all sequences in schema cron to postgres;
