import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CARD_PITCH,
  edgeSpeed,
  fromShared,
  locate,
  toShared,
  visibleRange,
  type ColumnBox,
} from './geometry';

const column = (fields: Partial<ColumnBox> = {}): ColumnBox => ({
  stage: 'lead',
  left: 0,
  right: 280,
  top: 100,
  bottom: 900,
  scrollTop: 0,
  count: 5,
  ...fields,
});
const columns = [column(), column({ stage: 'qualified', left: 300, right: 580, count: 0 })];

describe('where a dragged card would land', () => {
  it('follows its top edge, half a card decides', () => {
    expect(locate(columns, { x: 0, y: 100, width: 280 })).toEqual({ stage: 'lead', index: 0 });
    expect(locate(columns, { x: 0, y: 100 + CARD_PITCH * 0.6, width: 280 })).toEqual({
      stage: 'lead',
      index: 1,
    });
  });

  it('is the column under its centre, also an empty one, or the nearest', () => {
    expect(locate(columns, { x: 200, y: 400, width: 280 })).toEqual({ stage: 'qualified', index: 0 });
    expect(locate(columns, { x: -900, y: 400, width: 280 })?.stage).toBe('lead');
    expect(locate([], { x: 0, y: 0, width: 1 })).toBeNull();
  });

  it('counts what is scrolled out of sight', () => {
    const scrolled = [column({ scrollTop: 10 * CARD_PITCH, count: 50 })];
    expect(locate(scrolled, { x: 0, y: 100, width: 280 })?.index).toBe(10);
  });

  it('is always a gap of that column', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), fc.nat(2000), fc.nat(30), (x, y, scrollTop, count) => {
        const gap = locate([column({ scrollTop, count })], { x, y, width: 280 });
        expect(gap?.index).toBeGreaterThanOrEqual(0);
        expect(gap?.index).toBeLessThanOrEqual(count);
      }),
    );
  });
});

describe('a card in the hand of a colleague', () => {
  it('is shown in the same place of the board, on any screen, in either direction of writing', () => {
    const coordinate = fc.integer({ min: 110, max: 700 });
    fc.assert(
      fc.property(coordinate, coordinate, fc.boolean(), fc.nat(300), (x, y, isRtl, scrollTop) => {
        const here = column({ scrollTop, left: 20, right: 320 });
        const back = fromShared(toShared({ x, y }, here, isRtl, 300), here, isRtl, 300);
        expect(back.x).toBeCloseTo(x, -1);
        expect(back.y).toBeCloseTo(y, -1);
      }),
    );
  });

  it('stays at the edge of the column when it is held out of sight', () => {
    const { y } = fromShared({ x: 0, y: 500 }, column(), false, 280);
    expect(y).toBeLessThan(900);
  });
});

describe('scrolling by itself', () => {
  it('starts near the edges and is fastest at them', () => {
    expect(edgeSpeed(500, 100, 900)).toBe(0);
    expect(edgeSpeed(100, 100, 900)).toBe(-16);
    expect(edgeSpeed(2000, 100, 900)).toBe(16);
    expect(edgeSpeed(870, 100, 900)).toBeGreaterThan(0);
  });
});

it('only the cards in view and their neighbours are drawn, however long the column', () => {
  fc.assert(
    fc.property(fc.nat(2_000_000), fc.nat(3000), fc.nat(20_000), (scrollTop, viewport, count) => {
      const { start, end } = visibleRange(scrollTop, viewport, count, 4);
      expect(start).toBeGreaterThanOrEqual(0);
      expect(end).toBeLessThanOrEqual(count);
      expect(end - start).toBeLessThanOrEqual(Math.ceil(viewport / CARD_PITCH) + 10);
    }),
  );
});
