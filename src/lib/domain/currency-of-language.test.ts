import { expect, it } from 'vitest';
import { currencyOfLanguages } from './currency-of-language';

it.each([
  ['en-GB,en;q=0.9', 'GBP'],
  ['ar-EG,ar;q=0.9,en-US;q=0.8', 'EGP'],
  ['de,en-US;q=0.7', 'USD'],
  ['de-CH', 'CHF'],
  ['zh-Hant-AE', 'AED'],
  ['pl', 'PLN'],
  ['fr-FR', 'EUR'],
  ['en', 'EUR'],
  ['*', 'EUR'],
  ['', 'EUR'],
  [null, 'EUR'],
])('a browser that reads %s begins with %s', (languages, currency) => {
  expect(currencyOfLanguages(languages)).toBe(currency);
});
