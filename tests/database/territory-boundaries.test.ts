import { beforeEach, describe, expect, it } from 'vitest';
import { type Requester, useDatabase } from './support/database.ts';
import { found, signUp } from './support/fixtures.ts';
import { addBranch, square } from './support/territories.ts';

const database = useDatabase();
let caller: Requester;
let brick: string;
beforeEach(async () => {
  const admin = await signUp(database(), 'Admin');
  const organization = await found(database(), admin, 'Maps');
  caller = database().user(admin);
  ({ brick } = await addBranch(caller, organization));
});

describe('a boundary', () => {
  const write = (boundary: unknown) => [JSON.stringify(boundary), brick] as const;
  const update = 'update territories set boundary = $1::jsonb where id = $2';

  it.each([
    ['polygon', { type: 'Polygon', coordinates: [square] }],
    [
      'polygon with a hole',
      {
        type: 'Polygon',
        coordinates: [square, square.map(([x = 0, y = 0]) => [30.5 + (x - 30) / 9, 30.5 + (y - 30) / 9])],
      },
    ],
    ['group of polygons', { type: 'MultiPolygon', coordinates: [[square], [square]] }],
  ])('can be a %s', async (_, boundary) => {
    expect(await caller.count(update, [...write(boundary)])).toBe(1);
  });

  it.each<[string, unknown]>([
    ['an open ring', { type: 'Polygon', coordinates: [square.slice(0, 4)] }],
    [
      'three positions',
      {
        type: 'Polygon',
        coordinates: [
          [
            [1, 1],
            [2, 2],
            [1, 1],
          ],
        ],
      },
    ],
    [
      'a ring without area',
      {
        type: 'Polygon',
        coordinates: [
          [
            [1, 1],
            [2, 2],
            [1, 1],
            [1, 1],
          ],
        ],
      },
    ],
    [
      'latitude beyond the pole',
      {
        type: 'Polygon',
        coordinates: [
          [
            [1, 91],
            [2, 2],
            [3, 1],
            [1, 91],
          ],
        ],
      },
    ],
    [
      'longitude beyond the date line',
      {
        type: 'Polygon',
        coordinates: [
          [
            [181, 1],
            [2, 2],
            [3, 1],
            [181, 1],
          ],
        ],
      },
    ],
    [
      'an endless number',
      {
        type: 'Polygon',
        coordinates: [
          [
            [1e300, 1],
            [2, 2],
            [3, 1],
            [1e300, 1],
          ],
        ],
      },
    ],
    [
      'positions as text',
      {
        type: 'Polygon',
        coordinates: [
          [
            ['1', '1'],
            ['2', '2'],
            ['3', '1'],
            ['1', '1'],
          ],
        ],
      },
    ],
    [
      'positions with four numbers',
      {
        type: 'Polygon',
        coordinates: [
          [
            [1, 1, 1, 1],
            [2, 2, 1, 1],
            [3, 1, 1, 1],
            [1, 1, 1, 1],
          ],
        ],
      },
    ],
    ['nothing', { type: 'Polygon', coordinates: [] }],
    ['no coordinates', { type: 'MultiPolygon' }],
    ['null coordinates', { type: 'Polygon', coordinates: null }],
    ['coordinates that are an object', { type: 'MultiPolygon', coordinates: { a: 1 } }],
    ['a ring that is a number', { type: 'Polygon', coordinates: [7] }],
    ['a ring of numbers', { type: 'Polygon', coordinates: [[1, 2, 3, 4]] }],
    ['a point', { type: 'Point', coordinates: [1, 1] }],
    ['a feature', { type: 'Feature', geometry: { type: 'Polygon', coordinates: [square] } }],
    ['more than geometry', { type: 'Polygon', coordinates: [square], crs: {} }],
    ['a type that is a list', { type: ['Polygon'], coordinates: [square] }],
    ['a list', [square]],
    ['a word', 'Polygon'],
    ['a number', 7],
    ['true', true],
    ['JSON null', null],
    [
      'too many positions',
      { type: 'Polygon', coordinates: [[...Array.from({ length: 20_001 }, (_, i) => [i / 200, 1]), [0, 1]]] },
    ],
    [
      'megabytes',
      { type: 'Polygon', coordinates: [square], bbox: Array.from({ length: 300_000 }, () => 1.5) },
    ],
  ])('cannot be %s', async (_, boundary) => {
    expect(await caller.refusal(update, [...write(boundary)])).toMatchObject({
      code: 'PT422',
      message: 'invalid_value',
      detail: { field: 'boundary' },
    });
  });
});
