/** Roles that log in over TCP; bootstrap creates all but the first. */
export type LoginRole =
  'supabase_admin' | 'postgres' | 'authenticator' | 'supabase_auth_admin' | 'supabase_storage_admin';

/** A password each; a role without one can only log in to a throw-away cluster, which trusts everybody local. */
export type RolePasswords = Partial<Record<LoginRole, string>>;

export interface ClusterOptions {
  /** Folder of the cluster, created when missing. */
  dataDir: string;
  port: number;
  /** True for data that must outlive a crash; false gives up durability and passwords for speed, in tests. */
  durable: boolean;
  passwords: RolePasswords;
  /** Receives what the server complains of. */
  log?: (line: string) => void;
}
