import { createHash } from 'node:crypto';

/** What the database needs to recognise a key; the key itself does not travel on. */
export interface PresentedKey {
  /** The eight public characters. */
  prefix: string;
  /** SHA-256 of the whole key, hexadecimal. */
  digest: string;
}

const shape = /^tdm_(([0-9A-Za-z]{8})[0-9A-Za-z]{32})([0-9a-f]{6})$/;

/**
 * Reads `Authorization: Bearer tdm_…`. The last six characters are a checksum of the rest, so that a mistyped or cut key
 * is told apart without asking the database.
 *
 * @returns null when it is no key at all
 */
export function readKey(authorization: string | null): PresentedKey | null {
  const token = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1] ?? '';
  const [, body, prefix, checksum] = shape.exec(token) ?? [];
  if (!body || !prefix || sha256(body).slice(0, 6) !== checksum) return null;
  return { prefix, digest: sha256(token) };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
