/** Whether a text, of an address for instance, can be the id of a record. */
export function isId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

/** Lower case without accents, so that "Muller" finds "Müller" and "أحمد" finds "احمد". */
export function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').replace(/ß/g, 'ss').toLocaleLowerCase('en').trim();
}

/** Whether every word of the query occurs in one of the texts, accents and case aside. */
export function matchesText(query: string, texts: readonly (string | null | undefined)[]): boolean {
  const haystack = fold(texts.filter(Boolean).join(' '));
  return fold(query)
    .split(/\s+/)
    .every((word) => haystack.includes(word));
}
