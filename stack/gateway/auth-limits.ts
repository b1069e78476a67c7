import type { ProjectConfig } from '../project-config.ts';
import { AuthError } from '../auth/auth-error.ts';
import { networkOf } from './client-address.ts';
import { type Allowance, TokenBuckets } from './token-buckets.ts';

type RateLimits = ProjectConfig['auth']['rate_limit'];
type LimitName = keyof RateLimits;

/** Answers a request of somebody at an address. */
export type LimitedAnswer = (request: Request, address: string) => Promise<Response>;

const prefix = '/auth/v1';
const fiveMinutes = 5 * 60_000;
const hour = 60 * 60_000;

const windows: Record<LimitName, number> = {
  email_sent: hour,
  sms_sent: hour,
  anonymous_users: hour,
  token_refresh: fiveMinutes,
  sign_in_sign_ups: fiveMinutes,
  token_verifications: fiveMinutes,
};

/** Messages are limited for the whole project, as hosted: they cost the same whoever asks for them. */
const ofWholeProject = new Set<LimitName>(['email_sent', 'sms_sent']);

/**
 * Limits calls of `/auth/v1` as hosted Auth does by `[auth.rate_limit]`: a token bucket for each address, and one for
 * messages. A limit is taken before anything is looked up, so that it tells nothing about accounts. Unlike hosted, a
 * password or code that was right is not counted: a busy office behind one address is not locked out by being right.
 *
 * @see https://supabase.com/docs/guides/auth/rate-limits
 */
export function limitAuth(
  answer: LimitedAnswer,
  limits: RateLimits,
  buckets = new TokenBuckets(),
): LimitedAnswer {
  return async (request, address) => {
    const taken: string[] = [];
    for (const limit of await limitsOf(request)) {
      const name = ofWholeProject.has(limit) ? limit : `${limit} ${networkOf(address)}`;
      const allowance: Allowance = { capacity: limits[limit], windowMs: windows[limit] };
      const wait = buckets.take(name, allowance);
      if (wait > 0) return refusal(limit, wait);
      if (limit === 'sign_in_sign_ups' || limit === 'token_verifications') taken.push(name);
    }
    const response = await answer(request, address);
    if (provesKnowledge(request) && response.ok) for (const name of taken) buckets.giveBack(name);
    return response;
  };
}

function refusal(limit: LimitName, waitMs: number): Response {
  const error =
    limit === 'email_sent'
      ? new AuthError(429, 'over_email_send_rate_limit', 'email rate limit exceeded', waitMs)
      : limit === 'sms_sent'
        ? new AuthError(429, 'over_sms_send_rate_limit', 'SMS rate limit exceeded', waitMs)
        : new AuthError(429, 'over_request_rate_limit', 'Request rate limit reached', waitMs);
  return error.toResponse();
}

/** Signing in and verifying: only who knows a secret succeeds. */
function provesKnowledge(request: Request): boolean {
  const { pathname } = new URL(request.url);
  return (
    [`${prefix}/token`, `${prefix}/verify`].includes(pathname) || /\/factors\/[^/]+\/verify$/.test(pathname)
  );
}

async function limitsOf(request: Request): Promise<LimitName[]> {
  const url = new URL(request.url);
  const path = url.pathname.slice(prefix.length).replace(/(?<=.)\/+$/, '');
  switch (`${request.method} ${path}`) {
    case 'POST /token':
      return [url.searchParams.get('grant_type') === 'refresh_token' ? 'token_refresh' : 'sign_in_sign_ups'];
    case 'POST /verify':
    case 'GET /verify':
      return ['token_verifications'];
    case 'POST /signup': {
      const body = await bodyOf(request);
      if (!body['email'] && !body['phone']) return ['anonymous_users'];
      return ['sign_in_sign_ups', messageOf(body)];
    }
    case 'POST /recover':
    case 'POST /otp':
    case 'POST /magiclink':
    case 'POST /resend':
      return ['sign_in_sign_ups', messageOf(await bodyOf(request))];
    case 'PUT /user': {
      const body = await bodyOf(request);
      return body['email'] || body['phone'] ? [messageOf(body)] : [];
    }
    case 'GET /reauthenticate':
    case 'POST /invite':
      return ['email_sent'];
    default:
      return /^POST \/factors\/[^/]+\/verify$/.test(`${request.method} ${path}`)
        ? ['token_verifications']
        : [];
  }
}

function messageOf(body: Record<string, unknown>): 'email_sent' | 'sms_sent' {
  return body['phone'] && !body['email'] ? 'sms_sent' : 'email_sent';
}

/** The body of a copy; one that cannot be read is refused by whoever answers. */
async function bodyOf(request: Request): Promise<Record<string, unknown>> {
  try {
    const body: unknown = await request.clone().json();
    return typeof body === 'object' && body !== null ? { ...body } : {};
  } catch {
    return {};
  }
}
