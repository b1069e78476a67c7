import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bothTexts, diff, isEmptyPatch } from './patch';

const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.string()));
/** A row: its fields are named as columns are. */
const record = fc.dictionary(fc.stringMatching(/^[a-z][a-z_]*$/), value);

describe('an edit', () => {
  it('sends only what changed, with what was seen', () => {
    expect(diff({ name: 'Old', phone: '1', email: null }, { name: 'New', phone: '1', email: '' })).toEqual({
      changes: { name: 'New' },
      seen: { name: 'Old' },
    });
  });

  it('clears a field with null, not with empty text', () => {
    expect(diff({ phone: '1' }, { phone: '' }).changes).toEqual({ phone: null });
  });

  it('of nothing sends nothing', () => {
    fc.assert(
      fc.property(record, (before) => {
        expect(isEmptyPatch(diff(before, { ...before }))).toBe(true);
      }),
    );
  });

  it('applied to what was seen gives what was meant', () => {
    fc.assert(
      fc.property(record, record, (before, after) => {
        const result: Record<string, unknown> = { ...before, ...diff(before, after).changes };
        for (const [field, meant] of Object.entries(after)) {
          expect(fc.stringify(result[field] || null)).toBe(fc.stringify(meant || null));
        }
      }),
    );
  });
});

describe('keeping both texts', () => {
  it('joins them once, theirs first', () => {
    expect(bothTexts('Call in May', 'Prefers mail')).toBe('Call in May Prefers mail');
    expect(bothTexts('Call', 'Call in May')).toBe('Call in May');
    expect(bothTexts('', 'Mine')).toBe('Mine');
  });
});
