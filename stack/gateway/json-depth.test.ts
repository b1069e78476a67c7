import { describe, expect, it } from 'vitest';
import { createDepthGauge } from './json-depth.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('the depth of JSON', () => {
  it.each([
    ['a flat object', '{"a": 1, "b": "x"}', true],
    ['three levels', '{"a": [{}]}', true],
    ['four levels', '{"a": [{"b": []}]}', false],
    ['many brackets side by side', `[${'[],'.repeat(1000)}[]]`, true],
    ['brackets in text', '{"a": "[[[[[[[["}', true],
    ['brackets after an escaped quote', String.raw`{"a": "\"[[[[[["}`, true],
    ['brackets after an escaped backslash', String.raw`{"a": "\\", "b": [[[[]]]]}`, false],
    ['letters of several bytes', '{"ä": ["ف"]}', true],
  ])('of %s is judged right', (_, text, expected) => {
    expect(createDepthGauge(3)(bytes(text))).toBe(expected);
  });

  it('is carried from chunk to chunk', () => {
    const gauge = createDepthGauge(3);
    const verdicts = Array.from('{"[":[{"\\"":[', (letter) => gauge(bytes(letter)));
    expect(verdicts.lastIndexOf(true)).toBe(verdicts.length - 2);
    expect(verdicts.at(-1)).toBe(false);
  });
});
