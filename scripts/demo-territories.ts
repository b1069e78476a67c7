/**
 * Makes `supabase/seed/25_territories.sql`, the demo's tree of territories, from the governorates in
 * `scripts/demo-territories`: `node scripts/demo-territories.ts`. It writes the same file each time.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { projectRoot } from '../stack/shared/paths.ts';
import { lineOf } from './demo-territories/sql.ts';
import { treeOf, type Governorate } from './demo-territories/tree.ts';

const position = z.tuple([z.number(), z.number()]);
const polygon = z.array(z.array(position));
const source = z.object({
  features: z.array(
    z.object({
      properties: z.object({ code: z.string(), name: z.string(), name_ar: z.string(), region: z.string() }),
      geometry: z.discriminatedUnion('type', [
        z.object({ type: z.literal('Polygon'), coordinates: polygon }),
        z.object({ type: z.literal('MultiPolygon'), coordinates: z.array(polygon) }),
      ]),
    }),
  ),
});

const head = `-- Demo data, part 2b: the first organisation's tree of territories, and who looks after which part of it.
-- Made by scripts/demo-territories.ts from the governorates in scripts/demo-territories; change those and run it again.

create or replace function pg_temp.demo_id(name text) returns uuid language sql immutable as
$$ select overlay(overlay(md5('tandem demo ' || name) placing '8' from 13) placing 'a' from 17)::uuid $$;

create temporary table if not exists demo_territories (
  level public.territory_level not null,
  code text primary key,
  parent_code text,
  name text not null,
  name_ar text not null,
  -- As in a MultiPolygon.
  coordinates jsonb not null
);
truncate demo_territories;

insert into demo_territories values
`;

const tail = `
do $seed$
declare
  organization constant uuid := pg_temp.demo_id('Nile & Rhine Trading');
  nadia constant uuid := pg_temp.demo_id('person nadia');
  today constant date := (now() at time zone 'utc')::date;
  founded constant timestamptz := (today - 210 + time '09:00') at time zone 'utc';
  wanted public.territory_level;
begin
  if exists (select from public.territories where org_id = organization) then
    return;
  end if;

  foreach wanted in array enum_range(null::public.territory_level) loop
    insert into public.territories (id, org_id, level, parent_id, code, name, name_ar, boundary, created_at, updated_at, created_by)
    select
      pg_temp.demo_id('territory ' || code), organization, level, pg_temp.demo_id('territory ' || parent_code), code, name, name_ar,
      case jsonb_array_length(coordinates)
        when 1 then jsonb_build_object('type', 'Polygon', 'coordinates', coordinates -> 0)
        else jsonb_build_object('type', 'MultiPolygon', 'coordinates', coordinates)
      end,
      founded, founded, nadia
    from demo_territories
    where level = wanted;
  end loop;

  -- The district manager has regions, the representatives cities in them; beside those in force one that is over and one to come.
  insert into public.territory_assignments (id, org_id, user_id, territory_id, starts_on, ends_on, is_primary, created_at, updated_at, created_by)
  select
    pg_temp.demo_id('assignment ' || person || ' ' || code || ' ' || starts), organization, pg_temp.demo_id('person ' || person),
    pg_temp.demo_id('territory ' || code), today + starts, today + ends, is_primary, founded, founded, nadia
  from (values
    ('karim', 'EG-R-GC', -200, null, true),
    ('karim', 'EG-R-AX', -200, null, false),
    ('karim', 'EG-R-DE', -200, null, false),
    ('karim', 'EG-R-SC', -90, null, false),
    ('karim', 'EG-R-AY', -60, null, false),
    ('karim', 'EG-R-SU', -60, null, false),
    ('salma', 'EG-QH', -200, null, true),
    ('salma', 'EG-JZ-01', -200, null, false),
    ('salma', 'EG-JZ-02', -30, null, false),
    ('salma', 'EG-QL-01', -200, -91, false),
    ('salma', 'EG-QL-01', 21, null, false),
    ('youssef', 'EG-IK', -200, null, true),
    ('youssef', 'EG-GH-01', -200, null, false),
    ('youssef', 'EG-DQ-01', -200, null, false),
    ('salma', 'EG-IS-01', -90, null, false),
    ('youssef', 'EG-BS-01', -90, null, false),
    ('youssef', 'EG-FY', -200, -61, false)
  ) as given (person, code, starts, ends, is_primary);
end
$seed$;
`;

/** The whole file. */
export async function demoTerritories(): Promise<string> {
  const file = join(projectRoot, 'scripts', 'demo-territories', 'egypt-governorates.geojson');
  const { features } = source.parse(JSON.parse(await readFile(file, 'utf8')));
  const governorates = features.map(({ properties, geometry }): Governorate => {
    const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
    return {
      code: properties.code,
      name: properties.name,
      nameAr: properties.name_ar,
      region: properties.region,
      shape: polygons.map((rings) => rings.map((ring) => ring.slice(0, -1))),
    };
  });
  return `${head}${treeOf(governorates).map(lineOf).join(',\n')};\n${tail}`;
}

if (import.meta.main)
  await writeFile(join(projectRoot, 'supabase', 'seed', '25_territories.sql'), await demoTerritories());
