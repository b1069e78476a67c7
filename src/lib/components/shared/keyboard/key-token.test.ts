import { describe, expect, it } from 'vitest';
import { holdsText, keyToken, nextSequence, type KeyPress } from './key-token';

const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  code: '',
  metaKey: false,
  ctrlKey: false,
  shiftKey: false,
  altKey: false,
  ...more,
});

describe('keyToken', () => {
  it('names letters in lower case and symbols as they are', () => {
    expect(keyToken(press('G'))).toBe('g');
    expect(keyToken(press('?'))).toBe('?');
    expect(keyToken(press('Escape'))).toBe('Escape');
  });

  it('treats command and control alike', () => {
    expect(keyToken(press('k', { metaKey: true }))).toBe('⌘K');
    expect(keyToken(press('k', { ctrlKey: true }))).toBe('⌘K');
    expect(keyToken(press('Z', { ctrlKey: true, shiftKey: true }))).toBe('⇧⌘Z');
    expect(keyToken(press('?', { shiftKey: true }))).toBe('?');
  });

  it('reads the place of the key on an Arabic layout', () => {
    expect(keyToken(press('ل', { code: 'KeyG' }))).toBe('g');
    expect(keyToken(press('؟', { code: 'Slash' }))).toBe('?');
  });

  it('leaves combinations with alt and bare modifiers alone', () => {
    expect(keyToken(press('g', { altKey: true }))).toBeNull();
    expect(keyToken(press('Shift'))).toBeNull();
  });
});

describe('holdsText', () => {
  it('leaves the keys of writing to texts, and not to lists and boxes, which take nothing back', () => {
    expect(['text', 'search', 'date', 'textarea'].filter(holdsText)).toHaveLength(4);
    expect(['select', 'checkbox', 'radio'].filter(holdsText)).toEqual([]);
  });
});

describe('nextSequence', () => {
  const starts = (keys: string) => 'g p'.startsWith(keys);

  it('waits after the first key of a sequence and completes it with the second', () => {
    expect(nextSequence(null, 'g', starts)).toEqual({ keys: 'g', waits: true });
    expect(nextSequence('g', 'p', starts)).toEqual({ keys: 'g p', waits: false });
  });

  it('does not wait after a key that starts nothing', () => {
    expect(nextSequence(null, 'x', starts)).toEqual({ keys: 'x', waits: false });
  });
});
