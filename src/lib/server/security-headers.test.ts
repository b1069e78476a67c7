import { describe, expect, it } from 'vitest';
import { applySecurityHeaders } from './security-headers';

function applied(
  policy: string | null,
  circumstances = { backendUrl: 'same-origin', isSecure: false },
): Headers {
  const response = new Response('', policy ? { headers: { 'content-security-policy': policy } } : {});
  applySecurityHeaders(response, circumstances);
  return response.headers;
}
const page = "default-src 'self'; connect-src 'self'; frame-ancestors 'none'";

describe('applySecurityHeaders', () => {
  it('leaves a page its own content policy, and lets it reach a backend elsewhere', () => {
    expect(applied(page).get('content-security-policy')).toBe(page);
    expect(
      applied(page, { backendUrl: 'https://p.supabase.co', isSecure: true }).get('content-security-policy'),
    ).toContain("connect-src 'self' https://p.supabase.co wss://p.supabase.co;");
  });

  it('allows nothing to what is no page', () => {
    expect(applied(null).get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
  });

  it('asks for TLS only where there is TLS', () => {
    expect(applied(page).has('strict-transport-security')).toBe(false);
    expect(
      applied(page, { backendUrl: 'same-origin', isSecure: true }).get('strict-transport-security'),
    ).toMatch(/^max-age=\d{8}/);
  });
});
