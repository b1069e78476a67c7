import { describe, expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';

const database = useDatabase();
const names = async (sql: string) =>
  (await database().owner.rows<{ name: string }>(sql)).map(({ name }) => name);

const businessTables = `select c.oid, c.relname from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
    and c.relname not in ('organizations', 'profiles', 'permissions')`;

describe('every table', () => {
  it('has row-level security and a policy', async () => {
    expect(
      await names(`select relname as name from pg_class c where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
        and (not relrowsecurity or not exists (select from pg_policy where polrelid = c.oid))`),
    ).toEqual([]);
  });

  it('has one permissive policy per command, each for a named role', async () => {
    expect(
      await names(`select tablename || ' ' || cmd as name from pg_policies where schemaname = 'public'
        group by tablename, cmd having count(*) > 1 or bool_or(permissive <> 'PERMISSIVE' or roles <> '{authenticated}' or cmd = 'ALL')`),
    ).toEqual([]);
  });

  it('gives anonymous visitors nothing', async () => {
    expect(
      await names(`select table_name || ' ' || privilege_type as name from information_schema.role_table_grants
        where table_schema in ('public', 'private') and grantee in ('anon', 'PUBLIC')`),
    ).toEqual([]);
  });

  it('belongs to an organisation, and so do its references', async () => {
    expect(
      await names(`select relname as name from (${businessTables}) as t
        where not exists (select from pg_attribute where attrelid = t.oid and attname = 'org_id' and attnotnull)`),
    ).toEqual([]);
    // A reference to a tenant's row carries the organisation on both sides; people and permissions belong to no one.
    expect(
      await names(`select conrelid::regclass || ' ' || conname as name from pg_constraint
        where contype = 'f' and connamespace = 'public'::regnamespace
          and confrelid in (select oid from (${businessTables}) as t)
          and not exists (
            select from unnest(conkey, confkey) as pair (ours, theirs)
            join pg_attribute a on a.attrelid = conrelid and a.attnum = pair.ours and a.attname = 'org_id'
            join pg_attribute b on b.attrelid = confrelid and b.attnum = pair.theirs and b.attname = 'org_id')`),
    ).toEqual([]);
  });

  it('stamps and announces its changes', async () => {
    // The trail repeats what was announced already; the list of permissions changes with a migration only.
    const unannounced = ['audit_log', 'audit_seals', 'permissions'];
    expect(
      (
        await names(`select relname as name from pg_class c where relnamespace = 'public'::regnamespace and relkind = 'r'
          and not exists (select from pg_trigger where tgrelid = c.oid and tgfoid = 'private.announce'::regproc)`)
      ).toSorted(),
    ).toEqual(unannounced);
    expect(
      (
        await names(`select relname as name from pg_class c where relnamespace = 'public'::regnamespace and relkind = 'r'
          and not exists (select from pg_trigger where tgrelid = c.oid and tgfoid = 'private.stamp_update'::regproc)`)
      ).toSorted(),
    ).toEqual(['audit_log', 'audit_seals', 'interactions', 'permissions']);
  });

  it('announces whatever can happen to its rows, if it is protected', async () => {
    expect(
      await names(`select declared.table_name || ' ' || wanted as name from private.protected_tables as declared
        cross join unnest(array[4, 8, 16, 34]) as wanted -- after insert, delete, update; before truncate
        where not exists (select from pg_trigger as t where t.tgrelid = ('public.' || quote_ident(declared.table_name))::regclass
          and t.tgfoid = 'private.announce'::regproc and t.tgtype = wanted)`),
    ).toEqual([]);
  });

  it('is in the audit trail, and its secrets are not', async () => {
    expect(
      (
        await names(`select relname as name from pg_class c where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
          and not exists (select from pg_trigger where tgrelid = c.oid and tgfoid = 'private.audit'::regproc)`)
      ).toSorted(),
    ).toEqual(['audit_log', 'audit_seals', 'notifications', 'permissions']);
    // The trigger holds the columns it hides; one that was added later has to be told to it.
    expect(
      await names(`select c.relname || '.' || a.attname as name
        from pg_trigger t join pg_class c on c.oid = t.tgrelid
        join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        where t.tgfoid = 'private.audit'::regproc and a.attname ~ '(^|_)(hash|digest|token|secret|password|salt)$'
          and pg_get_triggerdef(t.oid) !~ ('[{,]' || a.attname || '[,}][^'']*''\)$')`),
    ).toEqual([]);
  });
});

describe('a reference across organisations', () => {
  it('is impossible even for the owner of the schema', async () => {
    const constraints = await database().owner.rows<{ name: string }>(
      `select conname as name from pg_constraint where contype = 'f' and conrelid = 'customers'::regclass and array_length(conkey, 1) = 2`,
    );
    expect(constraints).toHaveLength(5);
    const { owner } = database();
    const org = async (slug: string) =>
      (
        await owner.row<{ id: string }>(
          'insert into organizations (name, slug) values ($1, $1) returning id',
          [slug],
        )
      ).id;
    const [here, there] = [await org('here'), await org('there')];
    const foreign = async (table: string) =>
      (
        await owner.row<{ id: string }>(`insert into ${table} (org_id, name) values ($1, 'X') returning id`, [
          there,
        ])
      ).id;
    for (const [column, table] of [
      ['product_id', 'products'],
      ['client_type_id', 'client_types'],
      ['specialty_id', 'specialties'],
    ]) {
      expect(
        await owner.refusal(`insert into customers (org_id, name, ${column}) values ($1, 'X', $2)`, [
          here,
          await foreign(table ?? ''),
        ]),
      ).toMatchObject({ code: '23503' });
    }
    const customer = await foreign('customers');
    expect(
      await owner.refusal(
        `insert into interactions (org_id, customer_id, type, note) values ($1, $2, 'note', 'x')`,
        [here, customer],
      ),
    ).toMatchObject({ code: '23503' });
    // Moving the row itself would drag its references along, or leave them behind.
    expect(
      await owner.refusal('update customers set org_id = $1 where id = $2', [here, customer]),
    ).toMatchObject({ code: 'PT409' });
  });
});

describe('every function', () => {
  it('fixes its search path', async () => {
    expect(
      await names(`select p.oid::regprocedure::text as name from pg_proc p
        where pronamespace in ('public'::regnamespace, 'private'::regnamespace)
          and not coalesce(array_to_string(proconfig, ',') like '%search_path=""%', false)`),
    ).toEqual([]);
  });

  it('runs as its caller when it is in the API', async () => {
    expect(
      await names(
        `select oid::regprocedure::text as name from pg_proc where pronamespace = 'public'::regnamespace and prosecdef`,
      ),
    ).toEqual([]);
  });

  it('is closed to anonymous visitors', async () => {
    expect(
      await names(`select oid::regprocedure::text as name from pg_proc
        where pronamespace in ('public'::regnamespace, 'private'::regnamespace) and has_function_privilege('anon', oid, 'execute')`),
    ).toEqual([]);
  });
});

describe('clients', () => {
  it('may call only the private functions that policies, checks and the API need', async () => {
    expect(
      (
        await names(`select proname::text as name from pg_proc where pronamespace = 'private'::regnamespace
          and prosecdef and has_function_privilege('authenticated', oid, 'execute')`)
      ).toSorted(),
    ).toEqual([
      'accept_invitation',
      'announce_ended_sessions',
      'api_key_last_uses',
      'append_note_update',
      'board_cards',
      'bricks_within',
      'can_join',
      'can_send',
      'changes_since',
      'create_api_key',
      'create_organization',
      'delete_customer',
      'delete_organization',
      'delete_role',
      'deleted_organizations',
      'end_sessions',
      'explained_reasons',
      'find_customers',
      'former_members',
      'governorate_of',
      'hand_over',
      'has_permission',
      'import_territories',
      'invitation_of',
      'invitation_preview',
      'invite_member',
      'is_active_member',
      'last_edit_of',
      'leave_organization',
      'load_note',
      'lock_boards_of',
      'may_use_file',
      'move_customer',
      'move_territory',
      'move_to_trash',
      'my_colleagues',
      'my_invitations',
      'my_orgs',
      'my_permissions',
      'my_sessions',
      'my_topics',
      'organization_settings',
      'organizations_asking_second_factor',
      'orgs_with',
      'orgs_with_any',
      'patchable',
      'permissions_beyond',
      'present_person',
      'reach_in',
      'reaches',
      'record_history',
      'report_foreign_access',
      'resend_invitation',
      'restore_from_trash',
      'restore_organization',
      'revoke_api_key',
      'revoke_invitation',
      'save_role',
      'save_settings',
      'session_state',
      'territories_with',
      'trash',
      'users_with',
      'verify_audit_checked',
      'viewing_as',
    ]);
  });

  it('may change no column that triggers keep', async () => {
    expect(
      await names(`select table_name || '.' || column_name as name from information_schema.column_privileges
        where table_schema = 'public' and grantee = 'authenticated' and privilege_type in ('INSERT', 'UPDATE')
          and (column_name in ('created_at', 'updated_at', 'created_by', 'updated_by', 'version', 'deleted_at', 'deleted_by', 'board_rank', 'archived_at', 'assigned_by')
            or (column_name in ('id', 'org_id', 'status') and privilege_type = 'UPDATE'))`),
    ).toEqual([]);
  });
});
