import { describe, expect, it } from 'vitest';
import { valueWords } from './audit-values';

const context = {
  viewer: { locale: 'en', timeZone: 'UTC' },
  referenceName: () => null,
  currency: 'EUR',
};
const words = (value: unknown) => valueWords('name', value, context);

describe('valueWords', () => {
  it('writes days and instants as people read them', () => {
    expect(words('2020-02-03')).toBe('Feb 3, 2020');
    expect(words('2020-02-03T04:05:06.789+00:00')).toContain('February 3, 2020');
  });

  it('leaves a name that only looks like a date as it is, whatever anybody calls something', () => {
    for (const name of ['2020-13-45', '2020-99-99T99:99', '2020-01-01T10:00 or later', '0000-00-00'])
      expect(words(name)).toBe(name);
  });
});
