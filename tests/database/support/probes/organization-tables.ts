import type { TableProbe } from './probe.ts';
import type { Scene } from './scene.ts';

/** Tables of the organisation, its people and what they may do. */
export async function organizationTables({
  here,
  there,
  boss,
  stranger,
  people: { outsider },
  orgOf,
  personOf,
  viewerRoleOf,
  shared,
  personal,
}: Scene): Promise<Record<string, TableProbe>> {
  return {
    organizations: {
      row: (place) => (place === 'theirs' ? here.id : place === 'foreign' ? there.id : null),
      insert: (place) =>
        place === 'mine'
          ? { sql: `insert into organizations (name, slug) values ('New', 'new')`, values: [] }
          : null,
      update: `name = 'Changed'`,
    },
    profiles: {
      row: (place, actor) => personOf(place, actor).id,
      insert: (place, actor) => ({
        sql: 'insert into profiles (id) values ($1)',
        values: [personOf(place, actor).id],
      }),
      update: `first_name = 'Changed'`,
    },
    memberships: {
      row: await personal('select id from memberships where org_id = $1 and user_id = $2'),
      insert: (place, actor) => ({
        sql: 'insert into memberships (org_id, user_id) values ($1, $2)',
        values: [orgOf(place).id, place === 'foreign' ? actor.id : outsider.id],
      }),
      update: `title = 'Changed'`,
    },
    permissions: {
      key: 'key',
      row: (place) => (place === 'theirs' ? 'customers:read' : null),
      insert: (place) =>
        place === 'theirs'
          ? {
              sql: `insert into permissions (key, resource, action, description) values ('a:b', 'a', 'b', 'x')`,
              values: [],
            }
          : null,
      update: `description = 'Changed'`,
    },
    roles: {
      row: await shared(`insert into roles (org_id, key, name) values ($1, 'probe', 'Probe') returning id`),
      insert: (place) => ({
        sql: `insert into roles (org_id, key, name) values ($1, 'new', 'New')`,
        values: [orgOf(place).id],
      }),
      update: `name = 'Changed'`,
    },
    role_permissions: {
      row: await shared(
        `insert into role_permissions (org_id, role_id, permission) select $1, id, 'members:read' from roles where org_id = $1 and key = 'probe' returning id`,
      ),
      insert: (place) => ({
        sql: `insert into role_permissions (org_id, role_id, permission) values ($1, $2, 'settings:update')`,
        values: [orgOf(place).id, viewerRoleOf(place)],
      }),
      update: `scope = 'own'`,
    },
    member_roles: {
      row: await personal('select id from member_roles where org_id = $1 and user_id = $2'),
      insert: (place) => ({
        sql: 'insert into member_roles (org_id, user_id, role_id) select $1, user_id, $2 from memberships where org_id = $1 and user_id = any ($3) limit 1',
        values: [orgOf(place).id, viewerRoleOf(place), place === 'foreign' ? [stranger.id] : [boss.id]],
      }),
      update: `assigned_by = null`,
    },
    settings: {
      row: await shared(`select id from settings where org_id = $1 and key = 'products.active_limit'`),
      insert: (place) => ({
        sql: `insert into settings (org_id, key, value) values ($1, 'new', 'x')`,
        values: [orgOf(place).id],
      }),
      update: `value = '4'`,
    },
    invitations: {
      row: await shared(
        `insert into invitations (org_id, email, role_id)
         select $1, 'probe@tandem.example', id from roles where org_id = $1 and key = 'viewer' returning id`,
      ),
      insert: (place) => ({
        sql: `insert into invitations (org_id, email, role_id) values ($1, 'new@tandem.example', $2)`,
        values: [orgOf(place).id, viewerRoleOf(place)],
      }),
      update: `revoked_at = now()`,
    },
    api_keys: {
      row: await shared(
        `insert into api_keys (org_id, user_id, name, prefix, scopes, expires_at)
         select $1, user_id, 'Probe', left(md5(id::text), 8), '{customers:read}', now() + interval '1 day'
         from memberships where org_id = $1 order by created_at limit 1 returning id`,
      ),
      insert: (place, actor) => ({
        sql: `insert into api_keys (org_id, user_id, name, prefix, scopes, expires_at)
              values ($1, $2, 'New', 'NewProbe', '{customers:read}', now() + interval '1 day')`,
        values: [orgOf(place).id, actor.id],
      }),
      update: `scopes = '{members:update}'`,
    },
  };
}
