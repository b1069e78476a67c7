import type { DataContext } from '../context';
import { addInteraction, type Timeline } from './cache';
import { interactionKeys } from './keys';
import type { Interaction } from './schema';

/** Brings a new interaction into its customer's timeline: the one that is cached, and the one that is being read. */
export function applyInteraction(
  { queryClient, orgId, recentInteractions }: DataContext,
  interaction: Interaction,
): void {
  recentInteractions.accept({ kind: 'upsert', id: interaction.id, version: 1, row: interaction });
  queryClient.setQueryData<Timeline>(
    interactionKeys.timeline(orgId, interaction.customer_id),
    (timeline) => timeline && addInteraction(timeline, interaction),
  );
}
