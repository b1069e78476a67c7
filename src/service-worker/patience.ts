/** A network that hangs is no network: after this long, what is kept is shown. */
const PATIENCE_MS = 4_000;

/** The answer, or null when there is none (in time). */
export async function withinPatience(answer: Promise<Response>): Promise<Response | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), PATIENCE_MS);
  });
  try {
    return await Promise.race([answer, patience]);
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

/** What stands before the server says that it cannot be reached. */
export const isDown = ({ status }: Response): boolean => status >= 502 && status <= 504;
