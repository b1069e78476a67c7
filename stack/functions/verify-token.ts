import type { IncomingHttpHeaders } from 'node:http';
import { createLocalJWKSet, type JWTVerifyGetKey, jwtVerify, type JSONWebKeySet } from 'jose';

export interface TokenVerification {
  /** Shared secret that signs user tokens and the two legacy keys with HS256. */
  jwtSecret: string;
  jwks?: JSONWebKeySet;
  /** Publishable and secret keys, which hosted lets through on either header as well. */
  apiKeys: string[];
}

export type TokenProblem = 'missing' | 'invalid';

/**
 * What `verify_jwt = true` checks: a token signed for this project, or one of its keys. It does not prove that a user
 * is calling (the anonymous key passes too), so a function that serves users checks the token's role itself.
 *
 * @returns undefined when the request may pass.
 */
export function createTokenVerifier(
  verification: TokenVerification,
): (headers: IncomingHttpHeaders) => Promise<TokenProblem | undefined> {
  const secret = new TextEncoder().encode(verification.jwtSecret);
  const publicKeys: JWTVerifyGetKey | undefined = verification.jwks?.keys.length
    ? createLocalJWKSet(verification.jwks)
    : undefined;
  const apiKeys = new Set(verification.apiKeys);

  const isSigned = async (token: string): Promise<boolean> => {
    const checks = [
      () => jwtVerify(token, secret, { algorithms: ['HS256'] }),
      ...(publicKeys
        ? [() => jwtVerify(token, publicKeys, { algorithms: ['ES256', 'RS256', 'EdDSA'] })]
        : []),
    ];
    for (const check of checks) {
      const passed = await check().then(
        () => true,
        () => false,
      );
      if (passed) return true;
    }
    return false;
  };

  return async (headers) => {
    const bearer = /^Bearer\s+(\S+)\s*$/i.exec(headers.authorization ?? '')?.[1];
    const apiKey = headers['apikey'];
    if (bearer !== undefined) return apiKeys.has(bearer) || (await isSigned(bearer)) ? undefined : 'invalid';
    if (headers.authorization) return 'invalid';
    if (typeof apiKey !== 'string') return 'missing';
    return apiKeys.has(apiKey) || (await isSigned(apiKey)) ? undefined : 'invalid';
  };
}
