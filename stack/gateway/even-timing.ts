import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from '../lite/servers.ts';

/** Longer than writing an account and a message takes. */
const shortestMs = 350;

const revealing = new Set(
  ['/signup', '/recover', '/otp', '/magiclink', '/resend'].map((path) => `/auth/v1${path}`),
);

/**
 * Requests that send mail to those who have an account, or to those who have none, take the same time for both: how long
 * an answer takes must not tell what it keeps silent about.
 */
export function evenly(answer: Answer): Answer {
  return async (request) => {
    if (request.method !== 'POST' || !revealing.has(new URL(request.url).pathname)) return answer(request);
    const [response] = await Promise.all([answer(request), sleep(shortestMs)]);
    return response;
  };
}
