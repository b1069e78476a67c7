import type { Stage } from '$lib/domain/stages';

/** Height of a card and of the space to the next, in pixels. One height for all is what keeps long columns cheap. */
export const CARD_HEIGHT = 92;
export const CARD_PITCH = CARD_HEIGHT + 8;

export interface Point {
  x: number;
  y: number;
}

/** Where the list of a column is on screen, and how far it is scrolled. */
export interface ColumnBox {
  stage: Stage;
  left: number;
  right: number;
  top: number;
  bottom: number;
  scrollTop: number;
  /** Cards in the column, the moving one not counted. */
  count: number;
}

/** A gap between the cards of a column: 0 is above the first. */
export interface Gap {
  stage: Stage;
  index: number;
}

/**
 * The gap that a dragged card is over: the column under its centre (or the nearest), and the gap that its top edge is
 * closest to.
 *
 * @param card the card's top left corner and width, on screen
 */
export function locate(columns: readonly ColumnBox[], card: Point & { width: number }): Gap | null {
  const centre = card.x + card.width / 2;
  let nearest: ColumnBox | null = null;
  let distance = Infinity;
  for (const column of columns) {
    const away = Math.max(column.left - centre, centre - column.right, 0);
    if (away < distance) [nearest, distance] = [column, away];
  }
  if (!nearest) return null;
  const top = Math.min(Math.max(card.y, nearest.top - CARD_PITCH / 2), nearest.bottom);
  const index = Math.round((top - nearest.top + nearest.scrollTop) / CARD_PITCH);
  return { stage: nearest.stage, index: Math.min(Math.max(index, 0), nearest.count) };
}

/**
 * How fast to scroll, in pixels per frame, when the pointer is near the start (negative) or end of a scrolling area.
 */
export function edgeSpeed(position: number, start: number, end: number): number {
  const zone = Math.min(56, (end - start) / 4);
  const fastest = 16;
  if (position < start + zone) return -fastest * Math.min(1, (start + zone - position) / zone);
  if (position > end - zone) return fastest * Math.min(1, (position - (end - zone)) / zone);
  return 0;
}

/** The cards worth drawing: those in view and some to either side. */
export function visibleRange(
  scrollTop: number,
  viewport: number,
  count: number,
  overscan: number,
): { start: number; end: number } {
  const first = Math.floor(scrollTop / CARD_PITCH) - overscan;
  const last = Math.ceil((scrollTop + viewport) / CARD_PITCH) + overscan;
  const start = Math.min(Math.max(0, first), count);
  return { start, end: Math.min(count, Math.max(last, start)) };
}

/**
 * A card's place in a column's content, for the others: in widths of the column from its start edge and in cards from
 * its top, as their screens have other sizes and scroll positions.
 */
export function toShared(card: Point, column: ColumnBox, isRtl: boolean, width: number): Point {
  const columnWidth = column.right - column.left;
  const fromStart = isRtl ? column.right - (card.x + width) : card.x - column.left;
  return {
    x: round(clamp(fromStart / columnWidth, -20, 20)),
    y: round(clamp((card.y - column.top + column.scrollTop) / CARD_PITCH, -1000, 1_000_000)),
  };
}

/** The same place on this screen; kept within the column's height, so that a card held far below stays in sight. */
export function fromShared(shared: Point, column: ColumnBox, isRtl: boolean, width: number): Point {
  const columnWidth = column.right - column.left;
  const fromStart = shared.x * columnWidth;
  const y = column.top + shared.y * CARD_PITCH - column.scrollTop;
  return {
    x: isRtl ? column.right - fromStart - width : column.left + fromStart,
    y: clamp(y, column.top - CARD_HEIGHT / 2, Math.max(column.top, column.bottom - CARD_HEIGHT / 2)),
  };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
