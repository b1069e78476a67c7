-- Who may see changed rows: the questions that the server asks about the changes it is about to deliver. Nothing here is
-- for applications. Applied as supabase_admin at every start.

create or replace function realtime.sees_transactions(transaction_ids bigint[]) returns boolean
language sql volatile
set search_path = ''
as $$
  -- 32-bit ids are widened to the epoch that puts them nearest to the snapshot's upper end.
  select coalesce(bool_and(pg_visible_in_snapshot(
    (case when latest - widened.id > 2147483648 then widened.id + 4294967296 else widened.id end)::text::xid8,
    pg_current_snapshot())), true)
  from unnest(transaction_ids) as replicated (id)
  cross join lateral (select pg_snapshot_xmax(pg_current_snapshot())::text::bigint as latest) as snapshot
  cross join lateral (select latest - ((latest - replicated.id) % 4294967296) as id) as widened
$$;
comment on function realtime.sees_transactions(bigint[]) is
  'Whether a new snapshot sees the given transactions (32-bit ids from the replication stream), which can be read from the log before that.';

create or replace function realtime.audience(target oid, judged_role name, out verdict text, out columns text[])
language sql volatile
set search_path = ''
as $$
  with judged as (
    select role.oid, role.rolsuper or role.rolbypassrls as is_exempt
    from pg_catalog.pg_roles as role
    where role.rolname = judged_role and pg_has_role('authenticator', role.oid, 'member')
  ),
  subject as (
    select class.oid, class.relnamespace, class.relrowsecurity, class.relowner, class.relforcerowsecurity,
      coalesce((select key.indkey::smallint[] from pg_catalog.pg_index as key where key.indrelid = class.oid and key.indisprimary), '{}') as key
    from pg_catalog.pg_class as class
    where class.oid = target
  ),
  readable as (
    select array_agg(attribute.attname::text order by attribute.attnum) as names, array_agg(attribute.attnum) as numbers
    from pg_catalog.pg_attribute as attribute, judged
    where attribute.attrelid = target and attribute.attnum > 0 and not attribute.attisdropped
      and has_column_privilege(judged.oid, attribute.attrelid, attribute.attnum, 'select')
  ),
  policies as (
    select coalesce(bool_or(policy.polpermissive), false) as any_permissive,
      coalesce(bool_or(policy.polpermissive and pg_get_expr(policy.polqual, policy.polrelid) = 'true'), false) as any_open,
      coalesce(bool_or(not policy.polpermissive), false) as any_restrictive
    from pg_catalog.pg_policy as policy, judged
    where policy.polrelid = target and policy.polcmd in ('r', '*')
      and exists (select from unnest(policy.polroles) as named where named = 0 or pg_has_role(judged.oid, named, 'usage'))
  )
  select
    case
      when not has_schema_privilege(judged.oid, subject.relnamespace, 'usage') then 'nobody'
      -- Such a change is announced without any content, as on the hosted server.
      when cardinality(subject.key) = 0 or not coalesce(subject.key <@ readable.numbers, false) then 'everyone'
      when not subject.relrowsecurity or judged.is_exempt
        or (pg_has_role(judged.oid, subject.relowner, 'usage') and not subject.relforcerowsecurity) then 'everyone'
      when not policies.any_permissive then 'nobody'
      when policies.any_open and not policies.any_restrictive then 'everyone'
      else 'some'
    end,
    coalesce(readable.names, '{}')
  from judged, subject, readable, policies
$$;
comment on function realtime.audience(oid, name) is
  'Who of a role may see rows of a table, as far as that is known without looking at rows: everyone, nobody or some; and which columns the role may read. Null when table or role are gone.';

create or replace function realtime.look_up_identity(target oid) returns text
language sql stable
set search_path = ''
as $$
  select format('%s %s %s', target::regclass, key.indexrelid, array_agg(attribute.attname order by place))
  from pg_catalog.pg_index as key
  cross join lateral unnest(key.indkey::smallint[]) with ordinality as part (attnum, place)
  join pg_catalog.pg_attribute as attribute on attribute.attrelid = key.indrelid and attribute.attnum = part.attnum
  where key.indrelid = target and key.indisprimary
  group by key.indexrelid
$$;
comment on function realtime.look_up_identity(oid) is
  'What a look-up of rows by their key depends on: the name of the table and its key. Null without a primary key.';

create or replace function realtime.prepare_look_up(target oid, judged_role name) returns text
language plpgsql volatile
set search_path = ''
as $$
declare
  look_up constant text := format('look_up_%s_%s', target, judged_role::regrole::oid);
  parameters text;
  casts text;
  one_row text;
  many_rows text;
