import { getLocale, getTextDirection } from '$lib/paraglide/runtime';

/** Letters of scripts that run from right to left. */
const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/**
 * A name for the middle of a sentence of the other direction: without the marks around it, a full stop or number beside it
 * jumps to its far end. For text that is no markup (there, `<bdi>` does it).
 */
export function isolated(name: string): string {
  const isRightToLeft = getTextDirection(getLocale()) === 'rtl';
  return isRightToLeft || rightToLeft.test(name) ? `\u2068${name}\u2069` : name;
}
