/**
 * Which pages can be opened without a network, and how what the app server said about them is kept: part by part, since
 * pages of an organisation share their frame. The worker keeps the parts as SvelteKit sent them.
 */

/** Pages of an organisation that show its daily work. Settings, accounts, invitations and exports are never kept. */
const KEPT_PAGE =
  /^\/(?!api\/|auth\/|account\/|invitations\/)([^/]+)\/(?:pipeline|products|notifications|customers\/[0-9a-f-]{36})$/;
const DATA_SUFFIX = '/__data.json';
const ASKED_PARAM = 'x-sveltekit-invalidated';

export interface KeptPage {
  /** Of the organisation. */
  slug: string;
  /** Path of the page. */
  path: string;
}

/** The page at this path when it may be kept; null for every other. */
export function keptPage(path: string): KeptPage | null {
  const slug = KEPT_PAGE.exec(path)?.[1];
  return slug === undefined ? null : { slug, path };
}

/** What a request of the running app asks for: a page, and which of its parts (frames first, the page itself last). */
export function askedFor(url: URL): { page: KeptPage; parts: boolean[] } | null {
  if (!url.pathname.endsWith(DATA_SUFFIX)) return null;
  const page = keptPage(url.pathname.slice(0, -DATA_SUFFIX.length));
  const asked = url.searchParams.get(ASKED_PARAM);
  return page && asked && /^[01]+$/.test(asked)
    ? { page, parts: [...asked].map((part) => part === '1') }
    : null;
}

/** The address at which the app asks for everything that a page of an organisation needs. */
export function wholePage({ path }: KeptPage): string {
  // Nothing comes from the server for the outermost frame.
  return `${path}${DATA_SUFFIX}?${ASKED_PARAM}=0111`;
}

/** Where a part lies within its organisation: frames are shared by its pages. */
export function placeOf({ path }: KeptPage, part: number, count: number): string {
  return part === count - 1 ? path : `frame:${part}`;
}

type Part = null | { type: 'skip' } | { type: 'data' } | { type: 'error'; status?: number };

/** What is to be done with an answer of the app server. */
export interface Verdict {
  keep: { place: string; node: unknown }[];
  /** Places that may not be seen any more; `all` when it is the organisation. */
  forget: string[] | 'all';
  /** The answer leads to the sign-in: nobody is signed in any more. */
  isSignedOut: boolean;
}

const nothing: Verdict = { keep: [], forget: [], isSignedOut: false };

/** Reads an answer to {@link askedFor}; anything unknown is not kept. */
export function judge(page: KeptPage, answer: unknown): Verdict {
  if (typeof answer !== 'object' || answer === null || !('type' in answer)) return nothing;
  if (answer.type === 'redirect')
    return {
      ...nothing,
      isSignedOut: 'location' in answer && /^\/sign-in(?:$|[?#])/.test(String(answer.location)),
    };
  if (answer.type !== 'data' || !('nodes' in answer) || !Array.isArray(answer.nodes)) return nothing;
  const parts: Part[] = answer.nodes;
  const refused = parts.findIndex((part) => part?.type === 'error' && isRefusal(part.status));
  if (refused !== -1) return { ...nothing, forget: refused < LAST_PART ? 'all' : [page.path] };
  // An answer with an error in it is cut off there: which part is the page itself could not be told.
  if (parts.length <= LAST_PART || parts.some((part) => part?.type === 'error')) return nothing;
  const keep = parts.flatMap((node, index) =>
    node?.type === 'data' ? [{ place: placeOf(page, index, parts.length), node }] : [],
  );
  return { ...nothing, keep };
}

/** The page's own part: outermost frame, the person's, the organisation's, then the page. */
const LAST_PART = 3;

const isRefusal = (status: number | undefined) =>
  status !== undefined && [401, 403, 404, 410].includes(status);

/** Answers as the app server would, from what is kept; null when a part that was asked for is not there. */
export function answerFrom(parts: readonly boolean[], kept: readonly unknown[]): string | null {
  if (parts.some((isAsked, index) => isAsked && kept[index] === undefined)) return null;
  const nodes = parts.map((isAsked, index) => (isAsked ? kept[index] : { type: 'skip' }));
  return JSON.stringify({ type: 'data', nodes });
}
