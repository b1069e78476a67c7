import * as z from 'zod/mini';

/** Someone who has a page open. Who it is by name is looked up among the members. */
export interface PresentPerson {
  userId: string;
  /** Path of the page that person looks at, without the organisation; null when not told. */
  page: string | null;
  /** When that page was opened, as ISO text; decides between several windows of one person. */
  at: string;
}

const metaSchema = z.object({
  page: z.optional(z.nullable(z.string().check(z.maxLength(200), z.regex(/^\/(?!\/)[^\s]*$/)))),
  at: z.optional(z.string().check(z.maxLength(40))),
});

const uuid = z.uuid();

/**
 * One entry for each person, of the window that was used last, in an order that does not jump.
 * The key of a presence is the user id; what a payload says about its author is not looked at.
 */
export function readPresence(state: Readonly<Record<string, readonly unknown[]>>): PresentPerson[] {
  const people: PresentPerson[] = [];
  for (const [key, metas] of Object.entries(state)) {
    if (!uuid.safeParse(key).success) continue;
    let latest: PresentPerson = { userId: key, page: null, at: '' };
    for (const meta of metas) {
      const parsed = metaSchema.safeParse(meta);
      if (!parsed.success) continue;
      const { page = null, at = '' } = parsed.data;
      if (at >= latest.at) latest = { userId: key, page, at };
    }
    people.push(latest);
  }
  return people.sort((a, b) => (a.userId < b.userId ? -1 : 1));
}
