import { version } from '$service-worker';
import { forgetOthers, withKept, type KeptPart } from '$lib/data/kept/database';
import {
  answerFrom,
  askedFor,
  judge,
  keptPage,
  placeOf,
  wholePage,
  type KeptPage,
} from '$lib/data/kept/page-parts';
import { isFresh } from '$lib/data/kept/rules';
import { keepShell } from './assets';
import { forgetSession, isStill, keptPerson, mark } from './kept-person';
import { isDown, withinPatience } from './patience';

interface Asked {
  page: KeptPage;
  parts: boolean[];
}

/** Names the person an answer was made for; absent while somebody looks through another role. */
const PERSON_HEADER = 'x-tandem-person';
/** The frame of an organisation is asked for again after this long, when a page of it is opened. */
const RENEW_MS = 5 * 60_000;
const MOST_PARTS = 500;

/** What the running app asks the server for: from the server, and from what is kept when that does not answer. */
export async function answerData(event: FetchEvent, asked: Asked): Promise<Response> {
  const before = mark();
  const network = fetch(event.request);
  const inTime = await withinPatience(network);
  const response = inTime && !isDown(inTime) ? inTime : ((await fromKept(asked)) ?? (await network));
  if (response === inTime) event.waitUntil(remember(asked.page, response.clone(), before));
  return response;
}

async function fromKept({ page, parts }: Asked): Promise<Response | null> {
  const person = await keptPerson();
  if (person === null) return null;
  const kept = await withKept(person, (database) =>
    Promise.all(
      parts.map((_, part) => database.get('pages', [page.slug, placeOf(page, part, parts.length)])),
    ),
  );
  const nodes = kept?.map((part) => (part && isFresh(part, version, Date.now()) ? part.node : undefined));
  const body = nodes && answerFrom(parts, nodes);
  return body ? new Response(body, { headers: { 'content-type': 'application/json' } }) : null;
}

async function remember(page: KeptPage, response: Response, before: number): Promise<void> {
  const person = response.headers.get(PERSON_HEADER);
  const verdict = judge(page, await response.json().catch(() => null));
  if (verdict.isSignedOut) return forgetSession();
  if (person === null || !isStill(before)) return;
  await forgetOthers(person);
  const { slug } = page;
  const about = { slug, at: Date.now(), build: version };
  await withKept(person, async (database) => {
    if (!isStill(before)) return;
    const pages = database.transaction('pages', 'readwrite').store;
    if (verdict.forget === 'all') await pages.delete(IDBKeyRange.bound([slug], [slug, []]));
    else for (const place of verdict.forget) await pages.delete([slug, place]);
    if ((await pages.count()) > MOST_PARTS) await pages.clear();
    for (const { place, node } of verdict.keep) await pages.put({ ...about, place, node });
  });
}

/** A page came with its document: asks for its parts as well, unless they are here already. */
export async function keepPage(path: string, language: string): Promise<void> {
  await keepShell(language).catch(() => undefined);
  const page = keptPage(path);
  if (!page || (await isKept(page))) return;
  const before = mark();
  const address = wholePage(page);
  const response = await fetch(address).catch(() => null);
  if (response?.ok) await remember(page, response, before);
}

async function isKept(page: KeptPage): Promise<boolean> {
  const person = await keptPerson();
  const parts = askedFor(new URL(wholePage(page), location.origin))?.parts ?? [];
  if (person === null) return false;
  const kept = await withKept(person, (database) =>
    Promise.all(
      parts.flatMap((isAsked, part) =>
        isAsked ? [database.get('pages', [page.slug, placeOf(page, part, parts.length)])] : [],
      ),
    ),
  );
  const isRecent = (part: KeptPart | undefined) => part?.build === version && Date.now() - part.at < RENEW_MS;
  return kept?.every(isRecent) ?? false;
}
