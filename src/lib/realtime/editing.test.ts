import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  EDITING_REPEAT_MS,
  EDITING_TIMEOUT_MS,
  EditingSender,
  expireEditing,
  receiveEditing,
  withoutGone,
  type Editors,
} from './editing';
import type { EditingEvent } from './events';

const everyone = () => true;
const nobody: Editors = new Map();
const said = (fields: Partial<EditingEvent>): EditingEvent => ({
  user_id: 'lena',
  tab: 'one',
  field: 'name',
  ...fields,
});
const hear = (events: EditingEvent[], isColleague: (userId: string) => boolean = everyone) =>
  events.reduce((editors, event, index) => receiveEditing(editors, event, index, isColleague), nobody);
const fields = (editors: Editors) => [...editors.values()].map(({ userId, field }) => `${userId} ${field}`);

describe('who is in which field', () => {
  it('is known for each window: leaving one field is not leaving the other', () => {
    const both = [said({}), said({ tab: 'two', field: 'email' })];
    expect(fields(hear([...both, said({ tab: 'two', field: null })]))).toEqual(['lena name']);
    expect(fields(hear([...both, said({ field: 'phone' })]))).toEqual(['lena email', 'lena phone']);
  });

  it('is shown of colleagues only, and of no more windows than somebody has', () => {
    expect(hear([said({ user_id: 'stranger' })], (userId) => userId === 'lena').size).toBe(0);
    const flood = Array.from({ length: 500 }, (_, index) => said({ tab: `${index}` }));
    expect(hear(flood).size).toBeLessThan(10);
  });

  it('ends a few seconds after the last news, and at once when the person is gone', () => {
    const editors = receiveEditing(nobody, said({}), 1_000, everyone);
    expect(expireEditing(editors, 999 + EDITING_TIMEOUT_MS)).toBe(editors);
    expect(expireEditing(editors, 1_000 + EDITING_TIMEOUT_MS).size).toBe(0);
    expect(withoutGone(editors, new Set(['ben']))).toBe(editors);
    expect(withoutGone(editors, new Set(['lena'])).size).toBe(0);
  });

  it('survives one lost message', () => {
    expect(EDITING_TIMEOUT_MS).toBeGreaterThan(2 * EDITING_REPEAT_MS);
  });
});

describe('telling others', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('a caret that moves with every key is told a few times a second, the last place for sure', () => {
    const send = vi.fn();
    const sender = new EditingSender(send, 'me');
    sender.tell('name');
    for (let start = 1; start <= 100; start++) {
      sender.tellCaret('name', { start, end: start });
      vi.advanceTimersByTime(10);
    }
    vi.advanceTimersByTime(200);
    expect(send.mock.calls.length).toBeLessThanOrEqual(10);
    expect(send.mock.lastCall?.[1]).toMatchObject({ field: 'name', caret: { start: 100, end: 100 } });
  });

  it('goes on while the person stays, begins without a caret in the next field, and ends when they leave', () => {
    const send = vi.fn();
    const sender = new EditingSender(send, 'me');
    sender.tell('name');
    sender.tellCaret('name', { start: 1, end: 1 });
    vi.advanceTimersByTime(EDITING_REPEAT_MS * 3 + 200);
    expect(send.mock.calls.length).toBeGreaterThanOrEqual(4);
    sender.tell('name');
    expect(send.mock.lastCall?.[1], 'said again').toMatchObject({
      field: 'name',
      caret: { start: 1, end: 1 },
    });
    sender.pause();
    expect(send.mock.lastCall?.[1]).toMatchObject({ field: null });
    const paused = send.mock.calls.length;
    vi.advanceTimersByTime(EDITING_REPEAT_MS * 3);
    expect(send.mock.calls.length).toBe(paused);
    sender.repeat();
    expect(send.mock.lastCall?.[1], 'joined anew').toMatchObject({
      field: 'name',
      caret: { start: 1, end: 1 },
    });
    sender.tell('email');
    sender.tellCaret('name', { start: 2, end: 2 });
    expect(send.mock.lastCall?.[1]).toEqual({ user_id: 'me', tab: expect.any(String), field: 'email' });
    sender.tell(null);
    const sent = send.mock.calls.length;
    vi.advanceTimersByTime(10_000);
    expect(send.mock.lastCall?.[1]).toMatchObject({ field: null });
    expect(send.mock.calls.length).toBe(sent);
  });
});