begin
  select
    string_agg(format('given_%s text[]', key.place), ', ' order by key.place),
    string_agg(format('key_%s constant %s[] := given_%s::%2$s[];', key.place, format_type(attribute.atttypid, null), key.place), ' '),
    -- The operator of the key's own index, wherever its type lives.
    string_agg(format('target.%I operator(%I.%s) key_%s[numbers[1]]', attribute.attname, namespace.nspname, operator.oprname, key.place), ' and '),
    string_agg(format('target.%I operator(%I.%s) key_%s[asked.number]', attribute.attname, namespace.nspname, operator.oprname, key.place), ' and ')
    into parameters, casts, one_row, many_rows
  from pg_catalog.pg_index as index
  cross join lateral unnest(index.indkey::smallint[], index.indclass::oid[]) with ordinality as key (attnum, opclass, place)
  join pg_catalog.pg_attribute as attribute on attribute.attrelid = index.indrelid and attribute.attnum = key.attnum
  join pg_catalog.pg_opclass as opclass on opclass.oid = key.opclass
  join pg_catalog.pg_amop as amop on amop.amopfamily = opclass.opcfamily and amop.amopstrategy = 3
    and amop.amoplefttype = opclass.opcintype and amop.amoprighttype = opclass.opcintype
  join pg_catalog.pg_operator as operator on operator.oid = amop.amopopr
  join pg_catalog.pg_namespace as namespace on namespace.oid = operator.oprnamespace
  where index.indrelid = target and index.indisprimary;
  if parameters is null then
    return null;
  end if;

  execute format($template$
    create or replace function pg_temp.%1$I(
      transaction_ids bigint[], given_claims text[], given_subjects text[], kept_list text, wanted text[], patience interval, %2$s,
      out verdict text, out columns text[], out hits integer[], out failed integer[], out reasons text[], out done integer
    )
    language plpgsql volatile
    -- What policies call is looked up as in a request over REST.
    set search_path = public, extensions
    as $look_up$
    -- The table may have columns of any name.
    #variable_conflict use_variable
    declare
      %3$s
      claims constant text[] := coalesce(given_claims, current_setting('realtime.claims_' || kept_list)::text[]);
      subjects constant text[] := coalesce(given_subjects, current_setting('realtime.subjects_' || kept_list)::text[]);
      began constant timestamptz := clock_timestamp();
      every_number constant integer[] := array(select generate_series(1, cardinality(given_1)));
      numbers integer[];
      seen integer[];
    begin
      done := 0; hits := '{}'; failed := '{}'; reasons := '{}';
      if realtime.look_up_identity(%4$L) is distinct from %8$L then
        verdict := 'stale';
        return;
      end if;
      perform realtime.await_transactions(transaction_ids);
      if not realtime.sees_transactions(transaction_ids) then
        verdict := 'unseen';
        return;
      end if;
      select audience.verdict, audience.columns into verdict, columns from realtime.audience(%4$L, %5$L) as audience;
      if verdict is distinct from 'some' then
        return;
      end if;
      perform set_config('request.jwt.claim.role', %5$L, true), set_config('request.headers', '', true),
        set_config('request.method', '', true), set_config('request.path', '', true), set_config('role', %5$L, true);
      -- One subtransaction serves all claims up to the next whose policy fails.
      <<asking>>
      while done < cardinality(claims) loop
        begin
          while done < cardinality(claims) loop
            exit asking when done > 0 and clock_timestamp() - began > patience;
            done := done + 1;
            perform set_config('request.jwt.claims', claims[done], true),
              set_config('request.jwt.claim.sub', coalesce(subjects[done], ''), true);
            numbers := coalesce(wanted[done]::integer[], every_number);
            if cardinality(numbers) = 1 then
              -- Most often it is one row; this takes three quarters of the time.
              perform from %6$s as target where %9$s;
              if found then
                hits := hits || (done * 1000 + numbers[1]);
              end if;
            else
              -- The sub-select hides how many rows are asked for: one plan serves all.
              select array_agg(done * 1000 + asked.number) into seen
              from unnest((select numbers)) as asked (number) join %6$s as target on %7$s;
              if seen is not null then
                hits := hits || seen;
              end if;
            end if;
          end loop;
        exception
          when lock_not_available then
            verdict := 'locked';
            done := done - 1;
            return;
          when query_canceled or assert_failure or others then
            failed := failed || done;
            reasons := reasons || (sqlstate || ' ' || sqlerrm);
        end;
      end loop asking;
    end
    $look_up$
    $template$,
    look_up, parameters, casts, target, judged_role, target::regclass, many_rows,
    realtime.look_up_identity(target), one_row);
  return look_up;
end
$$;
comment on function realtime.prepare_look_up(oid, name) is
  'Makes a function of this session that says which rows of a table, named by their keys, the given claims may see under a role. Static SQL in a function of its own keeps its plan. Null without a primary key.';

revoke execute on function
  realtime.sees_transactions(bigint[]), realtime.audience(oid, name), realtime.look_up_identity(oid),
  realtime.prepare_look_up(oid, name)
from public, anon, authenticated, service_role;
