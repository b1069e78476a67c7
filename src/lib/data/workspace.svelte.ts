import { createContext } from 'svelte';
import type { Viewer } from '$lib/domain/dates';
import { fullName, reportsOf, type Person } from '$lib/domain/people';
import { can, type Access } from '$lib/domain/permissions';

/** A member as the layout of the organisation loads it. */
export interface MemberRow {
  user_id: string;
  title: string | null;
  team: string | null;
  manager_id: string | null;
  is_active: boolean;
  first_name: string;
  last_name: string;
  avatar_color: string | null;
}

/** Somebody whose membership has ended. */
export type FormerMemberRow = Pick<MemberRow, 'user_id' | 'first_name' | 'last_name'>;

export interface WorkspaceSource {
  organization: { id: string; slug: string; name: string; currency: string };
  me: { id: string; timezone: string };
  access: Access;
  /** By name. */
  members: readonly MemberRow[];
  formerMembers: readonly FormerMemberRow[];
  locale: string;
  /** When the server read this, in milliseconds since 1970. */
  readAt: number;
}

/**
 * The organisation one is in: who belongs to it, and what this person may do. All names on screen come from here, by user
 * id; what a message says about its author is never shown.
 */
export class Workspace {
  readonly #source: () => WorkspaceSource;

  readonly people: ReadonlyMap<string, Person> = $derived.by(
    () => new Map(this.#source().members.map((member) => [member.user_id, toPerson(member)])),
  );
  /** Names of those who have left, by user id: what they did stays theirs. */
  readonly formerNames: ReadonlyMap<string, string> = $derived.by(
    () => new Map(this.#source().formerMembers.map((member) => [member.user_id, nameOfRow(member)])),
  );
  readonly reportIds: ReadonlySet<string> = $derived.by(() =>
    reportsOf([...this.people.values()], this.userId),
  );
  readonly viewer: Viewer = $derived.by(() => ({
    locale: this.#source().locale,
    timeZone: this.#source().me.timezone,
  }));

  constructor(source: () => WorkspaceSource) {
    this.#source = source;
  }

  get orgId(): string {
    return this.#source().organization.id;
  }
  get slug(): string {
    return this.#source().organization.slug;
  }
  get name(): string {
    return this.#source().organization.name;
  }
  get currency(): string {
    return this.#source().organization.currency;
  }
  get userId(): string {
    return this.#source().me.id;
  }
  get access(): Access {
    return this.#source().access;
  }

  /** Members who can be chosen, by name. */
  get activePeople(): Person[] {
    return [...this.people.values()].filter(({ isActive }) => isActive);
  }

  /** The name of somebody who is or was a member; null for nobody and for a stranger. */
  nameOf(userId: string | null | undefined): string | null {
    if (!userId) return null;
    const person = this.people.get(userId);
    return person ? fullName(person) : (this.formerNames.get(userId) ?? null);
  }

  /** Whether the person may do this at all, or with this row. */
  can(permission: string, row?: { owner_id: string | null; territory_id?: string | null }): boolean {
    if (!row) return can(this.access, permission);
    return can(this.access, permission, {
      ownerId: row.owner_id,
      userId: this.userId,
      reportIds: this.reportIds,
      territoryId: row.territory_id ?? null,
    });
  }
}

export const nameOfRow = ({ first_name: firstName, last_name: lastName }: FormerMemberRow): string =>
  fullName({ firstName, lastName });

function toPerson(member: MemberRow): Person {
  return {
    userId: member.user_id,
    firstName: member.first_name,
    lastName: member.last_name,
    color: member.avatar_color,
    managerId: member.manager_id,
    isActive: member.is_active,
  };
}

/** Set once by the layout of an organisation. */
export const [useWorkspace, setWorkspace] = createContext<Workspace>();
