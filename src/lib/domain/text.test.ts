import { expect, it } from 'vitest';
import { matchesText } from './text';

it('finds words in any order, accents and case aside', () => {
  expect(matchesText('MULLER berlin', ['Praxis Müller', null, 'Berlin'])).toBe(true);
  expect(matchesText('muller cairo', ['Praxis Müller', 'Berlin'])).toBe(false);
  expect(matchesText('', ['anything'])).toBe(true);
});
