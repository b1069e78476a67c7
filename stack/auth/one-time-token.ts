import { createHash, randomInt } from 'node:crypto';

export interface OneTimeToken {
  /** The digits a person may type. */
  code: string;
  /** What links carry and the database keeps. */
  hash: string;
}

/** Makes a one-time token that the auth server will recognise: the hash covers the address and the digits. */
export function oneTimeToken(email: string, digits: number): OneTimeToken {
  const code = Array.from({ length: digits }, () => randomInt(10)).join('');
  return { code, hash: tokenHash(email, code) };
}

export function tokenHash(email: string, code: string): string {
  return createHash('sha256')
    .update(email.toLowerCase() + code)
    .digest('hex');
}
