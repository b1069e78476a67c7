import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deviceOf } from './user-agent';

const webkit = 'AppleWebKit/537.36 (KHTML, like Gecko)';

describe('deviceOf', () => {
  it.each([
    [
      `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webkit} Chrome/142.0.0.0 Safari/537.36`,
      'Chrome',
      'Windows',
      'computer',
    ],
    [
      `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webkit} Chrome/142.0 Safari/537.36 Edg/142.0`,
      'Edge',
      'Windows',
      'computer',
    ],
    [
      'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
      'Firefox',
      'Linux',
      'computer',
    ],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15',
      'Safari',
      'macOS',
      'computer',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1',
      'Safari',
      'iOS',
      'phone',
    ],
    [
      `Mozilla/5.0 (Linux; Android 15; Pixel 9) ${webkit} Chrome/142.0 Mobile Safari/537.36`,
      'Chrome',
      'Android',
      'phone',
    ],
    [
      `Mozilla/5.0 (Linux; Android 15; SM-X910) ${webkit} SamsungBrowser/28.0 Chrome/130.0 Safari/537.36`,
      'Samsung Internet',
      'Android',
      'tablet',
    ],
    [
      `Mozilla/5.0 (X11; CrOS x86_64 16000.0.0) ${webkit} Chrome/142.0 Safari/537.36`,
      'Chrome',
      'ChromeOS',
      'computer',
    ],
  ])('reads %s', (text, browser, system, kind) => expect(deviceOf(text)).toEqual({ browser, system, kind }));

  it.each([[null], [''], ['node'], ['curl/8.5.0'], ['Mozilla/5.0'], ['<script>alert(1)</script>']])(
    'takes %s for a program',
    (text) => expect(deviceOf(text)).toEqual({ browser: null, system: null, kind: 'program' }),
  );

  it('reads anything, of any length', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 3000 }), (text) => {
        expect(['computer', 'phone', 'tablet', 'program']).toContain(deviceOf(`Mozilla/5.0 ${text}`).kind);
      }),
    );
  });
});
