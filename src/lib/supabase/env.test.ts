import { describe, expect, it } from 'vitest';
import { parseEnv } from './env';

const complete = {
  PUBLIC_SUPABASE_URL: 'http://127.0.0.1:54321/',
  PUBLIC_SUPABASE_PUBLISHABLE_KEY: 'sb_publishable_key',
};

describe('parseEnv', () => {
  it('needs no more than an address and a key', () => {
    expect(parseEnv(complete)).toEqual({
      supabaseUrl: 'http://127.0.0.1:54321',
      publishableKey: 'sb_publishable_key',
      browserUrl: 'http://127.0.0.1:54321',
      secretKey: undefined,
      demoFile: undefined,
      mailUrl: undefined,
    });
  });

  it('lets the browser use the origin of the page', () => {
    expect(parseEnv({ ...complete, PUBLIC_SUPABASE_BROWSER_URL: 'same-origin' }).browserUrl).toBe(
      'same-origin',
    );
  });

  it('takes an empty variable for a missing one', () => {
    expect(
      parseEnv({ ...complete, TANDEM_DEMO_FILE: '', PUBLIC_SUPABASE_BROWSER_URL: '' }).demoFile,
    ).toBeUndefined();
  });

  it('names every variable that is wrong in one message', () => {
    expect(() => parseEnv({ PUBLIC_SUPABASE_URL: 'ftp://x' })).toThrow(
      /PUBLIC_SUPABASE_URL must be.*PUBLIC_SUPABASE_PUBLISHABLE_KEY is missing/,
    );
  });
});
