-- Explaining: why a person can see a record. The policies answer whether; this adds by which role, territory or person.

create function private.explained_roles(org_id uuid, permission text, scopes public.permission_scope[])
returns jsonb
language sql
stable security definer
set search_path = ''
as $$
  select jsonb_agg(jsonb_build_object(
    'key', role.key, 'name', role.name, 'is_system', role.is_system, 'scope', granted.scope, 'granted_by', held.assigned_by, 'granted_at', held.created_at
  ) order by granted.scope, role.key)
  from public.roles as role
  join public.role_permissions as granted on granted.org_id = role.org_id and granted.role_id = role.id
  left join public.member_roles as held on held.org_id = role.org_id and held.role_id = role.id and held.user_id = auth.uid()
  where role.org_id = explained_roles.org_id and granted.permission = explained_roles.permission and granted.scope = any (scopes)
    and case when private.viewing_as() is null then held.id is not null else role.id = private.viewing_as() end
$$;
comment on function private.explained_roles(uuid, text, public.permission_scope[]) is
  'The roles of the caller that give a permission in one of these scopes, each with who assigned it and when; null when none does.';

create function private.explained_chain(org_id uuid, owner_id uuid)
returns jsonb
language sql
stable security definer
set search_path = ''
as $$
  with recursive above as (
    select membership.user_id, membership.manager_id, 1 as step
    from public.memberships as membership
    where membership.org_id = explained_chain.org_id and membership.user_id = explained_chain.owner_id
    union
    select membership.user_id, membership.manager_id, above.step + 1
    from public.memberships as membership
    join above on membership.org_id = explained_chain.org_id and membership.user_id = above.manager_id and above.user_id <> auth.uid()
  )
  select jsonb_agg(user_id order by step desc) from above
$$;
comment on function private.explained_chain(uuid, uuid) is 'The reporting line from the caller down to an owner, as user ids.';

create function private.explained_assignments(territory_id uuid)
returns jsonb
language sql
stable security definer
set search_path = ''
as $$
  select jsonb_agg(jsonb_build_object(
    'id', assigned.id, 'territory', jsonb_build_object('id', root.id, 'level', root.level, 'code', root.code, 'name', root.name, 'name_ar', root.name_ar),
    'starts_on', assigned.starts_on, 'ends_on', assigned.ends_on, 'granted_by', assigned.created_by, 'granted_at', assigned.created_at
  ) order by extensions.nlevel(root.path) desc, assigned.starts_on)
  from public.territories as place
  join public.territories as root on place.path operator(extensions.<@) root.path
  join public.territory_assignments as assigned
    on assigned.org_id = root.org_id and assigned.territory_id = root.id and assigned.user_id = auth.uid()
    and private.today_in(root.org_id) between assigned.starts_on and coalesce(assigned.ends_on, 'infinity')
  where place.id = explained_assignments.territory_id
$$;
comment on function private.explained_assignments(uuid) is 'The assignments of the caller in force today that cover a territory, the narrowest first; null without one.';

create function private.explained_reasons(table_name text, record jsonb)
returns jsonb
language plpgsql
stable security definer
set search_path = ''
as $$
declare
  declared private.protected_tables;
  organization constant uuid := coalesce(record ->> 'org_id', case when table_name = 'organizations' then record ->> 'id' end)::uuid;
  permission text;
  owner uuid;
  territory uuid;
  narrow constant public.permission_scope[] := '{territory,own}';
  reasons jsonb := '[]';
