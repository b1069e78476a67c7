import { equal, match, ok } from '../_shared/assertions.ts';
import { RequestError } from '../_shared/errors.ts';
import { escapeText, fold } from './calendar.ts';
import { createHandler, type FollowUp } from './handler.ts';

const now = new Date('2026-03-01T08:00:00Z');
const address = 'http://127.0.0.1/follow-ups-calendar';

const encode = (value: object): string => btoa(JSON.stringify(value)).replaceAll('=', '');
const tokenOf = (claims: object): string => `${encode({ alg: 'HS256' })}.${encode(claims)}.signature`;
const person = { authorization: `Bearer ${tokenOf({ role: 'authenticated', sub: 'user-1' })}` };

const followUp: FollowUp = {
  id: 'a1',
  follow_up_at: '2026-03-02T09:30:00+00:00',
  subject: 'Spring order',
  next_action: 'Call back; bring prices, samples',
  customer_name: 'Clínica Río',
};

function handlerFor(followUps: FollowUp[], seen: unknown[] = []): (request: Request) => Promise<Response> {
  return createHandler({
    now: () => now,
    loadFollowUps: (caller, from) => {
      seen.push({ userId: caller.userId, from });
      return Promise.resolve(followUps);
    },
  });
}

Deno.test('a person gets their upcoming follow-ups as a calendar', async () => {
  const seen: unknown[] = [];
  const response = await handlerFor([followUp], seen)(new Request(address, { headers: person }));
  equal(response.status, 200);
  equal(response.headers.get('content-type'), 'text/calendar; charset=utf-8');
  match(response.headers.get('content-disposition') ?? '', /follow-ups\.ics/);
  equal(seen, [{ userId: 'user-1', from: now }]);
  equal((await response.text()).split('\r\n'), [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Tandem//Follow-ups//EN',
    'CALSCALE:GREGORIAN',
    'METHOD:PUBLISH',
    'NAME:Tandem follow-ups',
    'X-WR-CALNAME:Tandem follow-ups',
    'BEGIN:VEVENT',
    'UID:a1@follow-ups.tandem',
    'DTSTAMP:20260301T080000Z',
    'DTSTART:20260302T093000Z',
    'DURATION:PT30M',
    'SUMMARY:Clínica Río: Call back\\; bring prices\\, samples',
    'DESCRIPTION:Spring order',
    'TRANSP:TRANSPARENT',
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ]);
});

Deno.test('nobody waiting is an empty calendar, not an error', async () => {
  const response = await handlerFor([])(new Request(address, { headers: person }));
  equal(response.status, 200);
  ok(!(await response.text()).includes('VEVENT'));
});

Deno.test('a follow-up without a next action is named by its subject, and without both by what it is', async () => {
  const bare = [{ ...followUp, next_action: ' ' }, { ...followUp, next_action: null, subject: null }];
  const text = await (await handlerFor(bare)(new Request(address, { headers: person }))).text();
  match(text, /SUMMARY:Clínica Río: Spring order\r\n/);
  match(text, /SUMMARY:Clínica Río: Follow up\r\n/);
  ok(!text.includes('DESCRIPTION'));
});

for (
  const [name, authorization] of Object.entries({
    'without a token': '',
    'with the anonymous key': `Bearer ${tokenOf({ role: 'anon' })}`,
    'with a publishable key': 'Bearer sb_publishable_x',
    'with something else': 'Bearer a.%%%.c',
    'with a token that holds no object': `Bearer a.${btoa('null')}.c`,
  })
) {
  Deno.test(`a call ${name} is asked to sign in`, async () => {
    const response = await handlerFor([followUp])(new Request(address, { headers: { authorization } }));
    equal(response.status, 401);
    equal((await response.json()).error.code, 'sign_in_required');
  });
}

Deno.test('other methods are refused with 405 and the ones that work', async () => {
  const response = await handlerFor([])(new Request(address, { method: 'POST', headers: person }));
  equal(response.status, 405);
  equal(response.headers.get('allow'), 'GET, OPTIONS');
  const { error } = await response.json();
  equal(error.code, 'method_not_allowed');
  match(error.request_id, /^[\w-]{36}$/);
});

Deno.test('a browser of another origin may call', async () => {
  const response = await handlerFor([])(new Request(address, { method: 'OPTIONS' }));
  equal(response.status, 204);
  equal(response.headers.get('access-control-allow-methods'), 'GET, OPTIONS');
});

Deno.test('a refusal keeps its status and the id of the request, a defect tells nothing', async () => {
  const failing = (error: Error): Promise<Response> =>
    createHandler({ now: () => now, loadFollowUps: () => Promise.reject(error) })(
      new Request(address, { headers: { ...person, 'x-request-id': 'request-0815' } }),
    );
  const refused = await failing(new RequestError(503, 'database_unavailable', 'Later.'));
  equal([refused.status, await refused.json()], [503, {
    error: { code: 'database_unavailable', message: 'Later.', request_id: 'request-0815' },
  }]);

  const reported: unknown[] = [];
  const original = console.error;
  console.error = (...words: unknown[]) => reported.push(words);
  try {
    const broken = await failing(new Error('secret detail'));
    equal(broken.status, 500);
    ok(!(await broken.text()).includes('secret detail'));
  } finally {
    console.error = original;
  }
  equal(reported.length, 1);
});

Deno.test('text is escaped as the format asks', () => {
  equal(escapeText('a\\b;c,d\r\ne\nf\u0007'), 'a\\\\b\\;c\\,d\\ne\\nf');
});

Deno.test('no line is longer than 75 bytes and no character is torn', () => {
  for (const text of ['x'.repeat(400), 'é'.repeat(200), '😀'.repeat(100), 'ab😀'.repeat(60)]) {
    const folded = fold(`SUMMARY:${text}`);
    for (const line of folded.split('\r\n')) ok(new TextEncoder().encode(line).length <= 75);
    equal(folded.replaceAll('\r\n ', ''), `SUMMARY:${text}`);
  }
});
