/** Outlines as GeoJSON (RFC 7946): positions are [longitude, latitude] in degrees, rings end where they begin. */
export type Position = readonly [longitude: number, latitude: number, ...rest: number[]];
export type Ring = readonly Position[];
/** The outer ring, then the holes. */
export type PolygonRings = readonly Ring[];

export type Boundary =
  | { readonly type: 'Polygon'; readonly coordinates: PolygonRings }
  | { readonly type: 'MultiPolygon'; readonly coordinates: readonly PolygonRings[] };

/** What keeps a value from being a boundary; the words are in `messages/`. */
export type BoundaryProblem =
  | 'not_json'
  | 'not_geometry'
  | 'several_shapes'
  | 'empty'
  | 'not_a_position'
  | 'out_of_range'
  | 'too_short'
  | 'not_closed'
  | 'no_area'
  | 'too_many_positions'
  | 'too_large';

export type ReadBoundary = { boundary: Boundary } | { problem: BoundaryProblem };

const MOST_CHARACTERS = 1_048_576;
const MOST_POSITIONS = 20_000;

export const polygonsOf = (boundary: Boundary): readonly PolygonRings[] =>
  boundary.type === 'Polygon' ? [boundary.coordinates] : boundary.coordinates;

/** Reads what somebody pasted or picked: a geometry, or a Feature or FeatureCollection that holds just one. */
export function readBoundaryText(text: string): ReadBoundary {
  if (text.length > MOST_CHARACTERS) return { problem: 'too_large' };
  try {
    return readBoundary(JSON.parse(text));
  } catch {
    return { problem: 'not_json' };
  }
}

/** The same rule as the database's `private.boundary_problem`, for the comfort of hearing it before anything is sent. */
export function readBoundary(value: unknown): ReadBoundary {
  const geometry = unwrapped(value);
  if (geometry === 'several_shapes') return { problem: geometry };
  if (!isRecord(geometry)) return { problem: 'not_geometry' };
  const { type, coordinates } = geometry;
  if (type !== 'Polygon' && type !== 'MultiPolygon') return { problem: 'not_geometry' };
  const problem = problemOf(type === 'Polygon' ? [coordinates] : coordinates);
  if (problem) return { problem };
  const boundary: unknown = { type, coordinates };
  return isBoundary(boundary) ? { boundary } : { problem: 'not_geometry' };
}

/** Whether a value that the database keeps as a boundary is one; it always is, but arrives as JSON of any shape. */
export function isBoundary(value: unknown): value is Boundary {
  if (!isRecord(value)) return false;
  const { type, coordinates } = value;
  if (type === 'Polygon') return problemOf([coordinates]) === null;
  return type === 'MultiPolygon' && problemOf(coordinates) === null;
}

function unwrapped(value: unknown): unknown {
  if (!isRecord(value)) return value;
  if (value.type === 'Feature') return value.geometry;
  if (value.type !== 'FeatureCollection' || !Array.isArray(value.features)) return value;
  const features: unknown[] = value.features;
  return features.length === 1 ? unwrapped(features[0]) : 'several_shapes';
}

function problemOf(polygons: unknown): BoundaryProblem | null {
  if (!Array.isArray(polygons) || polygons.length === 0) return 'empty';
  let positions = 0;
  for (const polygon of polygons) {
    if (!Array.isArray(polygon) || polygon.length === 0) return 'empty';
    for (const ring of polygon) {
      const problem = ringProblem(ring);
      if (problem) return problem;
      positions += Array.isArray(ring) ? ring.length : 0;
      if (positions > MOST_POSITIONS) return 'too_many_positions';
    }
  }
  return null;
}

function ringProblem(ring: unknown): BoundaryProblem | null {
  if (!Array.isArray(ring) || !ring.every(isPosition)) return 'not_a_position';
  if (!ring.every(([x, y]) => Math.abs(x) <= 180 && Math.abs(y) <= 90)) return 'out_of_range';
  if (ring.length < 4) return 'too_short';
  if (String(ring[0]) !== String(ring.at(-1))) return 'not_closed';
  return new Set(ring.map(String)).size < 3 ? 'no_area' : null;
}

function isPosition(value: unknown): value is Position {
  return (
    Array.isArray(value) &&
    value.length >= 2 &&
    value.length <= 3 &&
    value.every((number) => typeof number === 'number' && Number.isFinite(number))
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
