import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addAmounts,
  formatMoney,
  formatMoneyShort,
  formatPrice,
  parseAmount,
  totalsByCurrency,
} from './money';

describe('amounts on screen', () => {
  it('show cents only where there are any', () => {
    expect(formatMoney({ amount: 12_500, currency: 'EUR' }, 'en')).toBe('€12,500');
    expect(formatMoney({ amount: 12_500.5, currency: 'EUR' }, 'en')).toBe('€12,500.50');
  });

  it('are shortened from ten thousand on', () => {
    expect(formatMoneyShort({ amount: 9_999, currency: 'EUR' }, 'en')).toBe('€9,999');
    expect(formatMoneyShort({ amount: 1_234_567, currency: 'EUR' }, 'en')).toBe('€1.2M');
  });

  it('are shortened by one rule, so that neighbours read alike', () => {
    const short = (amount: number) => formatMoneyShort({ amount, currency: 'EUR' }, 'en');
    expect([2_000_000, 2_300_000, 45_000, 45_600, 999_700, 9_990_000].map(short)).toEqual([
      '€2.0M',
      '€2.3M',
      '€45K',
      '€46K',
      '€1.0M',
      '€10M',
    ]);
  });

  it('of prices all have decimals, so that they align', () => {
    expect(formatPrice({ amount: 420, currency: 'EUR' }, 'en')).toBe('€420.00');
    expect(formatPrice({ amount: 18.4, currency: 'EUR' }, 'en')).toBe('€18.40');
  });

  it('survive a currency that is none', () => {
    expect(formatMoney({ amount: 5, currency: '??' }, 'en')).toBe('5 ??');
  });
});

describe('totals', () => {
  it('never mix currencies, and put the largest first', () => {
    const totals = totalsByCurrency([
      { amount: 10, currency: 'USD' },
      { amount: 0.1, currency: 'EUR' },
      { amount: 0.2, currency: 'EUR' },
      { amount: 0, currency: 'EGP' },
    ]);
    expect(totals).toEqual([
      { currency: 'USD', amount: 10 },
      { currency: 'EUR', amount: 0.3 },
    ]);
  });

  it('do not drift, whatever is added and taken away again', () => {
    const cents = fc.integer({ min: -1_000_000, max: 1_000_000 });
    fc.assert(
      fc.property(fc.array(cents), (values) => {
        const sum = [...values, ...values.map((value) => -value)].reduce(
          (total, value) => addAmounts(total, value / 100),
          0,
        );
        expect(Math.abs(sum)).toBe(0);
      }),
    );
  });
});

describe('typed amounts', () => {
  it.each([
    ['12500', 12_500],
    ['12,500', 12_500],
    ['12.500,50', 12_500.5],
    ['12,500.5', 12_500.5],
    ['€ 1 200', 1_200],
    ['1.5m', 1_500_000],
    ['3k', 3_000],
    ['0,99', 0.99],
    ['CA$ 12', 12],
    ['12 EUR', 12],
    ['١٢٬٥٠٠', 12_500],
  ])('%s is %d', (text, amount) => expect(parseAmount(text)).toBe(amount));

  it.each(['', 'soon', '12 or so', '12,5000', '1.2.3', '-5', '9999999999999', '1e5'])(
    '%s is not an amount',
    (text) => expect(parseAmount(text)).toBeNull(),
  );

  it('read back what was shown', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 99_999_999_999 }),
        fc.constantFrom('en', 'de'),
        (cents, locale) => {
          const shown = formatMoney({ amount: cents / 100, currency: 'EUR' }, locale);
          expect(parseAmount(shown)).toBe(cents / 100);
        },
      ),
    );
  });
});
