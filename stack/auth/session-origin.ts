import { decodeJwt } from 'jose';
import { z } from 'zod';
import type { UserStore } from './user-store.ts';

type AnswerAt = (request: Request, address: string) => Promise<Response>;

const session = z.object({ access_token: z.string() });
const claims = z.object({ session_id: z.uuid() });

/** Browsers name themselves in some two hundred characters; whoever sends more is not one. */
const longestAgent = 500;

/**
 * Keeps with each session which browser began or renewed it, and from where, as GoTrue does: people recognise their
 * devices by it.
 */
export function rememberOrigin(answer: AnswerAt, store: UserStore): AnswerAt {
  return async (request, address) => {
    const agent = request.headers.get('user-agent')?.slice(0, longestAgent) ?? null;
    const response = await answer(request, address);
    const isJson = response.headers.get('content-type')?.includes('application/json');
    if (!response.ok || !isJson || request.method !== 'POST') return response;
    const begun = session.safeParse(await response.clone().json());
    if (begun.success) {
      const { session_id: id } = claims.parse(decodeJwt(begun.data.access_token));
      await store.noteSession(id, agent, address);
    }
    return response;
  };
}
