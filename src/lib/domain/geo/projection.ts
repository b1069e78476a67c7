import { polygonsOf, type Boundary, type Position } from './boundary';

export interface Point {
  x: number;
  y: number;
}

/** West and east are longitudes, south and north latitudes. */
export interface Bounds {
  west: number;
  south: number;
  east: number;
  north: number;
}

/** From degrees to a flat map: x grows to the east, y to the south, both in the same unit of length. */
export type Projection = (position: Position) => Point;

/** The smallest box around boundaries; null when there are none. */
export function boundsOf(boundaries: readonly Boundary[]): Bounds | null {
  let bounds: Bounds | null = null;
  for (const boundary of boundaries)
    for (const [outer = []] of polygonsOf(boundary))
      for (const [x, y] of outer) {
        bounds ??= { west: x, south: y, east: x, north: y };
        bounds.west = Math.min(bounds.west, x);
        bounds.east = Math.max(bounds.east, x);
        bounds.south = Math.min(bounds.south, y);
        bounds.north = Math.max(bounds.north, y);
      }
  return bounds;
}

/** Near the poles a degree of longitude is next to nothing; a map of them would be a line. */
const LEAST_SHRINK = 0.05;

/**
 * Equirectangular, true to scale along the middle latitude of what is shown, so that shapes of a country look as in an
 * atlas. The box becomes `size` units long on its longer side, its north-west corner lies at the origin.
 */
export function projectionOf({ west, south, east, north }: Bounds, size: number): Projection {
  const shrink = Math.max(LEAST_SHRINK, Math.cos((((south + north) / 2) * Math.PI) / 180));
  const extent = Math.max((east - west) * shrink, north - south) || 1;
  const scale = size / extent;
  return ([longitude, latitude]) => ({
    x: (longitude - west) * shrink * scale,
    y: (north - latitude) * scale,
  });
}
