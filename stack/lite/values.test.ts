import { describe, expect, test } from 'vitest';
import { isoTimestamp, jsonNumber, requestJson } from './values.ts';

describe('values of the REST server', () => {
  test.each([
    ['2026-11-21 06:23:11.997031+00', '2026-11-21T06:23:11.997031+00:00'],
    ['2026-11-21 06:23:11+05:30', '2026-11-21T06:23:11+05:30'],
    ['2026-11-21 06:23:11', '2026-11-21T06:23:11'],
    ['infinity', 'infinity'],
  ])('writes the timestamp %s as %s', (text, expected) => {
    expect(isoTimestamp(text)).toBe(expected);
  });

  test.each([
    ['52000.00', 52000],
    ['-0.5', -0.5],
    ['NaN', 'NaN'],
    ['Infinity', 'Infinity'],
  ])('writes the numeric %s as %s', (text, expected) => {
    expect(jsonNumber(text)).toBe(expected);
  });

  test.each([
    ['{"name":"x"}', '{"name":"x"}'],
    [{ name: 'x' }, '{"name":"x"}'],
    [[1, null], '[1,null]'],
    ['plain words', '"plain words"'],
    [false, 'false'],
  ])('takes the JSON %j as %s', (value, expected) => {
    expect(requestJson(value)).toBe(expected);
  });
});
