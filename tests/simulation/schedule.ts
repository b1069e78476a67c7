import fc from 'fast-check';

/** What one writer does next. Choices are shares of what is there at that moment, so that a schedule can be played again. */
export type Action =
  | { do: 'edit'; field: 'name' | 'phase' | 'address'; card: number }
  | { do: 'move'; card: number; stage: number; place: number }
  | { do: 'hand over'; card: number; to: number }
  | { do: 'add'; stage: number }
  | { do: 'trash'; card: number }
  | { do: 'drop out'; ms: number }
  | { do: 'catch up' };

export interface Step {
  /** Milliseconds before it. */
  pause: number;
  action: Action;
}

const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const kind = <Kind extends string>(...kinds: Kind[]) => fc.constantFrom(...kinds);

const action: fc.Arbitrary<Action> = fc.oneof(
  // The first cards are everybody's favourites: that is where people meet.
  {
    weight: 9,
    arbitrary: fc.record({
      do: kind('edit'),
      field: kind('name', 'phase', 'address'),
      card: share.map((n) => n ** 2),
    }),
  },
  { weight: 7, arbitrary: fc.record({ do: kind('move'), card: share, stage: share, place: share }) },
  { weight: 3, arbitrary: fc.record({ do: kind('hand over'), card: share, to: share }) },
  { weight: 2, arbitrary: fc.record({ do: kind('add'), stage: share }) },
  { weight: 1, arbitrary: fc.record({ do: kind('trash'), card: share }) },
  { weight: 2, arbitrary: fc.record({ do: kind('drop out'), ms: fc.integer({ min: 10, max: 600 }) }) },
  { weight: 1, arbitrary: fc.record({ do: kind('catch up') }) },
);

/** The steps of every writer, the same for the same seed. */
export function drawSchedule(seed: number, writers: number, steps: number): Step[][] {
  const step = fc.record({ pause: fc.integer({ min: 0, max: 120 }), action });
  const [drawn = []] = fc.sample(
    fc.array(fc.array(step, { minLength: steps, maxLength: steps, size: 'max' }), {
      minLength: writers,
      maxLength: writers,
      size: 'max',
    }),
    { seed, numRuns: 1 },
  );
  return drawn;
}
