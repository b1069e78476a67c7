/** Exists while a sign-out waits for the server. */
export const WAITING = 'tandem-sign-out';

type Marks = Pick<CacheStorage, 'has' | 'delete'>;

/**
 * Ends the session that could not be ended before. Fails like any request when there still is no network, and when the server
 * is in no state to end anything: then it waits on, and no page is shown with that session.
 *
 * @param end asks the server to sign out; it answers by leading elsewhere, which is not followed
 * @returns whether there was one: what was asked of the server in the meantime was asked with it
 */
export async function settleSignOut(marks: Marks, end: () => Promise<Response>): Promise<boolean> {
  if (!(await marks.has(WAITING))) return false;
  const { type, status } = await end();
  if (type !== 'opaqueredirect' && status >= 500)
    throw new Error(`The sign-out was answered with ${status}.`);
  return marks.delete(WAITING);
}
