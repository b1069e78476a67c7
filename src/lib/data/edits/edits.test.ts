import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pageTurns } from './alone';
import type { Edit, EditDraft } from './edit';
import { Edits } from './edits.svelte';
import { mergePatch } from './merging-record';
import { Outbox } from './outbox.svelte';
import { memoryStore } from './outbox-store';
import type { Answer } from './send';

/** One record, merged by field as the database does. */
function record() {
  const row: Record<string, string> = { phone: 'a', phase: 'a' };
  const send = async (edit: Edit): Promise<Answer> => mergePatch(row, edit);
  const outbox = new Outbox({ name: 'test', store: memoryStore(), turns: pageTurns(), send });
  return { row, edits: new Edits({ orgId: 'org' }, outbox) };
}

const patch = (field: string, value: string, seen = ''): EditDraft => ({
  kind: 'patch',
  table: 'customers',
  recordId: 'r',
  title: 'Acme',
  changes: { [field]: value },
  seen: { [field]: seen },
});

describe('taking back and doing again', () => {
  it('leaves what a colleague has changed since, and says who', async () => {
    const { row, edits } = record();
    await edits.perform(patch('phone', 'b', 'a'));
    row.phone = 'theirs';
    const undone = await edits.undo();
    expect(undone?.outcome).toMatchObject({ kind: 'conflict', conflicts: [{ by: 'ben' }] });
    expect([row.phone, edits.canUndo, edits.canRedo]).toEqual(['theirs', false, false]);
    expect(edits.outbox.entries).toEqual([]);
  });

  it('takes back only what the edit itself has changed', async () => {
    const { row, edits } = record();
    row.phase = 'theirs';
    const both: EditDraft = { ...patch('phone', 'b', 'a') };
    if (both.kind !== 'patch') return;
    await edits.perform({ ...both, changes: { phone: 'b', phase: 'b' }, seen: { phone: 'a', phase: 'a' } });
    await edits.undo();
    expect(row).toEqual({ phone: 'a', phase: 'theirs' });
  });

  it('waits for what is under way: that is the last thing done', async () => {
    const { row, edits } = record();
    const performing = edits.perform(patch('phone', 'b', 'a'));
    await Promise.all([performing, edits.undo()]);
    expect(row.phone).toBe('a');
  });

  it('takes back what was done last, not what was answered last', async () => {
    const row: Record<string, string> = { phone: 'a', phase: 'a' };
    let answer = () => undefined as void;
    const slow = new Promise<void>((resolve) => (answer = resolve));
    const send = async (edit: Edit): Promise<Answer> => {
      if (edit.recordId === 'slow') await slow;
      return mergePatch(row, edit);
    };
    const outbox = new Outbox({ name: 'test', store: memoryStore(), turns: pageTurns(), send });
    const edits = new Edits({ orgId: 'org' }, outbox);
    const first = edits.perform({ ...patch('phone', 'b', 'a'), recordId: 'slow' });
    const second = edits.perform(patch('phase', 'b', 'a'));
    await second;
    answer();
    await first;
    await edits.undo();
    expect(row).toEqual({ phone: 'b', phase: 'a' });
    await edits.undo();
    await edits.redo();
    await edits.redo();
    await edits.undo();
    expect(row, 'and in the order in which it was done again').toEqual({ phone: 'b', phase: 'a' });
  });

  it('goes as many steps back and forth as keys are pressed, without waiting in between', async () => {
    const { row, edits } = record();
    await edits.perform(patch('phone', 'b', 'a'));
    await edits.perform(patch('phase', 'b', 'a'));
    await Promise.all([edits.undo(), edits.undo(), edits.redo(), edits.redo(), edits.undo()]);
    expect(row).toEqual({ phone: 'b', phase: 'a' });
    expect([edits.canUndo, edits.canRedo]).toEqual([true, true]);
  });

  it('stores a chosen value over the one that stands there, and takes that back too', async () => {
    const { row, edits } = record();
    row.phone = 'theirs';
    await edits.perform(patch('phone', 'mine', 'a'));
    const open = edits.conflictOf('customers', 'r', 'phone');
    if (open) await edits.resolve(open.entry, 'phone', 'both');
    expect([row.phone, edits.outbox.entries]).toEqual(['theirs mine', []]);
    await edits.undo();
    expect(row.phone).toBe('theirs');
  });

  it('goes back and forth through any sequence as an editor does', async () => {
    const action = fc.oneof(
      fc.record({ field: fc.constantFrom('phone', 'phase'), value: fc.constantFrom('a', 'b', 'c', 'd') }),
      fc.constantFrom('undo' as const, 'redo' as const),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 30 }), async (actions) => {
        const { row, edits } = record();
        let [past, present, future]: [string[], string, string[]] = [[], JSON.stringify(row), []];
        for (const step of actions) {
          if (step === 'undo') {
            await edits.undo();
            const before = past.pop();
            if (before !== undefined) [present, future] = [before, [...future, present]];
          } else if (step === 'redo') {
            await edits.redo();
            const after = future.pop();
            if (after !== undefined) [past, present] = [[...past, present], after];
          } else if (row[step.field] !== step.value) {
            await edits.perform(patch(step.field, step.value, row[step.field]));
            [past, present, future] = [[...past, present], JSON.stringify(row), []];
          }
          expect(JSON.stringify(row)).toBe(present);
        }
        expect([edits.canUndo, edits.canRedo]).toEqual([past.length > 0, future.length > 0]);
      }),
    );
  });
});
