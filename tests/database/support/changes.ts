import type { Requester } from './database.ts';
import type { Organization } from './fixtures.ts';

/** One change as `changes_since` tells it. */
export interface Change {
  table: string;
  id: string | null;
  op: 'insert' | 'update' | 'delete' | 'gone' | 'bulk';
  version: number | null;
  actor: string | null;
  at: string;
}

export interface Page {
  changes: Change[];
  cursor: string;
  more: boolean;
  reset: boolean;
}

/** One page of what changed since a cursor. */
export async function changesSince(
  requester: Requester,
  organization: Organization,
  cursor: string | null = null,
  topics: string[] = [],
): Promise<Page> {
  const { page } = await requester.row<{ page: Page }>('select changes_since($1, $2, $3) as page', [
    organization.id,
    cursor,
    topics,
  ]);
  return page;
}

/** A client that keeps its cursor between one question and the next. */
export class Follower {
  readonly #requester: Requester;
  readonly #organization: Organization;
  readonly #topics: string[];
  cursor: string | null = null;

  private constructor(requester: Requester, organization: Organization, topics: string[]) {
    this.#requester = requester;
    this.#organization = organization;
    this.#topics = topics;
  }

  /** Starts with everything up to now behind it. */
  static async start(
    requester: Requester,
    organization: Organization,
    topics: string[] = [],
  ): Promise<Follower> {
    const follower = new Follower(requester, organization, topics);
    await follower.news();
    return follower;
  }

  page(): Promise<Page> {
    return changesSince(this.#requester, this.#organization, this.cursor, this.#topics);
  }

  /** What is new since the last question, page by page to the end, as told. */
  async changes(): Promise<Change[]> {
    const told: Change[] = [];
    for (let more = true; more;) {
      const page = await this.page();
      if (page.reset) throw new Error('The changes cannot tell all.');
      told.push(...page.changes);
      this.cursor = page.cursor;
      more = page.more;
    }
    return told;
  }

  /** The same as sorted lines of `table op version id`. */
  async news(): Promise<string[]> {
    return (await this.changes())
      .map(({ table, op, version, id }) => [table, op, version, id].filter((part) => part !== null).join(' '))
      .toSorted();
  }
}
