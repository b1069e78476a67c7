import { type Caller, readCaller } from '../_shared/caller.ts';
import { corsHeaders, preflight } from '../_shared/cors.ts';
import { answerErrors, RequestError } from '../_shared/errors.ts';
import { type CalendarEvent, toICalendar } from './calendar.ts';

/** A follow-up as the database has it. */
export interface FollowUp {
  id: string;
  follow_up_at: string;
  subject: string | null;
  next_action: string | null;
  customer_name: string;
}

export interface Dependencies {
  /** Upcoming follow-ups of the caller, soonest first; throws a `RequestError` when the token is refused. */
  loadFollowUps(caller: Caller, from: Date): Promise<FollowUp[]>;
  now(): Date;
}

const methods = ['GET', 'OPTIONS'] as const;
const eventMinutes = 30;

/** `GET /follow-ups-calendar`: the caller's upcoming follow-ups as a file that any calendar imports. */
export function createHandler(dependencies: Dependencies): (request: Request) => Promise<Response> {
  return (request) =>
    answerErrors(request, async () => {
      if (request.method === 'OPTIONS') return preflight(methods);
      if (request.method !== 'GET') {
        throw new RequestError(405, 'method_not_allowed', `Use GET; ${request.method} does nothing here.`, {
          headers: { allow: methods.join(', ') },
        });
      }
      const caller = readCaller(request);
      const now = dependencies.now();
      const followUps = await dependencies.loadFollowUps(caller, now);
      return new Response(toICalendar('Tandem follow-ups', followUps.map(toEvent), now), {
        headers: {
          ...corsHeaders,
          'content-type': 'text/calendar; charset=utf-8',
          'content-disposition': 'attachment; filename="follow-ups.ics"',
          'cache-control': 'private, no-store',
        },
      });
    });
}

/** What is to be done leads; without it, what the contact was about. */
function toEvent(followUp: FollowUp): CalendarEvent {
  const action = followUp.next_action?.trim() || followUp.subject?.trim() || 'Follow up';
  const subject = followUp.subject?.trim() ?? '';
  return {
    uid: `${followUp.id}@follow-ups.tandem`,
    start: new Date(followUp.follow_up_at),
    minutes: eventMinutes,
    summary: `${followUp.customer_name}: ${action}`,
    description: subject === action ? '' : subject,
  };
}
