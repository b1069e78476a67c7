import { setTimeout as sleep } from 'node:timers/promises';
import type { LimitedAnswer } from './auth-limits.ts';

/** Longer than writing an account and a message takes. */
const shortestMs = 350;

const revealing = new Set(
  ['/signup', '/recover', '/otp', '/magiclink', '/resend'].map((path) => `/auth/v1${path}`),
);

/**
 * Requests that send mail to those who have an account, or to those who have none, take the same time for both: how long
 * an answer takes must not tell what it keeps silent about.
 */
export function evenly(answer: LimitedAnswer): LimitedAnswer {
  return async (request, address) => {
    if (request.method !== 'POST' || !revealing.has(new URL(request.url).pathname))
      return answer(request, address);
    const [response] = await Promise.all([answer(request, address), sleep(shortestMs)]);
    return response;
  };
}
