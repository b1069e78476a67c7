import { describe, expect, it } from 'vitest';
import { reportUnsent, withPage } from './on-page';

describe('what signing out would throw away', () => {
  it('is what the browser has kept, corrected by the page where that knows better', () => {
    const stop = reportUnsent({
      kind: 'edits',
      known: () => ['sent', 'on its way', 'refused'],
      unsent: () => ['refused', 'never kept'],
    });
    const kept = ['sent', 'on its way', 'another tab’s'];
    expect([...withPage('edits', kept)]).toEqual(['another tab’s', 'refused', 'never kept']);
    expect([...withPage('notes', ['a customer'])]).toEqual(['a customer']);
    stop();
    expect([...withPage('edits', kept)]).toEqual(kept);
  });
});
