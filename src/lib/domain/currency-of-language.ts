/** Currencies of the regions the product is made for; the rest of its world pays in euro. */
const BY_REGION: Readonly<Record<string, string>> = {
  US: 'USD',
  GB: 'GBP',
  CH: 'CHF',
  LI: 'CHF',
  EG: 'EGP',
  AE: 'AED',
  SA: 'SAR',
  QA: 'QAR',
  KW: 'KWD',
  JO: 'JOD',
  MA: 'MAD',
  TR: 'TRY',
  SE: 'SEK',
  PL: 'PLN',
};

/** Languages that say where a person is even without a region. */
const REGION_OF: Readonly<Record<string, string>> = { tr: 'TR', sv: 'SE', pl: 'PL' };

/**
 * The currency a new organisation most likely counts in, from what the browser says about its languages
 * ("en-GB,en;q=0.9"). It can be changed at any time.
 */
export function currencyOfLanguages(acceptLanguage: string | null): string {
  for (const part of (acceptLanguage ?? '').split(',')) {
    const [language = '', ...rest] = (part.split(';')[0] ?? '').trim().split('-');
    const region =
      rest.find((tag) => /^[a-z]{2}$/i.test(tag))?.toUpperCase() ?? REGION_OF[language.toLowerCase()];
    if (region) return BY_REGION[region] ?? 'EUR';
  }
  return 'EUR';
}
