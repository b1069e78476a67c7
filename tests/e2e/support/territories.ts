/** A small map for tests: a country down to two bricks, as a file and as rows. */
import { expect } from '@playwright/test';
import type { Person } from './team.ts';

const square = (west: number, south: number, size: number): string =>
  JSON.stringify({
    type: 'Polygon',
    coordinates: [
      [
        [west, south],
        [west + size, south],
        [west + size, south + size],
        [west, south + size],
        [west, south],
      ],
    ],
  }).replaceAll('"', '""');

/** A country with two cities; the first has two areas with a brick each, side by side. One brick has no boundary. */
export const file = [
  'level,code,parent_code,name,name_ar,boundary',
  `country,EG,,Egypt,مصر,"${square(25, 22, 10)}"`,
  `region,DE,EG,Delta,الدلتا,"${square(30, 30, 2)}"`,
  `governorate,GH,DE,Gharbia,الغربية,"${square(30, 30, 2)}"`,
  `city,TA,GH,Tanta,طنطا,"${square(30, 30, 1)}"`,
  `city,ZE,GH,Zefta,زفتى,"${square(31, 30, 1)}"`,
  `area,TA-1,TA,Tanta East,شرق طنطا,"${square(30.5, 30, 0.5)}"`,
  `area,TA-2,TA,Tanta West,غرب طنطا,"${square(30, 30, 0.5)}"`,
  `brick,TA-1-1,TA-1,El Bahr,البحر,"${square(30.5, 30, 0.5)}"`,
  'brick,TA-2-1,TA-2,El Geish,الجيش,',
].join('\n');

/** The same tree without the interface; the ids by code. */
export async function addTree(admin: Person, team: { id: string }): Promise<Record<string, string>> {
  const [head = '', ...lines] = file.split('\n');
  const names = head.split(',');
  const rows = lines.map((line) => {
    const [, plain = line, boundary] = /^(.*?),(?:"(.*)")?$/.exec(line) ?? [];
    const cells = plain.split(',');
    return {
      ...Object.fromEntries(names.map((name, index) => [name, cells[index] ?? ''])),
      boundary: boundary ? JSON.parse(boundary.replaceAll('""', '"')) : null,
    };
  });
  const imported = await admin.client.rpc('import_territories', { org_id: team.id, rows });
  expect(imported.data).toMatchObject({ applied: true, created: 9 });
  const { data } = await admin.client.from('territories').select('id, code').eq('org_id', team.id);
  return Object.fromEntries((data ?? []).map(({ id, code }) => [code, id]));
}
