import { toAppError } from '$lib/supabase/errors';

/** HTTP status of the page that shows a form again because it was refused. */
export function formStatus(cause: unknown, status?: number): 400 | 403 | 409 | 429 | 503 {
  const { kind } = toAppError(cause, status);
  if (kind === 'forbidden') return 403;
  if (kind === 'conflict') return 409;
  if (kind === 'rate') return 429;
  return kind === 'network' ? 503 : 400;
}
