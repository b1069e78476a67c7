/** Boundaries of neighbours as shared lines, so that they can be simplified without gaps and merged without seams. */
import { at, distance, ringArea, ringHolds, turned, type Position, type Ring, type Shape } from './plane.ts';

/** A stretch of boundary between two places where more than two territories meet, or a whole ring. */
interface Arc {
  positions: Position[];
  /** Rings that it is a part of, by the name of their territory. */
  users: string[];
}

const keyOf = ([x, y]: Position): string => `${x},${y}`;

/** The same shapes with fewer positions, and their unions. */
export class Topology {
  readonly #arcs = new Map<string, Arc>();
  /** Per territory the rings, each as the keys of its arcs. */
  readonly #rings = new Map<string, string[][]>();

  constructor(shapes: ReadonlyMap<string, Shape>, tolerance: number) {
    const junctions = junctionsOf([...shapes.values()]);
    for (const [name, shape] of shapes)
      this.#rings.set(
        name,
        shape.flat().map((ring) => arcsOf(ring, junctions).map((positions) => this.#keep(positions, name))),
      );
    for (const arc of this.#arcs.values()) arc.positions = simplified(arc.positions, tolerance);
  }

  /** The union of territories: what is left of their boundaries without the lines between them. */
  union(names: readonly string[]): Shape {
    const members = new Set(names);
    const keys = new Set(names.flatMap((name) => this.#rings.get(name)?.flat() ?? []));
    const outline = [...keys]
      .map((key) => this.#arc(key))
      .filter(({ users }) => users.filter((user) => members.has(user)).length === 1);
    return nested(stitched(outline.map(({ positions }) => positions)));
  }

  #keep(positions: Position[], user: string): string {
    const [forwards, backwards] = [
      positions.map(keyOf).join(' '),
      positions.map(keyOf).toReversed().join(' '),
    ];
    const isForwards = forwards < backwards;
    const key = isForwards ? forwards : backwards;
    const arc = this.#arcs.get(key) ?? {
      positions: isForwards ? positions : positions.toReversed(),
      users: [],
    };
    arc.users.push(user);
    this.#arcs.set(key, arc);
    return key;
  }

  #arc(key: string): Arc {
    const arc = this.#arcs.get(key);
    if (!arc) throw new Error('No such line.');
    return arc;
  }
}

function junctionsOf(shapes: readonly Shape[]): Set<string> {
  const neighbours = new Map<string, Set<string>>();
  for (const ring of shapes.flat(2))
    for (const [index, position] of ring.entries()) {
      const known = neighbours.get(keyOf(position)) ?? new Set();
      known.add(keyOf(at(ring, index - 1))).add(keyOf(at(ring, index + 1)));
      neighbours.set(keyOf(position), known);
    }
  return new Set([...neighbours].filter(([, { size }]) => size > 2).map(([key]) => key));
}

function arcsOf(ring: Ring, junctions: ReadonlySet<string>): Position[][] {
  const first = ring.findIndex((position) => junctions.has(keyOf(position)));
  // A ring nobody else meets begins at its smallest position, whoever walks along it.
  const start =
    first >= 0
      ? first
      : ring.reduce((best, one, index) => (keyOf(one) < keyOf(at(ring, best)) ? index : best), 0);
  const arcs: Position[][] = [[at(ring, start)]];
  for (let step = 1; step <= ring.length; step++) {
    const position = at(ring, start + step);
    arcs.at(-1)?.push(position);
    if (step < ring.length && junctions.has(keyOf(position))) arcs.push([position]);
  }
  return arcs;
}

/** Douglas and Peucker's: leaves out positions that lie within the tolerance of a straight line. */
function simplified(positions: Position[], tolerance: number): Position[] {
  const [first, last] = [at(positions, 0), at(positions, -1)];
  const isRing = keyOf(first) === keyOf(last);
  const size = Math.max(...positions.map((position) => distance(position, first)));
  const allowed = Math.min(tolerance, size / 20);
  if (!isRing) return reduced(positions, allowed);
  const far = positions.reduce(
    (best, position, index) =>
      distance(position, first) > distance(at(positions, best), first) ? index : best,
    0,
  );
  return [
    ...reduced(positions.slice(0, far + 1), allowed),
    ...reduced(positions.slice(far), allowed).slice(1),
  ];
}

function reduced(positions: Position[], tolerance: number): Position[] {
  const [first, last] = [at(positions, 0), at(positions, -1)];
  let worst = 0;
  let index = 0;
  for (let inner = 1; inner < positions.length - 1; inner++) {
    const away = distanceToLine(at(positions, inner), first, last);
    if (away > worst) [worst, index] = [away, inner];
  }
  if (worst <= tolerance) return [first, last];
  return [
    ...reduced(positions.slice(0, index + 1), tolerance),
    ...reduced(positions.slice(index), tolerance).slice(1),
  ];
}

function distanceToLine(position: Position, from: Position, to: Position): number {
  const length = distance(from, to);
  if (length === 0) return distance(position, from);
  const share =
    ((position[0] - from[0]) * (to[0] - from[0]) + (position[1] - from[1]) * (to[1] - from[1])) /
    ((to[0] - from[0]) ** 2 + (to[1] - from[1]) ** 2);
  const nearest = Math.min(1, Math.max(0, share));
  return distance(position, [from[0] + (to[0] - from[0]) * nearest, from[1] + (to[1] - from[1]) * nearest]);
}

function stitched(lines: Position[][]): Ring[] {
  const left = [...lines];
  const rings: Ring[] = [];
  for (let line = left.pop(); line; line = left.pop()) {
    const ring = [...line];
    while (keyOf(at(ring, 0)) !== keyOf(at(ring, -1))) {
      const end = keyOf(at(ring, -1));
      const next = left.findIndex((other) => keyOf(at(other, 0)) === end || keyOf(at(other, -1)) === end);
      if (next < 0) throw new Error('A boundary does not close.');
      const [found = []] = left.splice(next, 1);
      ring.push(...(keyOf(at(found, 0)) === end ? found : found.toReversed()).slice(1));
    }
    rings.push(ring.slice(0, -1));
  }
  return rings.filter((ring) => ring.length > 2 && ringArea(ring) > 1e-6);
}

/** Rings inside an odd number of others are holes. */
function nested(rings: readonly Ring[]): Shape {
  const around = (ring: Ring) => rings.filter((other) => other !== ring && ringHolds(other, at(ring, 0)));
  const holes = rings.filter((ring) => around(ring).length % 2 === 1);
  return rings
    .filter((ring) => !holes.includes(ring))
    .sort((a, b) => ringArea(b) - ringArea(a))
    .map((outer) => [
      turned(outer, true),
      ...holes.filter((hole) => ringHolds(outer, at(hole, 0))).map((hole) => turned(hole, false)),
    ]);
}
