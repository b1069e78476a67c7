import { toAppError } from '$lib/supabase/errors';
import type { DataContext } from '../context';
import type { Edits } from './edits.svelte';
import { sendEdit } from './send';

/**
 * Makes edits now or not at all. For what decides who gets in: nobody should find that done hours later, or taken back
 * by a key.
 */
export function editsAtOnce(
  data: DataContext,
): Pick<Edits, 'perform' | 'conflictOf' | 'resolve' | 'isWaiting'> {
  return {
    async perform(draft) {
      const edit = { ...draft, id: crypto.randomUUID(), orgId: data.orgId, at: new Date().toISOString() };
      try {
        const answer = await sendEdit(data, edit, false);
        return { kind: answer.conflicts.length > 0 ? 'conflict' : 'done', ...answer };
      } catch (cause) {
        return { kind: 'refused', error: toAppError(cause) };
      }
    },
    conflictOf: () => null,
    resolve: async () => null,
    isWaiting: () => false,
  };
}
