import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import './error-words-later';
import { errorWords, errorWordsForCode } from './error-words';

const folder = new URL('../../supabase/migrations/', import.meta.url);
const migrations = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), 'utf8'));
const rules = new Set(
  migrations.flatMap((sql) => [...sql.matchAll(/fail\(\d{3}, '([a-z_]+)'/g)].map(([, code]) => code)),
);

describe('errorWords', () => {
  it('finds the rules of the database', () => expect(rules.size).toBeGreaterThan(10));

  it.each([...rules])('has words for the rule %s', (code) => {
    expect(errorWordsForCode(code)).not.toBe(errorWordsForCode('no_such_code'));
  });

  it('falls back to the kind of the error', () => {
    expect(errorWords({ code: 'PT403', message: 'some_new_rule' })).toBe(errorWords({ code: '42501' }));
    expect(errorWords(new Error('x is undefined'))).toBe(errorWordsForCode('unexpected'));
  });
});
