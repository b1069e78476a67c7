import { polygonsOf, type Boundary, type PolygonRings, type Ring } from './boundary';
import type { Point, Projection } from './projection';

/** Where a name may be written: centred on a point inside the shape, at most so wide and about so high. */
export interface LabelPlace extends Point {
  width: number;
  height: number;
}

const digits = (value: number): string => String(Math.round(value * 100) / 100);

/** The `d` of an SVG path, to be filled by the even-odd rule: every ring is a closed line, so holes stay open. */
export function pathOf(boundary: Boundary, project: Projection): string {
  return polygonsOf(boundary)
    .flatMap((polygon) => polygon.map((ring) => ringPath(ring, project)))
    .join('');
}

function ringPath(ring: Ring, project: Projection): string {
  const corners: string[] = [];
  for (const position of ring.slice(0, -1)) {
    const { x, y } = project(position);
    const corner = `${digits(x)} ${digits(y)}`;
    if (corner !== corners.at(-1)) corners.push(corner);
  }
  return `M${corners.join('L')}Z`;
}

const LINES = 15;

/**
 * The widest place for a name in the largest part of a shape, with some room above and below it. Tried on horizontal
 * lines: exact enough for a name, and cheap.
 */
export function labelPlaceOf(boundary: Boundary, project: Projection): LabelPlace | null {
  const parts = polygonsOf(boundary).map((polygon) => polygon.map((ring) => ring.map(project)));
  const largest = parts.toSorted((a, b) => area(b[0] ?? []) - area(a[0] ?? []))[0];
  if (!largest) return null;
  const heights = (largest[0] ?? []).map(({ y }) => y);
  const [top, bottom] = [Math.min(...heights), Math.max(...heights)];
  let best: LabelPlace | null = null;
  let bestMerit = 0;
  for (let line = 1; line <= LINES; line++) {
    const y = top + ((bottom - top) * line) / (LINES + 1);
    // Near the top or bottom a name would stick out although the line itself is long.
    const room = Math.min(y - top, bottom - y);
    for (const [from, to] of spans(largest, y)) {
      const merit = Math.min(to - from, room * 4);
      if (merit <= bestMerit) continue;
      bestMerit = merit;
      best = { x: (from + to) / 2, y, width: to - from, height: room * 2 };
    }
  }
  return best;
}

/** The stretches of a horizontal line that lie inside. */
function spans(rings: readonly (readonly Point[])[], y: number): [from: number, to: number][] {
  const crossings: number[] = [];
  for (const ring of rings)
    for (const [index, from] of ring.entries()) {
      const to = ring[index + 1];
      if (to && from.y > y !== to.y > y)
        crossings.push(from.x + ((to.x - from.x) * (y - from.y)) / (to.y - from.y));
    }
  crossings.sort((a, b) => a - b);
  return crossings.flatMap((from, index) => {
    const to = crossings[index + 1];
    return index % 2 === 0 && to !== undefined ? [[from, to] satisfies [number, number]] : [];
  });
}

function area(ring: readonly Point[]): number {
  let sum = 0;
  for (const [index, from] of ring.entries()) {
    const to = ring[(index + 1) % ring.length];
    if (to) sum += from.x * to.y - to.x * from.y;
  }
  return Math.abs(sum) / 2;
}

/** Whether a position lies inside, by the even-odd rule. */
export function holds(boundary: Boundary, [x, y]: readonly [number, number]): boolean {
  return polygonsOf(boundary).some((polygon) => isInside(polygon, x, y));
}

function isInside(polygon: PolygonRings, x: number, y: number): boolean {
  let inside = false;
  for (const ring of polygon)
    for (const [index, [ax, ay]] of ring.entries()) {
      const [bx, by] = ring[index + 1] ?? [ax, ay];
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
    }
  return inside;
}
