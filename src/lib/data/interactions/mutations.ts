import type { TablesInsert } from '$lib/supabase/database.types';
import { unwrap } from '$lib/supabase/errors';
import type { DataContext } from '../context';
import { applyInteraction } from './apply';
import type { Interaction } from './schema';

/**
 * Logs an interaction, or a correction of one (`corrects_id`). The id is made by the caller and kept over retries, so
 * that an answer lost on the way does not log it twice.
 *
 * @throws AppError `occurred_in_future`, `invalid_value`, `not_allowed`
 */
export async function logInteraction(
  data: DataContext,
  interaction: TablesInsert<'interactions'> & { id: string },
): Promise<Interaction> {
  const answer = await data.client.from('interactions').insert(interaction).select().single();
  const isRepeat = answer.error?.code === '23505' && /pkey/.test(answer.error.message);
  const stored = isRepeat
    ? unwrap(await data.client.from('interactions').select().eq('id', interaction.id).single())
    : unwrap(answer);
  applyInteraction(data, stored);
  return stored;
}
