import { AuthDatabase } from './auth/auth-database.ts';
import { Mailer } from './auth/mailer.ts';
import { rememberOrigin } from './auth/session-origin.ts';
import { UserStore } from './auth/user-store.ts';
import { startFunctions } from './functions/functions.ts';
import { limitAuth, type LimitedAnswer } from './gateway/auth-limits.ts';
import { createAuthService } from './gateway/auth-service.ts';
import { addressRule } from './gateway/client-address.ts';
import { evenly } from './gateway/even-timing.ts';
import { forwardedAddress } from './gateway/forwarded-address.ts';
import { createGateway, type Gateway } from './gateway/gateway.ts';
import { createRestService } from './gateway/rest-service.ts';
import { createStorageService } from './gateway/storage-service.ts';
import type { Keys } from './keys/keys.ts';
import type { DataDirectory } from './lifecycle/data-directory.ts';
import { type Undo, undoAll } from './lifecycle/undo.ts';
import { openConnections } from './lite/connections.ts';
import { createServers } from './lite/servers.ts';
import type { Cluster } from './postgres/cluster.ts';
import { bytesOf, type ProjectConfig } from './project-config.ts';
import { startMail } from './mail/mail.ts';
import { createRealtime, type RealtimeServer } from './realtime/server.ts';
import { listen as watchNotifications } from './scheduler/listener.ts';
import { rememberSecrets } from './scheduler/project-secrets.ts';
import { startScheduler } from './scheduler/scheduler.ts';
import { listen } from './shared/http-server.ts';
import { projectRoot } from './shared/paths.ts';
import { startStudio } from './studio/studio.ts';

/** What whoever starts the stack decides about its services. */
export interface ServiceSettings {
  apiPort: number;
  studioPort: number;
  mailPort: number;
  /** Address of the app, where links in mail lead. */
  siteUrl: string;
  /** Functions reload when their files change. */
  dev?: boolean;
  /** Folder that holds `supabase/`; the repository unless a test brings its own. */
  projectDir?: string;
  log?: (line: string) => void;
}

export interface ServicesOptions extends ServiceSettings {
  config: ProjectConfig;
  keys: Keys;
  cluster: Cluster;
  directory: DataDirectory;
}

/** Auth, limited by the address it is called for, which its sessions remember. */
function limitedAuth(
  auth: LimitedAnswer,
  store: UserStore,
  { config, keys }: ServicesOptions,
): LimitedAnswer {
  const limited = limitAuth(rememberOrigin(evenly(auth), store), config.auth.rate_limit);
  return async (request, peer) => limited(request, await forwardedAddress(request, peer, keys));
}

/** Everything that stands in front of the database, in this process but for the functions. */
export interface Services {
  gateway: Gateway;
  realtime: RealtimeServer;
  url: string;
  studioUrl: string;
  mailUrl: string;
  stop(): Promise<void>;
}

/**
 * Starts the API and what belongs to it on a prepared database.
 *
 * @throws StackError when a port is taken; whatever had started is stopped again.
 */
export async function startServices(options: ServicesOptions): Promise<Services> {
  const { cluster, config, directory, keys } = options;
  // What breaks off because it is being stopped is not worth a line.
  let stopping = false;
  const log = (line: string): void => {
    if (!stopping) options.log?.(line);
  };
  const adminUrl = cluster.url('supabase_admin');
  const url = `http://127.0.0.1:${options.apiPort}`;
  const undo: Undo = [];
  const stop = async (): Promise<void> => {
    stopping = true;
    await undoAll(undo);
  };
  try {
    const mail = await startMail({
      webPort: options.mailPort,
      smtpPort: config.local_smtp.smtp_port,
      dir: directory.mail,
      log,
    });
    undo.push({ part: 'mail', end: () => mail.stop() });
    const settings = { config, siteUrl: options.siteUrl, email: mail };
    const mailer = new Mailer(settings);

    const authDatabase = new AuthDatabase(cluster.url('supabase_auth_admin'));
    undo.push({ part: 'the connections of Auth', end: () => authDatabase.close() });
    const store = new UserStore(authDatabase);
    const connections = openConnections({
      admin: adminUrl,
      rest: cluster.url('authenticator'),
      auth: cluster.url('supabase_auth_admin'),
      storage: cluster.url('supabase_storage_admin'),
    });
    undo.push({ part: 'the connections of the API', end: () => connections.close() });
    const schemaWatch = watchNotifications({
      url: adminUrl,
      channels: ['pgrst'],
      onConnected: () => connections.reloadSchema(),
      onNotification: () => void connections.reloadSchema(),
      log,
    });
    undo.push({ part: 'watching the schema', end: () => schemaWatch.stop() });
    const servers = await createServers({
      connections,
      keys,
      ...settings,
      storageDir: directory.storage,
      templatesDir: directory.templates,
    });

    const realtime = await createRealtime({
      adminUrl,
      keys: { publishable: keys.publishable_key, secret: keys.secret_key, jwtSecret: keys.jwt_secret },
    });
    undo.push({ part: 'Realtime', end: () => realtime.close() });
    const functions = await startFunctions({
      projectDir: options.projectDir ?? projectRoot,
      project: {
        url,
        databaseUrl: cluster.url('postgres'),
        publishableKey: keys.publishable_key,
        secretKey: keys.secret_key,
        anonKey: keys.anon_key,
        serviceRoleKey: keys.service_role_key,
      },
      jwtSecret: keys.jwt_secret,
      dev: options.dev ?? false,
      log,
    });
    undo.push({ part: 'the functions', end: () => functions.stop() });

    const gateway = createGateway({
      rest: createRestService(servers.rest, keys.publishable_key, log),
      auth: limitedAuth(
        createAuthService({ server: servers.auth, database: authDatabase, store, keys, mailer, log }),
        store,
        options,
      ),
      addressRule: addressRule(process.env),
      storage: createStorageService({ server: servers.storage, jwtSecret: keys.jwt_secret, log }),
      realtime,
      functions,
      fileSizeLimit: bytesOf(config.storage.file_size_limit),
      log,
    });
    const listener = await listen({
      ...gateway,
      name: 'the API',
      host: '127.0.0.1',
      port: options.apiPort,
      flag: '--api-port',
    });
    undo.push({ part: 'the API', end: () => listener.close() });
    const studio = await startStudio({
      port: options.studioPort,
      connections,
      schemas: config.api.schemas,
      log,
    });
    undo.push({ part: 'Studio', end: () => studio.stop() });
    await rememberSecrets(cluster.url('postgres'), {
      tandem_api_url: url,
      tandem_secret_key: keys.secret_key,
    }).catch((error: unknown) => log(`jobs cannot call the functions of this project: ${String(error)}`));
    const scheduler = startScheduler({ adminUrl, postgresUrl: cluster.url('postgres'), log });
    undo.push({ part: 'the scheduler', end: () => scheduler.stop() });
    return {
      gateway,
      realtime,
      url,
      studioUrl: studio.url,
      mailUrl: mail.url,
      stop,
    };
  } catch (error) {
    await stop().catch((failure: unknown) => options.log?.(`while stopping: ${String(failure)}`));
    throw error;
  }
}
