import { isDatabaseRefusal, type Database } from './database.ts';
import { describe, type Logger } from './logger.ts';
import type { VerifiedToken } from './tokens.ts';

export type Extension = 'broadcast' | 'presence';

/** Whose right to what is asked. */
export interface AuthorizationSubject {
  /** Topic without `realtime:`. */
  readonly channel: string;
  readonly token: VerifiedToken;
  /** JSON object for `request.headers`. */
  readonly headersJson: string;
}

const authorizeSql = 'select realtime.authorize($1, $2, $3, $4, $5, $6, $7, $8) as allowed';

/**
 * Asks the policies on `realtime.messages` in one round trip. The question waits until the transactions that
 * clients may already have heard of are visible, so that a change of rights announced by a broadcast counts
 * for the join that follows it.
 */
export class Authorizer {
  readonly #database: Database;
  readonly #recentTransactions: () => readonly number[];
  readonly #logger: Logger;

  constructor(database: Database, recentTransactions: () => readonly number[], logger: Logger) {
    this.#database = database;
    this.#recentTransactions = recentTransactions;
    this.#logger = logger;
  }

  /**
   * @returns which of the extensions may be read (join) or written (send); none when a policy fails
   * @throws RealtimeError when the database cannot be asked
   */
  async allowed(
    command: 'read' | 'write',
    subject: AuthorizationSubject,
    extensions: readonly Extension[],
  ): Promise<ReadonlySet<string>> {
    const { channel, token, headersJson } = subject;
    try {
      const [row] = await this.#database.query<{ allowed: string[] }>('realtime_authorize', authorizeSql, [
        command,
        channel,
        extensions,
        token.role,
        token.subject,
        token.claimsJson,
        headersJson,
        this.#recentTransactions(),
      ]);
      return new Set(row?.allowed);
    } catch (error) {
      if (isDatabaseRefusal(error)) throw error;
      this.#logger.warn(`RlsPolicyError: ${describe(error)}`);
      return new Set();
    }
  }
}
