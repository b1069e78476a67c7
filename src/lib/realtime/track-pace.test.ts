import { expect, it } from 'vitest';
import { TrackPace } from './track-pace';

it('tells a few pages at once, and never more than the server takes', () => {
  const pace = new TrackPace();
  let now = 0;
  const told: number[] = [];
  for (let page = 0; page < 12; page++) {
    now += pace.wait(now);
    pace.sent(now);
    told.push(now);
    now += 500;
  }
  expect(told.slice(0, 4)).toEqual([0, 500, 1_000, 1_500]);
  for (const at of told) {
    expect(told.filter((other) => other >= at && other < at + 30_000).length).toBeLessThanOrEqual(4);
  }
});
