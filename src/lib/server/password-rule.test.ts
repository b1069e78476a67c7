import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { passwordWeakness } from './password-rule';

const email = 'lena.vogt@lighthouse.example';

describe('passwordWeakness', () => {
  it.each([
    ['password123', 'common'],
    ['PASSWORD1', 'common'],
    ['Summer2026!', 'common'],
    ['ｐａｓｓｗｏｒｄ１', 'common'],
    ['11111111', 'repeats'],
    ['abababab', 'repeats'],
    ['aaabbbccc', 'repeats'],
    ['lena.vogt', 'has_email'],
    ['my-LENA.VOGT-key', 'has_email'],
    ['lighthouse!!', 'has_email'],
    ['lena.vogt@lighthouse.example', 'has_email'],
  ])('finds %s weak: %s', (password, weakness) => expect(passwordWeakness(password, email)).toBe(weakness));

  it.each(['correct horse', 'q7#Lm2vv', 'كلمة سر طويلة', 'a bright lighthouse keeper'])(
    'accepts %s',
    (password) => expect(passwordWeakness(password, email)).toBeNull(),
  );

  it('does not mind the letters of a very short name', () => {
    expect(passwordWeakness('quality control', 'al@x.example')).toBeNull();
  });

  it('judges whatever is typed, with whatever address', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (password, address) => {
        expect([null, 'common', 'repeats', 'has_email']).toContain(passwordWeakness(password, address));
      }),
    );
  });
});
