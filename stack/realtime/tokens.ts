import { timingSafeEqual } from 'node:crypto';
import { compactVerify, errors as jose, importJWK, type CryptoKey, type JWK } from 'jose';
import { RealtimeError } from './errors.ts';
import { isRecord } from './values.ts';

/** The keys of an installation. `publishable` and `secret` are the `sb_…` API keys. */
export interface RealtimeKeys {
  readonly publishable: string;
  readonly secret: string;
  readonly jwtSecret: string;
  /** Further keys by `kid`: asymmetric ones, or `oct` for HS*. */
  readonly jwks?: { readonly keys: readonly JWK[] } | undefined;
}

/** A token whose signature and lifetime were checked. */
export interface VerifiedToken {
  readonly role: string;
  readonly subject: string | null;
  /** Unix time in seconds. */
  readonly expiresAt: number;
  /** The claims exactly as signed, for `request.jwt.claims`. */
  readonly claimsJson: string;
}

const algorithms = [
  ...['HS256', 'HS384', 'HS512', 'RS256', 'RS384', 'RS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

/** API keys do not expire; they stand for claims that end in 2100. */
const keyExpiresAt = 4_102_444_800;

const malformed = () => new RealtimeError('MalformedJWT', 'The token provided is not a valid JWT');
const wrongSignature = () => new RealtimeError('JwtSignatureError', 'Failed to validate JWT signature');
const missingClaims = () =>
  new RealtimeError('InvalidJWTToken', 'Fields `role` and `exp` are required in JWT');

/** Says that a token's time is over, as joins and `system` messages do. */
export const expiredToken = (expiresAt: number, now = Math.floor(Date.now() / 1000)) =>
  new RealtimeError('InvalidJWTToken', `Token has expired ${Math.max(0, now - expiresAt)} seconds ago`);

/** Whether a text is one of the newer API keys, which are not JWTs. */
export const isApiKey = (token: string) => token.startsWith('sb_');

/** Checks tokens and API keys against the keys of one installation. */
export class TokenVerifier {
  readonly #apiKeys: readonly { key: Buffer; token: VerifiedToken }[];
  readonly #secret: Uint8Array;
  readonly #jwks: readonly JWK[];
  readonly #imported = new Map<string, Promise<CryptoKey | Uint8Array>>();

  constructor(keys: RealtimeKeys) {
    this.#secret = new TextEncoder().encode(keys.jwtSecret);
    this.#jwks = keys.jwks?.keys ?? [];
    this.#apiKeys = [
      { key: Buffer.from(keys.publishable), token: apiKeyToken('anon') },
      { key: Buffer.from(keys.secret), token: apiKeyToken('service_role') },
    ];
  }

  /**
   * @throws RealtimeError MalformedJWT, JwtSignatureError or InvalidJWTToken
   */
  async verify(token: string): Promise<VerifiedToken> {
    if (isApiKey(token)) return this.#verifyApiKey(token);
    const claims = parseClaims(await this.#verifySignature(token));
    return checkClaims(claims.value, claims.json);
  }

  #verifyApiKey(token: string): VerifiedToken {
    const given = Buffer.from(token);
    const known = this.#apiKeys.find(({ key }) => key.length === given.length && timingSafeEqual(key, given));
    if (!known) throw malformed();
    return known.token;
  }

  async #verifySignature(token: string): Promise<Uint8Array> {
    try {
      const { payload } = await compactVerify(token, (header) => this.#key(header.alg, header.kid), {
        algorithms,
      });
      return payload;
    } catch (error) {
      if (error instanceof RealtimeError) throw error;
      if (error instanceof jose.JWSInvalid) throw malformed();
      throw wrongSignature();
    }
  }

  /** The type of key decides with the algorithm, so that a public key never serves as an HMAC secret. */
  #key(algorithm: string | undefined, kid: string | undefined): Promise<CryptoKey | Uint8Array> | Uint8Array {
    const symmetric = algorithm?.startsWith('HS') === true;
    const jwk = this.#jwks.find(
      (key) => kid !== undefined && key.kid === kid && (key.kty === 'oct') === symmetric,
    );
    if (jwk) {
      const id = `${algorithm} ${kid}`;
      const imported = this.#imported.get(id) ?? importJWK(jwk, algorithm);
      this.#imported.set(id, imported);
      return imported;
    }
    if (symmetric) return this.#secret;
    throw wrongSignature();
  }
}

function apiKeyToken(role: string): VerifiedToken {
  return {
    role,
    subject: null,
    expiresAt: keyExpiresAt,
    claimsJson: JSON.stringify({ role, exp: keyExpiresAt }),
  };
}

function parseClaims(payload: Uint8Array): { value: Record<string, unknown>; json: string } {
  const json = new TextDecoder().decode(payload);
  try {
    const value: unknown = JSON.parse(json);
    if (isRecord(value)) return { value, json };
  } catch {
    // not JSON: refused below
  }
  throw malformed();
}

function checkClaims(claims: Record<string, unknown>, claimsJson: string): VerifiedToken {
  const { role, exp, iat, sub } = claims;
  if (role === undefined || role === null || exp === undefined || exp === null) throw missingClaims();
  if (typeof role !== 'string' || role === '') throw missingClaims();
  if (typeof exp !== 'number' || !Number.isInteger(exp))
    throw new RealtimeError('InvalidJWTToken', 'Token expiration time is invalid');
  if (iat !== undefined && typeof iat !== 'number') throw malformed();
  if (exp <= Date.now() / 1000) throw expiredToken(exp);
  return { role, subject: typeof sub === 'string' ? sub : null, expiresAt: exp, claimsJson };
}
