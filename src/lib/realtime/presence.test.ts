import { expect, it } from 'vitest';
import { readPresence } from './presence';

const lena = '6f1d2a3e-0000-4000-8000-000000000001';

it('a person with several windows is one person, at the page used last', () => {
  const people = readPresence({
    [lena]: [
      { page: '/pipeline', at: '2026-11-21T10:00:00Z' },
      { page: '/products', at: '2026-11-21T11:00:00Z' },
    ],
  });
  expect(people).toEqual([{ userId: lena, page: '/products', at: '2026-11-21T11:00:00Z' }]);
});

it('what a colleague sends is not taken at its word', () => {
  expect(readPresence({ 'not a user': [{}] })).toEqual([]);
  expect(
    readPresence({ [lena]: [{ page: '//evil.example' }, { page: 'javascript:alert(1)' }, 'nonsense'] }),
  ).toEqual([{ userId: lena, page: null, at: '' }]);
});
