import { sealed } from '../sealing.ts';
import type { TableProbe } from './probe.ts';
import type { Scene } from './scene.ts';

/** Tables of the trail. */
export async function trailTables({ db, orgOf, shared }: Scene): Promise<Record<string, TableProbe>> {
  await sealed(db);
  return {
    audit_log: {
      row: await shared('select id from audit_log where org_id = $1 order by id limit 1'),
      insert: (place) => ({
        sql: `insert into audit_log (org_id, actor_kind, table_name, action, salt, values_hash, hash)
          values ($1, 'system', 'customers', 'insert', gen_random_uuid(), '', '')`,
        values: [orgOf(place).id],
      }),
      update: `action = 'delete'`,
    },
    audit_seals: {
      key: 'org_id',
      row: await shared('select distinct org_id as id from audit_seals where org_id = $1'),
      insert: (place) => ({
        sql: `insert into audit_seals (org_id, number, from_id, to_id, row_ids, row_hashes, hash)
          values ($1, 1000, 1, 1, '{}', '{}', '')`,
        values: [orgOf(place).id],
      }),
      update: 'number = 7',
    },
  };
}
