import { describe, expect, it } from 'vitest';
import { activeProducts, parseActiveLimit } from './product-limit';

describe('the limit of active products', () => {
  it('names those that occupy it', () => {
    const products = ['C', 'A', 'B', 'D'].map((name) => ({ id: name, name, is_active: name !== 'D' }));
    expect(activeProducts(products)).toEqual({
      limit: 3,
      active: ['A', 'B', 'C'].map((name) => ({ id: name, name })),
      isFull: true,
    });
  });

  it('is read from the setting, with three as the fallback', () => {
    expect(parseActiveLimit('5')).toBe(5);
    expect(parseActiveLimit('0')).toBe(0);
    expect(parseActiveLimit('many')).toBe(3);
    expect(parseActiveLimit(null)).toBe(3);
  });
});
