/** In characters; a longer address would make a header that clients and proxies refuse. */
const longest = 2000;

/**
 * Turns an address from outside (`?next=`, an e-mail link, a referrer) into one that surely stays in this app.
 *
 * @returns path, query and hash; `fallback` for anything that leads elsewhere or cannot be read
 */
export function safeRedirect(target: string | null | undefined, origin: string, fallback = '/'): string {
  // Browsers read a backslash as a slash and drop control characters, so "/\evil" and "/\t/evil" would leave.
  if (!target || /[\\\u0000-\u001f\u007f]/.test(target)) return fallback;
  if (!URL.canParse(target, origin)) return fallback;
  const url = new URL(target, origin);
  if (url.origin !== origin || url.pathname.startsWith('//')) return fallback;
  const path = url.pathname + url.search + url.hash;
  return path.length > longest ? fallback : path;
}
