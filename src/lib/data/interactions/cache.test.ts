import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addInteraction, appendOlder, foldCorrections, nextStep, toTimeline, type Timeline } from './cache';
import { interaction } from './fixtures';

const EMPTY: Timeline = { entries: [], cursor: null };
const entries = fc.uniqueArray(
  fc
    .record({
      id: fc.uuid(),
      occurred_at: fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    })
    .map(interaction),
  { selector: ({ id }) => id },
);

describe('a timeline', () => {
  it('is the same whatever order entries arrive in, and however often', () => {
    fc.assert(
      fc.property(entries, (all) => {
        const forwards = [...all, ...all].reduce(addInteraction, EMPTY);
        expect(all.toReversed().reduce(addInteraction, EMPTY)).toEqual(forwards);
        expect(forwards.entries.length).toBe(all.length);
      }),
    );
  });

  it('does not show a late entry that is older than what has been loaded', () => {
    const loaded = toTimeline([interaction({ id: 'b', occurred_at: '2026-03-01T00:00:00Z' })], 1);
    expect(addInteraction(loaded, interaction({ id: 'c', occurred_at: '2026-02-01T00:00:00Z' }))).toBe(
      loaded,
    );
    expect(appendOlder(loaded, toTimeline([interaction()], 30)).entries.length).toBe(2);
  });
});

describe('corrections', () => {
  const first = interaction({ id: 'first' });
  const second = interaction({ id: 'second', corrects_id: 'first' });
  const third = interaction({ id: 'third', corrects_id: 'second' });

  it('stand in the place of what they correct, with the whole story', () => {
    expect(foldCorrections([third, second, first])).toEqual([
      { interaction: third, corrected: [second, first] },
    ]);
  });

  it('stand by themselves while the original is not loaded', () => {
    expect(foldCorrections([second])).toEqual([{ interaction: second, corrected: [] }]);
  });
});

it('the next step is the one named last', () => {
  const timeline = foldCorrections([
    interaction({ id: 'c' }),
    interaction({ id: 'b', next_action: 'Send the offer' }),
    interaction({ id: 'a', next_action: 'Call' }),
  ]);
  expect(nextStep(timeline)?.next_action).toBe('Send the offer');
  expect(nextStep([])).toBeNull();
});
