import { brickNames, cities, regions, type City, type Place } from './cities.ts';
import { cellsOf, distance, shapeArea, type Position, type Shape } from './plane.ts';
import { nearest, randomOf, sitesIn } from './sites.ts';
import { Topology } from './topology.ts';

export interface Governorate {
  code: string;
  name: string;
  nameAr: string;
  region: string;
  shape: Shape;
}

export interface Territory {
  level: 'country' | 'region' | 'governorate' | 'city' | 'area' | 'brick';
  code: string;
  parentCode: string | null;
  name: string;
  nameAr: string;
  shape: Shape;
}

/** Degrees; about half a kilometre. */
const TOLERANCE = 0.006;

/** The whole tree, wider territories before those that lie in them. The same for the same governorates. */
export function treeOf(governorates: readonly Governorate[]): Territory[] {
  const topology = new Topology(new Map(governorates.map(({ code, shape }) => [code, shape])), TOLERANCE);
  const egypt: Territory = {
    level: 'country',
    code: 'EG',
    parentCode: null,
    name: 'Egypt',
    nameAr: 'مصر',
    shape: topology.union(governorates.map(({ code }) => code)),
  };
  const regionRows = Object.entries(regions).map(([region, words]): Territory => {
    const members = governorates.filter((governorate) => governorate.region === region);
    const shape = topology.union(members.map(({ code }) => code));
    return { level: 'region', parentCode: egypt.code, ...words, shape };
  });
  const governorateRows = governorates.map(({ code, name, nameAr, region }): Territory => ({
    level: 'governorate',
    code,
    parentCode: regions[region]?.code ?? null,
    name,
    nameAr,
    shape: topology.union([code]),
  }));
  const cityRows = governorateRows.flatMap(citiesOf);
  const areaRows = cityRows.flatMap(areasOf);
  const rows = [egypt, ...regionRows, ...governorateRows, ...cityRows.map(({ row }) => row)];
  return [...rows, ...areaRows.map(({ row }) => row), ...areaRows.flatMap(bricksOf)];
}

interface Placed {
  row: Territory;
  place: City;
  /** Its place among its siblings: the first one is the largest. */
  rank: number;
}

function citiesOf(governorate: Territory): Placed[] {
  const places = cities[governorate.code];
  if (!places) throw new Error(`No city is known in ${governorate.name}.`);
  return placed('city', governorate, places);
}

function areasOf({ row, place, rank }: Placed): Placed[] {
  if (place.quarters) return placed('area', row, place.quarters);
  const sites = sitesIn(row.shape, place.at, rank === 0 ? 4 : 2, row.code);
  return placed('area', row, named(place, sites));
}

function bricksOf({ row, place, rank }: Placed): Territory[] {
  const sites = sitesIn(row.shape, place.at, rank === 0 ? 3 : 2, row.code);
  const random = randomOf(`${row.code} names`);
  const names = [...brickNames]
    .map((words) => ({ words, order: random() }))
    .sort((a, b) => a.order - b.order);
  const places = sites.map((at, index): Place => {
    const [name, nameAr] = names[index]?.words ?? ['', ''];
    return { name: `${name}, ${row.name}`, nameAr: `${nameAr}، ${row.nameAr}`, at };
  });
  return placed('brick', row, places).map((brick) => brick.row);
}

function placed(level: Territory['level'], parent: Territory, places: readonly City[]): Placed[] {
  const cells = cellsOf(
    parent.shape,
    places.map(({ at }) => at),
  );
  const digits = level === 'city' ? 2 : 1;
  return places.map((place, rank) => {
    const shape = cells[rank] ?? [];
    if (shapeArea(shape) <= 0) throw new Error(`${place.name} lies outside ${parent.name}.`);
    const code = `${parent.code}-${String(rank + 1).padStart(digits, '0')}`;
    return {
      row: { level, code, parentCode: parent.code, name: place.name, nameAr: place.nameAr, shape },
      place,
      rank,
    };
  });
}

const compass = [
  ['East', 'شرق'],
  ['North East', 'شمال شرق'],
  ['North', 'شمال'],
  ['North West', 'شمال غرب'],
  ['West', 'غرب'],
  ['South West', 'جنوب غرب'],
  ['South', 'جنوب'],
  ['South East', 'جنوب شرق'],
] as const;

/** "Tanta Centre" for the area in the middle, "Tanta East" for the one to the east of it. */
function named(city: Place, sites: readonly Position[]): Place[] {
  const centre = nearest(sites, city.at);
  const free = new Map(compass.map((words, index) => [index * 45, words]));
  const areas = sites.map((at, index): Place => {
    if (index === centre) return { name: `${city.name} Centre`, nameAr: `وسط ${city.nameAr}`, at };
    const bearing = (Math.atan2(at[1] - city.at[1], at[0] - city.at[0]) * 180) / Math.PI;
    const turn = (angle: number) => Math.abs(((angle - bearing + 540) % 360) - 180);
    const [angle = 0] = [...free.keys()].sort((a, b) => turn(a) - turn(b));
    const [name, nameAr] = free.get(angle) ?? compass[0];
    free.delete(angle);
    return { name: `${city.name} ${name}`, nameAr: `${nameAr} ${city.nameAr}`, at };
  });
  return areas.sort((a, b) => distance(a.at, city.at) - distance(b.at, city.at));
}
