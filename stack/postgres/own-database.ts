import pg from 'pg';
import { StackError } from '../shared/stack-error.ts';
import type { Cluster } from './cluster.ts';
import type { LoginRole, RolePasswords } from './cluster-options.ts';

/**
 * Uses a Postgres that the operator runs, named by `TANDEM_DATABASE_URL`, in place of one of the stack's own. The URL
 * belongs to a superuser: it bootstraps and migrates; the servers log in as the roles that the bootstrap made.
 *
 * @throws StackError when the server cannot be reached or does not fit.
 */
export async function connectOwnDatabase(url: string, passwords: RolePasswords): Promise<Cluster> {
  const address = parse(url);
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StackError(
      `TANDEM_DATABASE_URL cannot be reached (${reason}): check the address and the password.`,
    );
  }
  try {
    const found = await client.query<{ version: number; wal: string; superuser: boolean }>(
      `select current_setting('server_version_num')::int / 10000 as version, current_setting('wal_level') as wal,
              (select rolsuper from pg_roles where rolname = current_user) as superuser`,
    );
    const row = found.rows[0];
    if (row && row.version < 15) {
      throw new StackError(
        `TANDEM_DATABASE_URL is Postgres ${row.version}: use 17, as hosted Supabase does.`,
      );
    }
    if (row?.wal !== 'logical') {
      throw new StackError(
        'TANDEM_DATABASE_URL has wal_level below logical: set it to logical and restart that server.',
      );
    }
    if (!row.superuser)
      throw new StackError('TANDEM_DATABASE_URL must name a superuser, who can create the roles.');
  } finally {
    await client.end();
  }
  return {
    port: Number(address.port || 5432),
    pid: 0,
    url: (role, database) => urlAs(address, role, passwords, database),
    ended: new Promise(() => undefined),
    stop: async () => undefined,
  };
}

function parse(url: string): URL {
  try {
    const address = new URL(url);
    if (/^postgres(ql)?:$/.test(address.protocol)) return address;
  } catch {
    // Falls through to the message below.
  }
  throw new StackError(
    'TANDEM_DATABASE_URL is not of the form postgresql://user:password@host:port/database.',
  );
}

function urlAs(address: URL, role: LoginRole, passwords: RolePasswords, database?: string): string {
  const url = new URL(address);
  if (database) url.pathname = `/${database}`;
  // The operator's own account stands in for both owners; its rights are not narrowed by our roles.
  if (role === 'supabase_admin' || role === 'postgres') return url.href;
  url.username = role;
  url.password = encodeURIComponent(passwords[role] ?? '');
  return url.href;
}
