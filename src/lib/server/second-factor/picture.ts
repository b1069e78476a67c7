import { encode } from 'uqr';

/** A QR code as one path of unit squares; `size` of them in each direction, the quiet zone included. */
export interface Picture {
  size: number;
  path: string;
}

/** Draws an address as a QR code. */
export function pictureOf(address: string): Picture {
  const { size, data } = encode(address, { ecc: 'M', border: 4 });
  const runs = data.flatMap((row, y) => {
    const line = row.map((isDark) => (isDark ? '1' : '0')).join('');
    return [...line.matchAll(/1+/g)].map(
      ({ 0: { length }, index }) => `M${index} ${y}h${length}v1h-${length}z`,
    );
  });
  return { size, path: runs.join('') };
}
