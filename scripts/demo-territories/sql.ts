import { turned, type Shape } from './plane.ts';
import type { Territory } from './tree.ts';

/** About ten metres. */
const DECIMALS = 4;

/** The coordinates of a MultiPolygon: closed rings, outer ones counter-clockwise (RFC 7946). */
export function coordinatesOf(shape: Shape): number[][][][] {
  return shape
    .map((polygon) =>
      polygon
        .map((ring, index) => {
          const rounded = turned(ring, index === 0).map(([x, y]) => [
            Number(x.toFixed(DECIMALS)),
            Number(y.toFixed(DECIMALS)),
          ]);
          const distinct = rounded.filter(
            (position, at) => String(position) !== String(rounded[(at || rounded.length) - 1]),
          );
          return [...distinct, ...distinct.slice(0, 1)];
        })
        .filter((ring) => ring.length > 3),
    )
    .filter((polygon) => polygon.length > 0);
}

const text = (value: string | null): string => (value === null ? 'null' : `'${value.replaceAll("'", "''")}'`);

/** One line of the seed: what the file's statement expects, in this order. */
export const lineOf = ({ level, code, parentCode, name, nameAr, shape }: Territory): string =>
  `(${[text(level), text(code), text(parentCode), text(name), text(nameAr), text(JSON.stringify(coordinatesOf(shape)))].join(',')})`;
