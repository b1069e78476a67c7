/** A JSON number by its digits, which JavaScript's numbers would round. */
export class ExactNumber {
  readonly digits: string;

  constructor(source: string) {
    this.digits = expand(source);
  }
}

/** Parses JSON so that numbers are equal only when every digit is. */
export function parseExactly(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' ? new ExactNumber(context?.source ?? String(value)) : value,
  );
}

/** Writes `-1.5e-3` as `-0.0015`, as jsonb does, and no zero with a sign. */
function expand(source: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(source) ?? [];
  const shift = Number(exponent);
  const scale = Math.max(fraction.length - shift, 0);
  const all = (whole + fraction + '0'.repeat(Math.max(shift - fraction.length, 0))).padStart(scale + 1, '0');
  const point = all.length - scale;
  const plain = all.slice(0, point).replace(/^0+(?=\d)/, '') + (scale > 0 ? `.${all.slice(point)}` : '');
  return /[1-9]/.test(plain) ? sign + plain : plain;
}
