import { forgetKept, forgetReads, keptPeople } from '$lib/data/kept/database';

/** Counts how often everything was deleted: an answer that was under way meanwhile may be somebody else's. */
let deletions = 0;

/** Take it before a request is sent; what came of it may be kept while it is unchanged. */
export const mark = (): number => deletions;

export const isStill = (before: number): boolean => before === deletions;

/** Nobody is signed in any more. What was read goes; what was not sent yet waits for the same person. */
export async function forgetSession(): Promise<void> {
  deletions += 1;
  await forgetReads();
}

/** The person has signed out: nothing stays. */
export async function forgetEverything(): Promise<void> {
  deletions += 1;
  await forgetKept();
}

/** Whom this browser keeps pages for; null when that is nobody, or not certain. */
export async function keptPerson(): Promise<string | null> {
  const people = await keptPeople();
  return people.length === 1 ? (people[0] ?? null) : null;
}
