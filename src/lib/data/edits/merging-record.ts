import { AppError } from '$lib/supabase/errors';
import type { Edit } from './edit';
import type { Answer } from './send';

/**
 * One record that merges by field as the database does, for tests of what makes edits. Whoever was faster is called "ben".
 *
 * @param row the stored values, which edits change in place
 */
export function mergePatch(row: Record<string, string>, edit: Edit): Answer {
  if (edit.kind !== 'patch') throw new AppError({ kind: 'bug', code: 'unexpected' });
  const answer = { applied: [] as string[], conflicts: [] as Answer['conflicts'][number][], record: null };
  for (const [field, yours] of Object.entries(edit.changes)) {
    if (yours === row[field]) continue;
    if (edit.seen[field] === row[field]) {
      row[field] = String(yours);
      answer.applied.push(field);
    } else answer.conflicts.push({ field, yours, theirs: row[field], by: 'ben', at: 'then' });
  }
  return answer;
}
