import { errorWords } from '$lib/error-words';
import { m } from '$lib/paraglide/messages';
import { TooManyAttempts } from '../sign-in/attempts';

/** The words for a code that was not taken; a try that came too early is told how long to wait. */
export function codeWords(problem: unknown): string {
  if (!(problem instanceof TooManyAttempts)) return errorWords(problem);
  return m.error_too_many_codes({ minutes: Math.ceil(problem.retryAfter / 60) });
}
