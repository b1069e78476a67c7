import { randomUUID } from 'node:crypto';
import { isIP } from 'node:net';
import type { AuthDatabase, Queries } from './auth-database.ts';
import { type FactorRow, factorColumns } from './factors/factor-row.ts';

/** A row of `auth.users`, as far as the admin API shows or changes it. */
export interface UserRow {
  id: string;
  aud: string;
  role: string;
  email: string | null;
  phone: string | null;
  email_confirmed_at: Date | null;
  phone_confirmed_at: Date | null;
  confirmed_at: Date | null;
  invited_at: Date | null;
  confirmation_sent_at: Date | null;
  recovery_sent_at: Date | null;
  email_change: string | null;
  email_change_token_current: string | null;
  email_change_confirm_status: number;
  email_change_sent_at: Date | null;
  last_sign_in_at: Date | null;
  banned_until: Date | null;
  deleted_at: Date | null;
  raw_app_meta_data: Record<string, unknown>;
  raw_user_meta_data: Record<string, unknown>;
  is_anonymous: boolean;
  created_at: Date;
  updated_at: Date;
  identities: IdentityRow[];
  factors: FactorRow[];
}

export interface IdentityRow {
  id: string;
  user_id: string;
  provider: string;
  provider_id: string;
  identity_data: Record<string, unknown>;
  last_sign_in_at: string | null;
  created_at: string;
  updated_at: string;
  email: string | null;
}

export interface OneTimeTokenOwner {
  kind: 'confirmation' | 'recovery';
  banned: boolean;
}

/** Columns to write; what is absent stays as it is. */
export interface UserChanges {
  email?: string | null;
  phone?: string | null;
  role?: string;
  password?: string;
  password_hash?: string;
  email_confirmed_at?: Date | null;
  phone_confirmed_at?: Date | null;
  invited_at?: Date;
  confirmation_token?: string | null;
  confirmation_sent_at?: Date | null;
  recovery_token?: string | null;
  recovery_sent_at?: Date | null;
  email_change?: string;
  email_change_token_current?: string;
  email_change_token_new?: string;
  email_change_confirm_status?: number;
  email_change_sent_at?: Date;
  banned_until?: Date | null;
  raw_app_meta_data?: Record<string, unknown>;
  raw_user_meta_data?: Record<string, unknown>;
}

const selection = `
  select users.*, coalesce(
    (select jsonb_agg(to_jsonb(identities) order by identities.created_at)
       from auth.identities where identities.user_id = users.id), '[]'::jsonb) as identities, coalesce(
    (select jsonb_agg(${factorColumns} order by mfa_factors.created_at)
       from auth.mfa_factors where mfa_factors.user_id = users.id), '[]'::jsonb) as factors
    from auth.users`;

/** A salt as costly as that of real passwords; no password has this hash, for the rest of it is missing. */
const nobodysHash = '$2a$10$abcdefghijklmnopqrstuu';

/** Users as the auth admin API sees them. Throws `AuthError` for what the input provoked. */
export class UserStore {
  readonly #database: AuthDatabase;

  constructor(database: AuthDatabase) {
    this.#database = database;
  }

  async find(id: string): Promise<UserRow | undefined> {
    return (await this.#database.query<UserRow>(`${selection} where users.id = $1`, [id]))[0];
  }

  async findByEmail(email: string): Promise<UserRow | undefined> {
    return (await this.#database.query<UserRow>(`${selection} where users.email = lower($1)`, [email]))[0];
  }

  /** What a one-time token is for, and whether its owner is banned; undefined when nobody has such a token. */
  async findToken(hash: string): Promise<OneTimeTokenOwner | undefined> {
    const rows = await this.#database.query<OneTimeTokenOwner>(
      `select case when confirmation_token = $1 then 'confirmation' else 'recovery' end as kind,
              coalesce(banned_until > now(), false) as banned
         from auth.users where confirmation_token = $1 or recovery_token = $1 limit 1`,
      [hash],
    );
    return rows[0];
  }

  /** Whose change of address a token confirms; undefined when nobody has such a token. */
  async findEmailChange(hash: string): Promise<UserRow | undefined> {
    const rows = await this.#database.query<UserRow>(
      `${selection} where $1 in (users.email_change_token_current, users.email_change_token_new) limit 1`,
      [hash],
    );
    return rows[0];
  }

