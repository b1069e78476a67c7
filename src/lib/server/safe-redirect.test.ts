import { describe, expect, it } from 'vitest';
import { safeRedirect } from './safe-redirect';

const origin = 'https://crm.example';

describe('safeRedirect', () => {
  it.each([
    ['/nile/pipeline', '/nile/pipeline'],
    ['/nile/customers/1?tab=history#note', '/nile/customers/1?tab=history#note'],
    ['https://crm.example/products', '/products'],
    ['pipeline', '/pipeline'],
  ])('keeps %s', (target, expected) => expect(safeRedirect(target, origin)).toBe(expected));

  it.each([
    ['https://evil.example/'],
    ['//evil.example/'],
    ['/\\evil.example/'],
    ['\\\\evil.example'],
    ['/\t/evil.example'],
    ['https://crm.example//evil.example'],
    ['https://crm.example.evil.example/'],
    ['https://crm.example@evil.example/'],
    ['javascript:alert(1)'],
    ['data:text/html,x'],
    ['http://['],
    [`/${'é'.repeat(1000)}`],
    [''],
    [null],
    [undefined],
  ])('sends %s home', (target) => expect(safeRedirect(target, origin)).toBe('/'));

  it('uses the given fallback', () => expect(safeRedirect('//x', origin, '/start')).toBe('/start'));
});
