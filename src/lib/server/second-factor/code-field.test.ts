import { describe, expect, it } from 'vitest';
import { codeField } from './code-field';

describe('codeField', () => {
  it.each([
    ['123456', '123456'],
    [' 123 456 ', '123456'],
    ['١٢٣٤٥٦', '123456'],
    ['۰۹۸ ۷۶۵', '098765'],
  ])('reads %s', (typed, code) => expect(codeField.parse(typed)).toBe(code));

  it.each(['', '12345', '1234567', '12345a', '-12345', '1'.repeat(60)])('refuses "%s"', (typed) =>
    expect(codeField.safeParse(typed).success).toBe(false),
  );
});
