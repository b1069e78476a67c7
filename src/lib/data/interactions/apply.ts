import type { DataContext } from '../context';
import { addInteraction, type Timeline } from './cache';
import { interactionKeys } from './keys';
import type { Interaction } from './schema';

/** Brings a new interaction into its customer's timeline, if that is cached. */
export function applyInteraction({ queryClient, orgId }: DataContext, interaction: Interaction): void {
  queryClient.setQueryData<Timeline>(
    interactionKeys.timeline(orgId, interaction.customer_id),
    (timeline) => timeline && addInteraction(timeline, interaction),
  );
}
