import { describe, expect, it } from 'vitest';
import { answerFrom, askedFor, judge, keptPage, placeOf, wholePage } from './page-parts';

const board = { slug: 'harbour', path: '/harbour/pipeline' };
const data = (value: string) => ({ type: 'data', data: [value], uses: {} });

describe('keptPage', () => {
  it('keeps the daily work of an organisation', () => {
    expect(keptPage('/harbour/pipeline')).toEqual(board);
    expect(keptPage('/harbour/customers/0196f0a2-0000-7000-8000-000000000001')).not.toBeNull();
  });

  it.each([
    '/harbour/settings/members',
    '/harbour/settings/audit/export/csv',
    '/harbour/settings/api-keys',
    '/account/profile',
    '/account/sessions',
    '/invitations/0196f0a2',
    '/auth/token',
    '/auth/confirm',
    '/api/products',
    '/api/v1/customers',
    '/rest/v1/customers',
    '/sign-in',
    '/',
  ])('never keeps %s', (path) => {
    expect(keptPage(path)).toBeNull();
    expect(askedFor(new URL(`https://app.test${path}/__data.json?x-sveltekit-invalidated=01`))).toBeNull();
  });
});

describe('answers of the app server', () => {
  it('come back part by part as they were asked for', () => {
    const asked = askedFor(new URL(wholePage(board), 'https://app.test'));
    expect(asked).toEqual({ page: board, parts: [false, true, true, true] });
    const { keep } = judge(board, { type: 'data', nodes: [null, data('me'), data('org'), data('page')] });
    const kept = new Map(keep.map(({ place, node }) => [place, node]));

    const products = { slug: 'harbour', path: '/harbour/products' };
    const frames = [0, 1, 2, 3].map((part) => kept.get(placeOf(products, part, 4)));
    expect(frames, 'the frames serve every page of the organisation').toEqual([
      undefined,
      data('me'),
      data('org'),
      undefined,
    ]);
    expect(answerFrom([false, false, true, false], frames)).toBe(
      JSON.stringify({
        type: 'data',
        nodes: [{ type: 'skip' }, { type: 'skip' }, data('org'), { type: 'skip' }],
      }),
    );
    expect(answerFrom([false, true, true, true], frames), 'a page never opened is not there').toBeNull();
  });

  it('keep nothing of what the running app had already', () => {
    const skip = { type: 'skip' };
    const { keep } = judge(board, { type: 'data', nodes: [skip, skip, skip, data('page')] });
    expect(keep).toEqual([{ place: '/harbour/pipeline', node: data('page') }]);
  });

  it('take away what may no longer be seen, and nothing when the server merely fails', () => {
    const refused = (status: number) => ({ type: 'error', error: { code: 'x' }, status });
    expect(judge(board, { type: 'data', nodes: [null, data('me'), refused(404)] })).toEqual({
      keep: [],
      forget: 'all',
      isSignedOut: false,
    });
    const page = judge(board, { type: 'data', nodes: [null, data('me'), data('org'), refused(403)] });
    expect(page.forget).toEqual(['/harbour/pipeline']);
    const broken = judge(board, { type: 'data', nodes: [null, data('me'), data('org'), refused(500)] });
    expect(broken.forget).toEqual([]);
  });

  it('tell when nobody is signed in any more', () => {
    expect(judge(board, { type: 'redirect', location: '/sign-in?next=%2F' }).isSignedOut).toBe(true);
    expect(judge(board, { type: 'redirect', location: '/sign-in-x/pipeline' }).isSignedOut).toBe(false);
    expect(judge(board, { type: 'redirect', location: '/other/pipeline' }).isSignedOut).toBe(false);
    expect(judge(board, '<html>')).toEqual({ keep: [], forget: [], isSignedOut: false });
  });
});
