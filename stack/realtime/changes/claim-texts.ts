import { isRecord } from '../values.ts';
import type { ClaimSet } from './types.ts';

/** Lists of claims as array literals for the database. */
export interface ClaimLists {
  readonly claims: string;
  readonly subjects: string;
}

interface Texts {
  readonly claims: string;
  readonly subject: string;
}

/** Lists that are kept; change after change mostly asks about the same people. */
const keptLists = 16;

/** Writes claims for the database, each once, and lists that come again not at all. */
export class ClaimTexts {
  readonly #texts = new WeakMap<ClaimSet, Texts>();
  readonly #lists: { readonly of: readonly ClaimSet[]; readonly lists: ClaimLists }[] = [];

  lists(of: readonly ClaimSet[]): ClaimLists {
    const known = this.#lists.findIndex(
      (kept) => kept.of.length === of.length && kept.of.every((one, index) => one === of[index]),
    );
    const [entry = { of, lists: this.#write(of) }] = known < 0 ? [] : this.#lists.splice(known, 1);
    this.#lists.unshift(entry);
    this.#lists.length = Math.min(this.#lists.length, keptLists);
    return entry.lists;
  }

  #write(of: readonly ClaimSet[]): ClaimLists {
    const texts = of.map((one) => this.#textsOf(one));
    return {
      claims: `{${texts.map(({ claims }) => claims).join()}}`,
      subjects: `{${texts.map(({ subject }) => subject).join()}}`,
    };
  }

  #textsOf(claims: ClaimSet): Texts {
    const known = this.#texts.get(claims);
    if (known) return known;
    const parsed: unknown = JSON.parse(claims.claimsJson);
    const subject = isRecord(parsed) && typeof parsed['sub'] === 'string' ? parsed['sub'] : '';
    const texts = { claims: quoted(claims.claimsJson), subject: quoted(subject) };
    this.#texts.set(claims, texts);
    return texts;
  }
}

/** An element of an array literal. */
const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;
