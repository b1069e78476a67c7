import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { customer } from '$lib/data/customers/fixtures';
import type { Stage } from '$lib/domain/stages';
import { BoardDrag, type Drag } from './board-drag.svelte';
import { BoardLists } from './board-lists';

const columns: Partial<Record<Stage, string[]>> = { lead: ['a', 'b', 'c'], qualified: ['d'], proposal: [] };

function board(mayLift = true) {
  const heard: string[] = [];
  const hear = (what: string) => (drag: Drag) => heard.push(`${what} ${drag.over.stage} ${drag.over.index}`);
  const cards = (stage: Stage) => (columns[stage] ?? []).map((id) => customer({ id, status: stage }));
  const drag = new BoardDrag({
    lists: new BoardLists(),
    othersIn: (stage, id) => cards(stage).filter((card) => card.id !== id),
    indexOf: ({ id, status }) => cards(status).findIndex((card) => card.id === id),
    mayLift: () => mayLift,
    onLift: hear('lift'),
    onOver: hear('over'),
    onDrop: hear('drop'),
    onCancel: hear('cancel'),
  });
  const press = (key: string) => drag.key(new KeyboardEventLike(key) as KeyboardEvent, customer({ id: 'b' }));
  return { drag, heard, press };
}

/** Node has no keyboard. */
class KeyboardEventLike {
  readonly repeat = false;
  constructor(readonly key: string) {}
}

beforeEach(() => {
  vi.stubGlobal('requestAnimationFrame', vi.fn());
  vi.stubGlobal('cancelAnimationFrame', vi.fn());
  vi.stubGlobal('Element', Object);
});
afterEach(() => vi.unstubAllGlobals());

describe('carrying a card by keyboard', () => {
  it('lifts with space, goes by arrows, drops with space', () => {
    const { heard, press } = board();
    expect([' ', 'ArrowDown', 'ArrowRight', 'ArrowUp', ' '].map(press)).toEqual([
      true,
      true,
      true,
      true,
      true,
    ]);
    expect(heard).toEqual([
      'lift lead 1',
      'over lead 2',
      'over qualified 1',
      'over qualified 0',
      'drop qualified 0',
    ]);
  });

  it('stays within the board', () => {
    const { heard, press } = board();
    [' ', 'ArrowLeft', 'ArrowUp', 'ArrowUp', 'End', 'ArrowDown'].forEach(press);
    expect(heard.slice(1)).toEqual([
      'over lead 1',
      'over lead 0',
      'over lead 0',
      'over lead 2',
      'over lead 2',
    ]);
  });

  it('is cancelled by escape, and by leaving with tab, which still moves on', () => {
    const { heard, press } = board();
    expect([press(' '), press('Escape'), press(' '), press('Tab')]).toEqual([true, true, true, false]);
    expect(heard.filter((what) => what.startsWith('cancel')).length).toBe(2);
  });

  it('leaves other keys to the page, and cards alone that may not be moved', () => {
    expect(board().press('Enter')).toBe(false);
    const refused = board(false);
    refused.press(' ');
    expect([refused.drag.active, refused.heard]).toEqual([null, []]);
  });
});

describe('carrying a card by pointer', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const element = {
    closest: () => null,
    getBoundingClientRect: () => ({ left: 10, top: 10, width: 200 }),
    setPointerCapture: vi.fn(),
  };

  function pointer(pointerType: 'mouse' | 'touch', clientX: number, clientY = 20) {
    const event = { button: 0, isPrimary: true, pointerId: 1, pointerType, clientX, clientY };
    return { ...event, target: null, currentTarget: element } as unknown as PointerEvent & {
      currentTarget: HTMLElement;
    };
  }

  it('begins after a few pixels by mouse; a click stays a click', () => {
    const { drag, heard } = board();
    drag.press(pointer('mouse', 20), customer({ id: 'b' }));
    drag.move(pointer('mouse', 23));
    drag.up(pointer('mouse', 23));
    expect([heard, drag.swallowsClick()]).toEqual([[], false]);
    drag.press(pointer('mouse', 20), customer({ id: 'b' }));
    drag.move(pointer('mouse', 30));
    drag.up(pointer('mouse', 30));
    expect(heard[0]).toBe('lift lead 1');
    expect(heard.at(-1)).toBe('drop lead 1');
    expect(drag.swallowsClick()).toBe(true);
  });

  it('begins after a long press by finger; a swipe scrolls', () => {
    const { drag, heard } = board();
    drag.press(pointer('touch', 20), customer({ id: 'b' }));
    drag.move(pointer('touch', 20, 60));
    vi.advanceTimersByTime(1_000);
    expect(heard).toEqual([]);
    drag.press(pointer('touch', 20), customer({ id: 'b' }));
    vi.advanceTimersByTime(300);
    expect(drag.active?.mode).toBe('pointer');
    drag.abort(pointer('touch', 20));
    expect(heard.at(-1)).toBe('cancel lead 1');
  });
});
