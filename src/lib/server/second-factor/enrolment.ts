import { z } from 'zod';
import { pictureOf, type Picture } from './picture';

/** A device that is being set up: what its app needs to know, in every form it may take it. */
export interface Enrolment {
  id: string;
  /** The `otpauth:` address in the picture. */
  uri: string;
  /** Base32, in groups of four. */
  key: string;
  picture: Picture;
}

const fields = z.object({
  id: z.uuid(),
  uri: z
    .string()
    .max(1000)
    .refine((uri) => uri.startsWith('otpauth://totp/') && secretOf(uri) !== null),
});

/**
 * What the page shows to set up a device. Auth tells the secret once, so the page's own form brings it back when a code
 * was wrong.
 *
 * @returns null for anything that Auth would not have given
 */
export function enrolmentOf(given: { id: unknown; uri: unknown }): Enrolment | null {
  const known = fields.safeParse(given);
  if (!known.success) return null;
  const { id, uri } = known.data;
  const key = (secretOf(uri) ?? '').replaceAll(/(.{4})(?=.)/g, '$1 ');
  return { id, uri, key, picture: pictureOf(uri) };
}

function secretOf(uri: string): string | null {
  return URL.canParse(uri) ? (new URL(uri).searchParams.get('secret') ?? null) : null;
}
