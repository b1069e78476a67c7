import { boundsOf, distance, shapeArea, shapeHolds, type Position, type Shape } from './plane.ts';

/** Numbers between 0 and 1, the same for the same seed (mulberry32). */
export function randomOf(seed: string): () => number {
  let state = 2166136261;
  for (const character of seed) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 16777619);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const SAMPLES = 260;
const ROUNDS = 8;

/**
 * Points spread inside a shape, closer together around its centre, as people live: k-means over a sample that thins out
 * with the distance.
 */
export function sitesIn(shape: Shape, centre: Position, count: number, seed: string): Position[] {
  const samples = sampleOf(shape, centre, randomOf(seed));
  const first = samples[0];
  if (!first) throw new Error(`There is no room for ${seed}.`);
  let sites: Position[] = [first];
  while (sites.length < count) sites.push(farthest(samples, sites));
  for (let round = 0; round < ROUNDS; round++) {
    const groups = sites.map(() => ({ x: 0, y: 0, count: 0 }));
    for (const sample of samples) {
      const group = groups[nearest(sites, sample)];
      if (!group) continue;
      group.x += sample[0];
      group.y += sample[1];
      group.count += 1;
    }
    sites = groups.map(({ x, y, count: size }, index) =>
      size > 0 ? [x / size, y / size] : (sites[index] ?? first),
    );
  }
  return sites;
}

function sampleOf(shape: Shape, centre: Position, random: () => number): Position[] {
  const { west, south, east, north } = boundsOf(shape);
  const reach = Math.sqrt(shapeArea(shape)) / 2.5;
  const samples: Position[] = [];
  for (let attempt = 0; attempt < 40_000 && samples.length < SAMPLES; attempt++) {
    const position: Position = [west + random() * (east - west), south + random() * (north - south)];
    const weight = 0.25 + Math.exp(-((distance(position, centre) / reach) ** 2));
    if (random() < weight && shapeHolds(shape, position)) samples.push(position);
  }
  return samples;
}

function farthest(samples: readonly Position[], sites: readonly Position[]): Position {
  const away = (sample: Position) => Math.min(...sites.map((site) => distance(site, sample)));
  return samples.reduce((best, sample) => (away(sample) > away(best) ? sample : best));
}

export function nearest(sites: readonly Position[], position: Position): number {
  return sites.reduce(
    (best, site, index) =>
      distance(site, position) < distance(sites[best] ?? site, position) ? index : best,
    0,
  );
}
