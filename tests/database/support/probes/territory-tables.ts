import { assign, type Level } from '../territories.ts';
import type { TableProbe } from './probe.ts';
import type { Scene } from './scene.ts';

/** The tree of territories, its levels as tables, and who is assigned. */
export async function territoryTables({
  db,
  people: { outsider },
  owners,
  stranger,
  orgOf,
  personOf,
  branchOf,
}: Scene): Promise<Record<string, TableProbe>> {
  const assignments = new Map<string, string>();
  for (const person of owners) {
    const place = person === stranger ? 'foreign' : 'theirs';
    const brick = branchOf(place)?.brick;
    if (person !== outsider && brick)
      assignments.set(person.id, await assign(db.owner, orgOf(place), person, brick));
  }
  const levelView = (level: Level): TableProbe => ({
    row: (place) => (place === 'mine' || place === 'territory' ? null : (branchOf(place)?.[level] ?? null)),
    insert: null,
    update: `name = 'Changed'`,
  });
  return {
    territories: {
      ...levelView('area'),
      insert: (place) =>
        place === 'mine'
          ? null
          : {
              sql: `insert into territories (org_id, level, parent_id, code, name) values ($1, 'brick', $2, 'new', 'New')`,
              values: [orgOf(place).id, branchOf(place)?.area],
            },
    },
    territory_assignments: {
      row: (place, actor) => assignments.get(personOf(place, actor).id) ?? null,
      insert: (place, actor) => ({
        sql: 'insert into territory_assignments (org_id, user_id, territory_id) values ($1, $2, $3)',
        values: [orgOf(place).id, personOf(place, actor).id, branchOf(place)?.country],
      }),
      update: `ends_on = '2199-01-01'`,
    },
    countries: levelView('country'),
    regions: levelView('region'),
    governorates: levelView('governorate'),
    cities: levelView('city'),
    areas: levelView('area'),
    bricks: levelView('brick'),
  };
}