begin
  select * into declared from private.protected_tables as known where known.table_name = explained_reasons.table_name;
  permission := declared.permissions ->> 'select';
  if permission is null or permission = 'member' then
    -- A table with policies of its own says so in their words.
    return jsonb_build_object('permission', null, 'reasons', (
      select coalesce(jsonb_agg(jsonb_build_object('rule', case permission when 'member' then 'member' else 'policy' end,
        'description', pg_catalog.obj_description(policy.oid, 'pg_policy'))), '[]')
      from pg_catalog.pg_policy as policy
      where policy.polrelid = format('public.%I', explained_reasons.table_name)::regclass and policy.polcmd = 'r'
    ));
  end if;
  if private.explained_roles(organization, permission, '{all}') is not null then
    reasons := reasons || jsonb_build_object('rule', 'all', 'roles', private.explained_roles(organization, permission, '{all}'));
  end if;
  if declared.parent_table is not null then
    if reasons = '[]' then
      reasons := reasons || jsonb_build_object('rule', 'parent', 'roles', private.explained_roles(organization, permission, narrow));
    end if;
    return jsonb_build_object('permission', permission, 'reasons', reasons,
      'parent_table', declared.parent_table, 'parent_id', record -> declared.parent_column);
  end if;
  owner := record ->> declared.owner_column;
  territory := record ->> declared.territory_column;
  if owner is not null and private.explained_roles(organization, permission, narrow) is not null
    and exists (select from private.users_with(permission) as reached where reached.org_id = organization and reached.user_id = owner)
  then
    reasons := reasons || jsonb_build_object('rule', case owner when auth.uid() then 'own' else 'report' end, 'owner_id', owner,
      'chain', private.explained_chain(organization, owner), 'roles', private.explained_roles(organization, permission, narrow));
  end if;
  if territory is not null and territory in (select private.territories_with(permission)) then
    reasons := reasons || jsonb_build_object('rule', 'territory', 'territory_id', territory,
      'assignments', private.explained_assignments(territory), 'roles', private.explained_roles(organization, permission, '{territory}'));
  end if;
  return jsonb_build_object('permission', permission, 'reasons', reasons,
    'may_update', private.reaches(declared.permissions ->> 'update', organization, owner, territory),
    'may_delete', private.reaches(declared.permissions ->> 'delete', organization, owner, territory));
end
$$;
comment on function private.explained_reasons(text, jsonb) is 'By which rules the caller sees a record that the policies have shown them.';
grant execute on function private.explained_reasons(text, jsonb) to authenticated;

create function public.explain_access(table_name text, record_id uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  hidden constant jsonb := jsonb_build_object('visible', false, 'table', left(table_name, 63), 'record_id', record_id);
  target regclass;
  record jsonb;
  reasons jsonb;
begin
  select class.oid into target
  from pg_catalog.pg_class as class
  join pg_catalog.pg_attribute as attribute on attribute.attrelid = class.oid and attribute.attname = 'id' and attribute.atttypid = 'uuid'::regtype
  where class.relnamespace = 'public'::regnamespace and class.relkind in ('r', 'p') and class.relname = explain_access.table_name;
  if target is null then
    perform private.fail(422, 'invalid_value', 'There is no table of that name whose records could be explained.', '{"field": "table_name"}');
  end if;
  -- Asked as the caller: the policies themselves say whether. What is hidden and what does not exist look the same.
  begin
    execute format('select to_jsonb(found) from %s as found where found.id = $1', target) into record using record_id;
  exception when insufficient_privilege then
    return hidden;
  end;
  if record is null then
    return hidden;
  end if;
  reasons := private.explained_reasons(table_name, record);
  return jsonb_build_object('visible', true, 'table', table_name, 'record_id', record_id, 'org_id', record -> 'org_id') || reasons - 'parent_id'
    || case when reasons ? 'parent_table'
      then jsonb_build_object('parent', public.explain_access(reasons ->> 'parent_table', (reasons ->> 'parent_id')::uuid)) else '{}' end;
end
$$;
comment on function public.explain_access(text, uuid) is
  'Why the caller can see a record: {visible, permission, reasons: [{rule: all | own | report | territory | parent | member | policy, roles: [{key, name, is_system, scope, granted_by, granted_at}], owner_id?, chain?, assignments?, description?}], parent?, may_update?, may_delete?}. For hidden and missing records alike {visible: false}. PT422 invalid_value for a table that is none.';
grant execute on function public.explain_access(text, uuid) to authenticated;
