/** Plane geometry on longitude and latitude, as far as a demo of one country needs it. Rings are open: the first position is not repeated. */

export type Position = readonly [longitude: number, latitude: number];
export type Ring = readonly Position[];
/** The outer ring, then the holes. */
export type Polygon = readonly Ring[];
export type Shape = readonly Polygon[];

/** How much shorter a degree of longitude is than one of latitude, in the middle of Egypt. */
const SHRINK = Math.cos((27 * Math.PI) / 180);

/** Twice the signed area in square degrees: positive when counter-clockwise. */
function signedArea(ring: Ring): number {
  let sum = 0;
  for (const [index, [x, y]] of ring.entries()) {
    const [nextX, nextY] = at(ring, index + 1);
    sum += x * nextY - nextX * y;
  }
  return sum;
}

export const ringArea = (ring: Ring): number => Math.abs(signedArea(ring)) / 2;

export const polygonArea = ([outer = [], ...holes]: Polygon): number =>
  ringArea(outer) - holes.reduce((sum, hole) => sum + ringArea(hole), 0);

export const shapeArea = (shape: Shape): number =>
  shape.reduce((sum, polygon) => sum + polygonArea(polygon), 0);

export const turned = (ring: Ring, counterClockwise: boolean): Ring =>
  signedArea(ring) > 0 === counterClockwise ? ring : ring.toReversed();

/** The element at an index that may run over either end. */
export function at<Item>(list: readonly Item[], index: number): Item {
  const item = list[((index % list.length) + list.length) % list.length];
  if (item === undefined) throw new Error('An empty list has no elements.');
  return item;
}

export const distance = ([ax, ay]: Position, [bx, by]: Position): number =>
  Math.hypot((ax - bx) * SHRINK, ay - by);

export function ringHolds(ring: Ring, [x, y]: Position): boolean {
  let isInside = false;
  for (const [index, [ax, ay]] of ring.entries()) {
    const [bx, by] = at(ring, index + 1);
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) isInside = !isInside;
  }
  return isInside;
}

export const shapeHolds = (shape: Shape, position: Position): boolean =>
  shape.some((polygon) => polygon.filter((ring) => ringHolds(ring, position)).length % 2 === 1);

export function boundsOf(shape: Shape): { west: number; south: number; east: number; north: number } {
  const positions = shape.flat(2);
  const longitudes = positions.map(([x]) => x);
  const latitudes = positions.map(([, y]) => y);
  return {
    west: Math.min(...longitudes),
    south: Math.min(...latitudes),
    east: Math.max(...longitudes),
    north: Math.max(...latitudes),
  };
}

/** Positive on the side of `near`, zero half way between the two, negative on the side of `far`. */
type Side = (position: Position) => number;

function sideOf(near: Position, far: Position): Side {
  const weight = SHRINK * SHRINK;
  const dx = 2 * weight * (far[0] - near[0]);
  const dy = 2 * (far[1] - near[1]);
  const middle = weight * (far[0] ** 2 - near[0] ** 2) + far[1] ** 2 - near[1] ** 2;
  return ([x, y]) => middle - dx * x - dy * y;
}

/** One cell for each site: the part of the shape that is nearer to it than to any other. */
export function cellsOf(shape: Shape, sites: readonly Position[]): Shape[] {
  return sites.map((near) =>
    sites
      .filter((far) => far !== near)
      .reduce<Shape>((rest, far) => rest.flatMap((polygon) => cut(polygon, sideOf(near, far))), shape),
  );
}

interface Chain {
  /** From where it comes in over the line to where it leaves. */
  positions: Position[];
  isUsed: boolean;
}

interface Crossing {
  position: Position;
  chain: Chain;
  isEntry: boolean;
}

/** What lies on the positive side of a straight line; in several pieces if need be. */
function cut(polygon: Polygon, side: Side): Polygon[] {
  const oriented = polygon.map((ring, index) => turned(ring, index === 0));
  const whole = oriented.filter((ring) => ring.every((position) => side(position) >= 0));
  if (whole.length === polygon.length) return [polygon];
  const crossings = oriented.flatMap((ring) => chainsOf(ring, side)).sort(alongTheLine);
  const outers = crossings.filter(({ chain, isEntry }) => isEntry && !chain.isUsed).map(({ chain }) => chain);
  return outers
    .filter((chain) => !chain.isUsed)
    .map((chain) => joined(chain, crossings))
    .filter((ring) => ring.length > 2 && ringArea(ring) > 1e-7)
    .map((ring) => [ring, ...whole.filter((hole) => ringHolds(ring, at(hole, 0)))]);
}

/** The line is straight: ordering by longitude, then latitude, orders along it. */
const alongTheLine = ({ position: a }: Crossing, { position: b }: Crossing): number =>
  Math.abs(a[0] - b[0]) > 1e-12 ? a[0] - b[0] : a[1] - b[1];

function chainsOf(ring: Ring, side: Side): Crossing[] {
  const crossings: Crossing[] = [];
  const start = ring.findIndex((_, index) => side(at(ring, index)) < 0 && side(at(ring, index + 1)) >= 0);
  if (start < 0) return [];
  let chain: Chain | null = null;
  for (let step = 0; step < ring.length; step++) {
    const from = at(ring, start + step);
    const to = at(ring, start + step + 1);
    const [before, after] = [side(from), side(to)];
    if (before < 0 && after >= 0) {
      chain = { positions: [crossingOf(from, to, before, after)], isUsed: false };
      crossings.push({ position: at(chain.positions, 0), chain, isEntry: true });
    }
    if (!chain) continue;
    if (after >= 0) chain.positions.push(to);
    else if (before >= 0) {
      const position = crossingOf(from, to, before, after);
      chain.positions.push(position);
      crossings.push({ position, chain, isEntry: false });
      chain = null;
    }
  }
  return crossings;
}

function crossingOf(from: Position, to: Position, before: number, after: number): Position {
  const share = before / (before - after);
  return [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share];
}

/** Between the crossings 2n and 2n + 1 the line runs inside the polygon: there one chain goes on in the next. */
function joined(first: Chain, crossings: readonly Crossing[]): Ring {
  const positions: Position[] = [];
  for (let chain = first; !chain.isUsed;) {
    chain.isUsed = true;
    positions.push(...chain.positions);
    const exit = crossings.findIndex((crossing) => crossing.chain === chain && !crossing.isEntry);
    const next = crossings[exit ^ 1];
    if (!next?.isEntry) throw new Error('A boundary crosses itself.');
    chain = next.chain;
  }
  return positions.filter((position, index) => distance(position, at(positions, index + 1)) > 1e-9);
}
