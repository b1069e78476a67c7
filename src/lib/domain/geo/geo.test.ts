import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isBoundary,
  polygonsOf,
  readBoundary,
  readBoundaryText,
  type Boundary,
  type Position,
} from './boundary';
import { fitted, held, moved, zoomed } from './map-view';
import { boundsOf, projectionOf } from './projection';
import { holds, labelPlaceOf, pathOf } from './shape';

const longitude = fc.double({ min: -170, max: 170, noNaN: true });
const latitude = fc.double({ min: -80, max: 80, noNaN: true });

/** A star around a point: every ray from its middle meets the outline once. */
const star: fc.Arbitrary<Boundary> = fc
  .record({
    x: longitude,
    y: latitude,
    radii: fc.array(fc.double({ min: 0.05, max: 5, noNaN: true }), { minLength: 5, maxLength: 30 }),
  })
  .map(({ x, y, radii }) => {
    const ring = radii.map((radius, index): Position => {
      const angle = (index / radii.length) * 2 * Math.PI;
      return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
    });
    const [first = [x, y] as const] = ring;
    return { type: 'Polygon', coordinates: [[...ring, first]] };
  });

const square = (west: number, south: number, size: number): Position[] => [
  [west, south],
  [west + size, south],
  [west + size, south + size],
  [west, south + size],
  [west, south],
];

describe('reading a boundary', () => {
  it('takes any closed polygon, alone, grouped or inside a feature', () => {
    fc.assert(
      fc.property(star, (boundary) => {
        const feature = { type: 'Feature', properties: {}, geometry: boundary };
        const collection = { type: 'FeatureCollection', features: [feature] };
        for (const given of [boundary, feature, collection])
          expect(readBoundaryText(JSON.stringify(given))).toEqual({
            boundary: JSON.parse(JSON.stringify(boundary)),
          });
        expect(
          readBoundary({ type: 'MultiPolygon', coordinates: [boundary.coordinates, boundary.coordinates] }),
        ).toHaveProperty('boundary');
      }),
    );
  });

  it('names a problem, whatever it is given, and never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        const read = readBoundaryText(text);
        expect('problem' in read).toBe(true);
      }),
    );
    fc.assert(
      fc.property(fc.constantFrom('Polygon', 'MultiPolygon'), fc.anything(), (type, coordinates) => {
        const read = readBoundary({ type, coordinates });
        expect('boundary' in read).toBe(isBoundary({ type, coordinates }));
      }),
    );
  });

  it.each<[string, unknown]>([
    ['not_geometry', { type: 'Point', coordinates: [1, 1] }],
    ['several_shapes', { type: 'FeatureCollection', features: [] }],
    ['empty', { type: 'Polygon', coordinates: [] }],
    ['not_closed', { type: 'Polygon', coordinates: [square(0, 0, 1).slice(0, 4)] }],
    [
      'too_short',
      {
        type: 'Polygon',
        coordinates: [
          [
            [0, 0],
            [1, 1],
            [0, 0],
          ],
        ],
      },
    ],
    [
      'no_area',
      {
        type: 'Polygon',
        coordinates: [
          [
            [0, 0],
            [1, 1],
            [1, 1],
            [0, 0],
          ],
        ],
      },
    ],
    ['out_of_range', { type: 'Polygon', coordinates: [square(30, 89.5, 1)] }],
    ['not_a_position', { type: 'Polygon', coordinates: [[['30', '20']]] }],
    [
      'too_many_positions',
      {
        type: 'Polygon',
        coordinates: [[...Array.from({ length: 20_000 }, (_, index) => [index / 200, 1]), [0, 1]]],
      },
    ],
  ])('tells %s', (problem, value) => {
    expect(readBoundary(value)).toEqual({ problem });
  });
});

