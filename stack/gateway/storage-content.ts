/**
 * What a browser may show on its own: kinds that hold no script. The whole header is compared: `application/pdf+xml` is a
 * page with scripts, and of `application/pdf, text/html` browsers take the last.
 */
const shown =
  /^(?:image\/(?:png|jpeg|gif|webp|avif|bmp|x-icon)|(?:audio|video)\/[a-z0-9-]+|application\/pdf|text\/plain(?:; ?charset=[a-z0-9-]+)?)$/i;

/**
 * The answer with a file, as harmless as it can be. Files come from anybody who may add one, and here they lie below the
 * app's own origin: what is not plainly a picture, a recording, text or a PDF is saved instead of shown, HTML is text as
 * on hosted projects, and nothing runs a script. `?download` saves under the name given, or the file's own.
 */
export function harmless(answer: Response, url: URL): Response {
  if (!answer.ok) return answer;
  const headers = new Headers(answer.headers);
  const kind = headers.get('content-type') ?? '';
  if (/^text\/html/i.test(kind)) headers.set('content-type', 'text/plain; charset=utf-8');
  headers.set('x-content-type-options', 'nosniff');
  // Browsers show no PDF in a sandbox; their viewer runs nothing of this origin's.
  if (!/^application\/pdf$/i.test(kind))
    headers.set('content-security-policy', "default-src 'none'; sandbox");
  const download = url.searchParams.get('download');
  if (download !== null || !shown.test(headers.get('content-type') ?? ''))
    headers.set('content-disposition', attachment(download ?? ''));
  return new Response(answer.body, { status: answer.status, headers });
}

/** RFC 6266, with the name as RFC 8187 spells letters of any alphabet. */
function attachment(name: string): string {
  if (name === '') return 'attachment';
  const spelled = encodeURIComponent(name).replace(
    /['()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename*=UTF-8''${spelled}`;
}
