import { describe, expect, it } from 'vitest';
import { isGuessable } from './password-rule';

describe('isGuessable', () => {
  it.each([
    'password123',
    'PASSWORD1',
    '11111111',
    'abababab',
    'lena.vogt',
    'lena.vogt2026',
    'tandem!!',
    'lena.vogt@tandem.example',
  ])('refuses %s', (password) => expect(isGuessable(password, 'lena.vogt@tandem.example')).toBe(true));

  it.each(['correct horse', 'q7#Lm2vv', 'كلمة سر طويلة'])('accepts %s', (password) =>
    expect(isGuessable(password, 'lena.vogt@tandem.example')).toBe(false),
  );
});
