import { randomUUID } from 'node:crypto';
import type { TableProbe } from './probe.ts';
import type { Scene } from './scene.ts';

/** Tables of what is sold, and of the words for whom to. */
export async function catalogueTables({ orgOf, shared }: Scene): Promise<Record<string, TableProbe>> {
  const named = async (table: string): Promise<TableProbe> => ({
    row: await shared(`insert into ${table} (org_id, name) values ($1, 'Probe') returning id`),
    insert: (place) =>
      place === 'mine'
        ? null
        : {
            sql: `insert into ${table} (org_id, name) values ($1, $2)`,
            values: [orgOf(place).id, `New ${randomUUID()}`],
          },
    update: `name = 'Changed'`,
  });
  return {
    product_categories: await named('product_categories'),
    products: await named('products'),
    client_types: await named('client_types'),
    specialties: await named('specialties'),
  };
}
