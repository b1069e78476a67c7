/** One sum in one currency. Different currencies are never added up. */
export interface Money {
  amount: number;
  currency: string;
}

/** Currencies offered first: those of the regions the product is made for. Others are stored just as well. */
const CURRENCIES: readonly string[] = [
  'EUR',
  'USD',
  'GBP',
  'CHF',
  'EGP',
  'AED',
  'SAR',
  'QAR',
  'KWD',
  'JOD',
  'MAD',
  'TRY',
  'SEK',
  'PLN',
];

/** The currencies to choose from, each with its name, `current` among them whichever it is. */
export function currencyOptions(current: string, locale: string): { value: string; label: string }[] {
  const names = new Intl.DisplayNames(locale, { type: 'currency' });
  const nameOf = (code: string) => {
    try {
      return names.of(code) ?? code;
    } catch {
      return code;
    }
  };
  const codes = [...new Set([...CURRENCIES, current])].filter(Boolean);
  return codes.map((code) => ({ value: code, label: `${code} · ${nameOf(code)}` }));
}

const formatters = new Map<string, Intl.NumberFormat>();

function formatter(locale: string, currency: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${locale}|${currency}|${JSON.stringify(options)}`;
  const known = formatters.get(key);
  if (known) return known;
  const made = new Intl.NumberFormat(locale, { style: 'currency', currency, ...options });
  formatters.set(key, made);
  return made;
}

function format(money: Money, locale: string, options: Intl.NumberFormatOptions): string {
  try {
    return formatter(locale, money.currency, options).format(money.amount);
  } catch {
    // A currency code that the platform does not know must not take the page down.
    return `${new Intl.NumberFormat(locale).format(money.amount)} ${money.currency}`;
  }
}

/** "€12,500" or "€12,500.50": cents only where there are any. */
export function formatMoney(money: Money, locale: string): string {
  const whole = Number.isInteger(money.amount);
  return format(money, locale, whole ? { maximumFractionDigits: 0 } : {});
}

/** "€18.40", "€420.00": prices stand under each other, so every one has the currency's own decimals. */
export function formatPrice(money: Money, locale: string): string {
  return format(money, locale, {});
}

/** "€2.0M", "€2.3M", "€45K": for column headings and other narrow places, with two or three digits. Exact below 10,000. */
export function formatMoneyShort(money: Money, locale: string): string {
  if (Math.abs(money.amount) < 10_000) return format(money, locale, { maximumFractionDigits: 0 });
  // Rounded first: just below a thousand of one unit is written as one of the next.
  const amount = Number(money.amount.toPrecision(3));
  const size = Math.abs(amount);
  const decimals = size / 1_000 ** Math.floor(Math.log10(size) / 3) < 9.95 ? 1 : 0;
  return format({ ...money, amount }, locale, {
    notation: 'compact',
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
}

/** Adds in hundredths, because a sum of binary fractions drifts. */
export function addAmounts(left: number, right: number): number {
  return (Math.round(left * 100) + Math.round(right * 100)) / 100;
}

/** Sums per currency, the largest sum first; zero sums are left out. */
export function totalsByCurrency(values: Iterable<Money>): Money[] {
  const sums = new Map<string, number>();
  for (const { amount, currency } of values) sums.set(currency, addAmounts(sums.get(currency) ?? 0, amount));
  return [...sums]
    .map(([currency, amount]) => ({ currency, amount }))
    .filter(({ amount }) => amount !== 0)
    .sort((a, b) => b.amount - a.amount || a.currency.localeCompare(b.currency));
}

/**
 * What a person typed as an amount: "12,500", "12.500,50", "€ 1 200", "3k", "1.5m", also in Arabic digits.
 * @returns the amount in whole hundredths precision, or null when it is not an amount from 0 to 999,999,999,999.99.
 */
export function parseAmount(text: string): number | null {
  const latin = text
    .replace(/[\u061c\u200e\u200f]/g, '')
    .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x660))
    .replace(/٫/g, '.')
    .replace(/٬/g, ',');
  const match = /^[a-z]{0,3}\p{Sc}?\s*([\d.,\s']+)([km])?(?:\s*(?:[a-z]{3}|\p{Sc}))?$/iu.exec(latin.trim());
  if (!match?.[1]) return null;
  const plain = withoutGrouping(match[1].replace(/[\s']/g, ''));
  if (plain === null) return null;
  const factor = { k: 1_000, m: 1_000_000 }[match[2]?.toLowerCase() ?? ''] ?? 1;
  const amount = Math.round(Number(plain) * factor * 100) / 100;
  return Number.isFinite(amount) && amount <= 999_999_999_999.99 ? amount : null;
}

/** The last separator followed by one or two digits is the decimal one; groups of three are grouping. */
function withoutGrouping(digits: string): string | null {
  const decimal = /^(.*)[.,](\d{1,2})$/.exec(digits);
  const whole = decimal ? (decimal[1] ?? '') : digits;
  if (!/^\d*$/.test(whole) && !/^\d{1,3}([.,]\d{3})+$/.test(whole)) return null;
  const plain = `${whole.replace(/[.,]/g, '') || (decimal ? '0' : '')}${decimal ? `.${decimal[2]}` : ''}`;
  return plain === '' ? null : plain;
}
