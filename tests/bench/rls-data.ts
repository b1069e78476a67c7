import type { Client } from 'pg';

/** Sizes of the data the visibility benchmark reads. */
export const SIZES = { organizations: 50, customersEach: 20_000, bricksEach: 100, membersEach: 22 } as const;

/** The organisation that is read, in the middle of the others. */
export const MEASURED = 7;

/** Ids that follow from what they are, so that rows can refer to each other without being looked up. */
export const idOf = (kind: string, number: number | string): string => `md5('${kind}' || ${number})::uuid`;

/** Who reads, in a session that has the id of the person: the first three members of the organisation. */
export const READERS = { admin: 0, district_manager: 1, rep: 2 } as const;

/**
 * Fills an empty database by statements over sets. Every organisation has one map: 4 governorates, 20 areas of 5 bricks. The
 * district manager has a governorate and five reports, each representative one area, and owns a twentieth of the customers
 * wherever they lie.
 */
export async function fill(client: Client, progress: (line: string) => void): Promise<void> {
  const { organizations, customersEach, bricksEach, membersEach } = SIZES;
  const step = async (name: string, sql: string): Promise<void> => {
    const started = performance.now();
    await client.query(sql);
    progress(`${name}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  };
  const members = organizations * membersEach - 1;
  // Triggers and foreign keys would check each row for minutes; the rows are made to be right.
  await client.query('set session_replication_role = replica');
  await step(
    'people and roles',
    `insert into auth.users (id, email) select ${idOf('user', 'n')}, 'p' || n || '@bench.example' from generate_series(0, ${members}) as n;
     insert into public.profiles (id, first_name) select ${idOf('user', 'n')}, 'P' || n from generate_series(0, ${members}) as n;
     insert into public.organizations (id, name, slug)
       select ${idOf('org', 'n')}, 'Org ' || n, 'org-' || n from generate_series(0, ${organizations - 1}) as n;
     insert into auth.sessions (id, user_id, aal) select id, id, 'aal1' from auth.users;
     select private.provide_system_roles(id) from public.organizations;
     insert into public.memberships (org_id, user_id, manager_id)
       select ${idOf('org', `n / ${membersEach}`)}, ${idOf('user', 'n')},
         case when n % ${membersEach} between 2 and 6 then ${idOf('user', `n / ${membersEach} * ${membersEach} + 1`)} end
       from generate_series(0, ${members}) as n;
     insert into public.member_roles (org_id, user_id, role_id)
       select membership.org_id, membership.user_id, role.id
       from (
         select ${idOf('org', `n / ${membersEach}`)} as org_id, ${idOf('user', 'n')} as user_id,
           case n % ${membersEach} when 0 then 'admin' when 1 then 'district_manager' else 'medical_rep' end as key
         from generate_series(0, ${members}) as n
       ) as membership
       join public.roles as role on role.org_id = membership.org_id and role.key = membership.key;`,
  );
  await step(
    'territories',
    `insert into public.territories (id, org_id, level, parent_id, code, name, path)
     with recursive shape (level, depth, per_parent) as (
       values ('country', 1, 1), ('region', 2, 2), ('governorate', 3, 2), ('city', 4, 5), ('area', 5, 1), ('brick', 6, 5)
     ), tree as (
       select 1 as depth, org, org as n, ${idOf('country', 'org')} as id, null::uuid as parent_id,
         replace(${idOf('country', 'org')}::text, '-', '') as path
       from generate_series(0, ${organizations - 1}) as org
       union all
       select shape.depth, tree.org, tree.n * shape.per_parent + k, md5(shape.level || (tree.n * shape.per_parent + k))::uuid, tree.id,
         tree.path || '.' || replace(md5(shape.level || (tree.n * shape.per_parent + k))::uuid::text, '-', '')
       from tree
       join shape on shape.depth = tree.depth + 1
       cross join lateral generate_series(0, shape.per_parent - 1) as k
     )
     select tree.id, ${idOf('org', 'tree.org')}, shape.level::public.territory_level, tree.parent_id, shape.level || tree.n,
       shape.level || tree.n, tree.path::extensions.ltree
     from tree join shape using (depth);
     insert into public.territory_assignments (org_id, user_id, territory_id, starts_on)
       select ${idOf('org', `n / ${membersEach}`)}, ${idOf('user', 'n')},
         case n % ${membersEach} when 1 then ${idOf('governorate', `n / ${membersEach} * 4`)}
           else ${idOf('area', `n / ${membersEach} * 20 + n % ${membersEach} - 2`)} end,
         current_date - 100
       from generate_series(0, ${members}) as n
       where n % ${membersEach} > 0;`,
  );
  // Building an index once is many times faster than adding a million rows to it.
  const { rows: indexes } = await client.query<{ name: string; definition: string }>(
    `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
     from pg_index where indrelid = 'public.customers'::regclass
       and not exists (select from pg_constraint where conindid = indexrelid)`,
  );
  for (const { name } of indexes) await client.query(`drop index ${name}`);
  const total = organizations * customersEach;
  const batch = 100_000;
  for (let from = 0; from < total; from += batch) {
    await step(
      `customers ${from + batch} of ${total}`,
      `insert into public.customers (id, org_id, name, email, phone, status, board_rank, closed_lost_reason, expected_value,
         owner_id, territory_id, created_at)
       select ${idOf('customer', 'n')}, ${idOf('org', `n / ${customersEach}`)}, 'Customer ' || md5(n::text),
         'c' || n || '@bench.example', '+20 2 ' || n, (enum_range(null::public.customer_status))[1 + n % 6],
         'e' || lpad((n % ${customersEach} / 6)::text, 5, '0'), 'Price', n,
         ${idOf('user', `(n / ${customersEach} * ${membersEach} + 2 + n::bigint * 7919 % 20)`)},
         ${idOf('brick', `(n / ${customersEach} * ${bricksEach} + n::bigint * 7 % ${bricksEach})`)},
         now() - n * interval '1 minute'
       from generate_series(${from}, ${from + batch - 1}) as n;`,
    );
  }
  for (const { name, definition } of indexes) await step(name, definition);
  await client.query('set session_replication_role = origin');
  // What the server would otherwise still do in the background falls into the first reads that are measured.
  await step('vacuum', 'vacuum (analyze)');
  await step('checkpoint', 'checkpoint');
}
