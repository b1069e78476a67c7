/** Where a link in a note may lead. Anything else, such as a script, is text. */
const SCHEMES = ['http:', 'https:', 'mailto:', 'tel:'];

/** Whether an address is whole and of a kind that only leads somewhere. */
export function isSafeAddress(address: unknown): address is string {
  if (typeof address !== 'string' || address.length > 2_000) return false;
  try {
    return SCHEMES.includes(new URL(address).protocol);
  } catch {
    return false;
  }
}

/** What a person typed as the address of a link: `example.com` and `ada@example.com` do. Null when it is none. */
export function toAddress(typed: string): string | null {
  const text = typed.trim();
  if (/^[^\s@:/]+@[^\s@/]+\.[^\s@/]+$/.test(text)) return `mailto:${text}`;
  if (isSafeAddress(text)) return text;
  const guess = `https://${text}`;
  return /^[^\s:/]+\.[^\s:/]{2,}(:\d+)?(\/\S*)?$/.test(text) && isSafeAddress(guess) ? guess : null;
}