  /**
   * Whether a password is the one of an account. It takes as long for an address that nobody has, so that the time tells
   * no more than the answer.
   */
  async passwordFits(email: string, password: string): Promise<boolean> {
    const rows = await this.#database.query<{ fits: boolean }>(
      `with known as (
         select '$2a' || substr(encrypted_password, 4) as hash from auth.users
          where email = lower($1) and encrypted_password ~ '^[$]2[aby][$]' and not is_sso_user
       ), compared as (select coalesce((select hash from known), $3) as hash)
       select extensions.crypt($2, hash) = hash as fits from compared`,
      [email, password, nobodysHash],
    );
    return rows[0]?.fits ?? false;
  }

  /** Notes by whom and from where a session was last begun or renewed. */
  async noteSession(id: string, userAgent: string | null, address: string): Promise<void> {
    await this.#database.query(
      `update auth.sessions set user_agent = coalesce($2, user_agent), ip = coalesce($3::inet, ip), updated_at = now() where id = $1`,
      [id, userAgent, isIP(address) === 0 ? null : address],
    );
  }

  async list(page: number, perPage: number): Promise<{ users: UserRow[]; total: number }> {
    const users = await this.#database.query<UserRow>(
      `${selection} order by users.created_at desc, users.id limit $1 offset $2`,
      [perPage, (page - 1) * perPage],
    );
    const counted = await this.#database.query<{ total: number }>(
      'select count(*)::int as total from auth.users',
      [],
    );
    return { users, total: counted[0]?.total ?? 0 };
  }

  async create(id: string, changes: UserChanges): Promise<UserRow> {
    const columns = await this.#columnsOf(changes);
    const names = ['id', ...Object.keys(columns)];
    await this.#database.transaction(async (client) => {
      await client.query(
        `insert into auth.users (${names.join(', ')}) values (${names.map((_, index) => `$${index + 1}`).join(', ')})`,
        [id, ...Object.values(columns)],
      );
      if (changes.email) await insertIdentity(client, id, changes.email);
    });
    return this.#require(id);
  }

  async update(id: string, changes: UserChanges): Promise<UserRow> {
    const columns = { ...(await this.#columnsOf(changes)), updated_at: new Date() };
    const assignments = Object.keys(columns).map((name, index) => `${name} = $${index + 2}`);
    await this.#database.transaction(async (client) => {
      await client.query(`update auth.users set ${assignments.join(', ')} where id = $1`, [
        id,
        ...Object.values(columns),
      ]);
      if (changes.email) await renameIdentity(client, id, changes.email);
      // A changed password or a ban ends what was signed in before.
      if (changes.password !== undefined || changes.banned_until) {
        await client.query('delete from auth.refresh_tokens where user_id = $1', [id]);
        await client.query('delete from auth.sessions where user_id = $1', [id]);
      }
    });
    return this.#require(id);
  }

  async delete(id: string): Promise<void> {
    await this.#database.transaction(async (client) => {
      await client.query('delete from auth.refresh_tokens where user_id = $1', [id]);
      await client.query('delete from auth.users where id = $1', [id]);
    });
  }

  /** Keeps the row, for what refers to it, but nothing that tells or admits the person. */
  async softDelete(id: string): Promise<void> {
    await this.#database.transaction(async (client) => {
      await client.query(
        `update auth.users set deleted_at = now(), email = null, phone = null, encrypted_password = null,
           raw_user_meta_data = '{}', raw_app_meta_data = '{}', confirmation_token = null, recovery_token = null
         where id = $1`,
        [id],
      );
      await client.query('delete from auth.identities where user_id = $1', [id]);
      await client.query('delete from auth.refresh_tokens where user_id = $1', [id]);
      await client.query('delete from auth.sessions where user_id = $1', [id]);
    });
  }

  async #require(id: string): Promise<UserRow> {
    const user = await this.find(id);
    if (!user) throw new Error(`User ${id} vanished while it was being written.`);
    return user;
  }

  async #columnsOf(changes: UserChanges): Promise<Record<string, unknown>> {
    const { password, password_hash: hash, ...columns } = changes;
    if (hash !== undefined) return { ...columns, encrypted_password: hash };
    if (password === undefined) return columns;
    const hashed = await this.#database.query<{ hash: string }>(
      `select extensions.crypt($1, extensions.gen_salt('bf', 10)) as hash`,
      [password],
    );
    return { ...columns, encrypted_password: hashed[0]?.hash };
  }
}

async function insertIdentity(client: Queries, userId: string, email: string): Promise<void> {
  await client.query(
    `insert into auth.identities (id, provider, provider_id, user_id, identity_data)
     values ($1, 'email', $2::text, $2::text::uuid, jsonb_build_object('sub', $2::text, 'email', $3::text, 'email_verified', false, 'phone_verified', false))`,
    [randomUUID(), userId, email],
  );
}

async function renameIdentity(client: Queries, userId: string, email: string): Promise<void> {
  const renamed = await client.query(
    `update auth.identities set identity_data = identity_data || jsonb_build_object('email', $2::text), updated_at = now()
      where user_id = $1 and provider = 'email' returning id`,
    [userId, email],
  );
  if (renamed.length === 0) await insertIdentity(client, userId, email);
}
