import type { EmailDriver } from '@supabase/lite';
import { openTemplates, redirecting } from '../auth/mail-redirect.ts';
import type { Keys } from '../keys/keys.ts';
import type { ProjectConfig } from '../project-config.ts';
import type { LiteConnections } from './connections.ts';
import { DiskStorage } from './disk-storage.ts';

export interface ServerOptions {
  connections: LiteConnections;
  keys: Keys;
  config: ProjectConfig;
  /** Address of the app, where links in mail lead. */
  siteUrl: string;
  /** Folder that keeps the objects of Storage. */
  storageDir: string;
  email: EmailDriver;
  /** Folder for what the templates of mail are made into. */
  templatesDir: string;
}

/** Answers requests of one service; paths carry its prefix, such as `/rest/v1`. */
export type Answer = (request: Request) => Promise<Response>;

/**
 * The REST, auth and storage servers, in this process: `@supabase/lite`, one instance for each database role. Its
 * studio and its admin mode stay off, so that no request is privileged without a key.
 */
export async function createServers(
  options: ServerOptions,
): Promise<Record<'rest' | 'auth' | 'storage', Answer>> {
  // Both are read while the package loads. Storage works; the flag says that its interface may still change.
  process.env['EXPERIMENTAL_STORAGE'] = '1';
  process.env['LITE_TELEMETRY'] = '0';
  const { App, setExperimental } = await import('@supabase/lite');
  setExperimental('storage', true);

  const { connections, config, keys } = options;
  const roles = new Map([
    [keys.publishable_key, { type: 'publishable' as const, claims: { role: 'anon' } }],
    [keys.anon_key, { type: 'publishable' as const, claims: { role: 'anon' } }],
    [keys.secret_key, { type: 'secret' as const, claims: { role: 'service_role' } }],
    [keys.service_role_key, { type: 'secret' as const, claims: { role: 'service_role' } }],
  ]);
  const common = {
    api: { ...config.api },
    auth: await authSettings(options),
    db: { migrations: { enabled: false } },
    studio: { enabled: false },
    options: {
      server: {
        admin: false,
        disableStudio: true,
        apiKeys: { resolver: async (key: string) => roles.get(key) ?? null },
      },
      drivers: { email: redirecting(options.email, options.siteUrl) },
    },
  };
  const rest = new App({
    ...common,
    connection: connections.rest,
    options: { ...common.options, server: { ...common.options.server, middlewares: [trustTokens] } },
  });
  const auth = new App({ ...common, connection: connections.auth });
  const storage = new App({
    ...common,
    connection: connections.storage,
    storage: { enabled: true, file_size_limit: config.storage.file_size_limit },
  });
  storage._storageAdapter = new DiskStorage(options.storageDir);
  await quietly(() => Promise.all([rest.init(), auth.init(), storage.init()]));
  return {
    rest: async (request) => rest.fetch(request),
    auth: async (request) => auth.fetch(request),
    storage: async (request) => storage.fetch(request),
  };
}

/**
 * Lite looks up the user and the session behind a token before it serves data, which the REST role may not see. As on a
 * hosted project, a token that verifies is enough: it lives for an hour, and who may see what is looked up live.
 */
const trustTokens = async (context: { set: object }, next: () => Promise<void>): Promise<void> => {
  const found = async (): Promise<object> => ({});
  const repo = { findUserById: found, findSessionById: found };
  if (typeof context.set === 'function') Reflect.apply(context.set, context, ['authService', { repo }]);
  await next();
};

/** Starting says that Storage is experimental; stack/README.md tells how far it goes. */
async function quietly(start: () => Promise<unknown>): Promise<void> {
  const { warn } = console;
  console.warn = () => undefined;
  try {
    await start();
  } finally {
    console.warn = warn;
  }
}

async function authSettings({ config, keys, siteUrl, templatesDir }: ServerOptions) {
  // Calls are limited before they arrive (stack/gateway/auth-limits.ts); second factors are stack/auth/factors.
  const {
    email: { enabled: byEmail, ...email },
    rate_limit: _,
    mfa: __,
    ...auth
  } = config.auth;
  return {
    ...auth,
    enabled: true,
    jwt_secret: keys.jwt_secret,
    publishable_key: keys.publishable_key,
    secret_key: keys.secret_key,
    site_url: siteUrl,
    additional_redirect_urls: [...auth.additional_redirect_urls, `${siteUrl}/**`],
    email: { ...email, enable_signup: byEmail, template: await openTemplates(config, templatesDir) },
  };
}
