import { Secret, TOTP } from 'otpauth';
import { renderSVG } from 'uqr';

const period = 30;
/** A code of the half minute before or after is taken too: clocks differ, and typing takes time. */
const tolerance = 1;

export interface NewTotp {
  /** Base32, for who types it in. */
  secret: string;
  /** What the picture says: an `otpauth:` address. */
  uri: string;
  /** The picture as SVG. */
  qr_code: string;
}

/** Makes the shared secret of an authenticator app (RFC 6238), with what the app reads it from. */
export function newTotp(issuer: string, label: string): NewTotp {
  const secret = new Secret({ size: 20 });
  const uri = new TOTP({ issuer, label, secret, period }).toString();
  return { secret: secret.base32, uri, qr_code: renderSVG(uri, { ecc: 'M', border: 4 }) };
}

/**
 * The half minute since 1970 to which a code belongs.
 *
 * @returns null when it is none of those that count now
 */
export function stepOfCode(secret: string, code: string, now = Date.now()): number | null {
  if (!/^\d{6}$/.test(code)) return null;
  const totp = new TOTP({ secret: Secret.fromBase32(secret), period });
  const offset = totp.validate({ token: code, timestamp: now, window: tolerance });
  return offset === null ? null : Math.floor(now / 1000 / period) + offset;
}