describe('the projection', () => {
  it('puts everything inside its box, the east to the right and the north on top', () => {
    fc.assert(
      fc.property(star, star, (one, other) => {
        const bounds = boundsOf([one, other]);
        if (!bounds) throw new Error('Boundaries have bounds.');
        const project = projectionOf(bounds, 1000);
        for (const position of [one, other].flatMap(polygonsOf).flat(2)) {
          const { x, y } = project(position);
          expect(Math.min(x, y)).toBeGreaterThanOrEqual(-1e-6);
          expect(Math.max(x, y)).toBeLessThanOrEqual(1000 + 1e-6);
        }
        const west = project([bounds.west, bounds.north]);
        const east = project([bounds.east, bounds.south]);
        expect(west).toEqual({ x: 0, y: 0 });
        expect(Math.max(east.x, east.y)).toBeCloseTo(1000, 6);
        expect(Math.min(east.x, east.y)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('keeps a square of kilometres a square', () => {
    // At 60° a degree of longitude is half as long as one of latitude.
    const project = projectionOf({ west: 10, east: 14, south: 59, north: 61 }, 100);
    const [corner, east, south] = [project([10, 61]), project([12, 61]), project([10, 60])];
    expect(east.x - corner.x).toBeCloseTo(south.y - corner.y, 6);
  });
});

describe('a drawn shape', () => {
  it('is one closed line for each ring', () => {
    const boundary: Boundary = {
      type: 'MultiPolygon',
      coordinates: [[square(0, 0, 3), square(1, 1, 1)], [square(10, 0, 1)]],
    };
    const path = pathOf(boundary, ([x, y]) => ({ x, y }));
    expect(path).toBe('M0 0L3 0L3 3L0 3ZM1 1L2 1L2 2L1 2ZM10 0L11 0L11 1L10 1Z');
  });

  it('has its name inside, and room for it', () => {
    fc.assert(
      fc.property(star, (boundary) => {
        const place = labelPlaceOf(boundary, ([x, y]) => ({ x, y }));
        if (!place) throw new Error('Every shape has a place.');
        const inside = (x: number) => holds(boundary, [x, place.y]);
        expect(inside(place.x)).toBe(true);
        expect(inside(place.x - place.width * 0.49)).toBe(true);
        expect(inside(place.x + place.width * 0.49)).toBe(true);
      }),
    );
  });

  it('has its name beside a hole, not in it', () => {
    const ring: Boundary = { type: 'Polygon', coordinates: [square(0, 0, 10), square(1, 1, 8)] };
    const place = labelPlaceOf(ring, ([x, y]) => ({ x, y }));
    expect(place && holds(ring, [place.x, place.y])).toBe(true);
  });
});

describe('looking around on the map', () => {
  const size = fc.record({
    width: fc.integer({ min: 50, max: 2000 }),
    height: fc.integer({ min: 50, max: 2000 }),
  });
  const point = fc.record({ x: fc.integer({ min: 0, max: 2000 }), y: fc.integer({ min: 0, max: 2000 }) });

  it('shows all of it at first', () => {
    fc.assert(
      fc.property(size, size, (map, frame) => {
        const view = fitted(map, frame);
        for (const [x, y] of [
          [0, 0],
          [map.width, map.height],
        ] as const) {
          expect(view.x + view.scale * x).toBeGreaterThanOrEqual(11.999);
          expect(view.x + view.scale * x).toBeLessThanOrEqual(frame.width - 11.999);
          expect(view.y + view.scale * y).toBeGreaterThanOrEqual(11.999);
          expect(view.y + view.scale * y).toBeLessThanOrEqual(frame.height - 11.999);
        }
      }),
    );
  });

  it('keeps what is under the pointer there, and never shows less than the whole', () => {
    fc.assert(
      fc.property(
        size,
        size,
        point,
        fc.double({ min: 0.1, max: 10, noNaN: true }),
        (map, frame, at, factor) => {
          const whole = fitted(map, frame);
          const view = zoomed(whole, factor, at, whole);
          const under = (one: typeof view) => ({
            x: (at.x - one.x) / one.scale,
            y: (at.y - one.y) / one.scale,
          });
          expect(under(view).x).toBeCloseTo(under(whole).x, 4);
          expect(under(view).y).toBeCloseTo(under(whole).y, 4);
          expect(view.scale).toBeGreaterThanOrEqual(whole.scale);
        },
      ),
    );
  });

  it('keeps some of the map in the middle, however far it is pushed', () => {
    fc.assert(
      fc.property(size, size, fc.integer({ min: -9999, max: 9999 }), (map, frame, push) => {
        const view = held(moved(fitted(map, frame), { x: push, y: -push }), map, frame);
        expect(view.x).toBeLessThanOrEqual(frame.width / 2);
        expect(view.x + map.width * view.scale).toBeGreaterThanOrEqual(frame.width / 2 - 1e-6);
        expect(view.y).toBeLessThanOrEqual(frame.height / 2);
        expect(view.y + map.height * view.scale).toBeGreaterThanOrEqual(frame.height / 2 - 1e-6);
      }),
    );
  });
});
