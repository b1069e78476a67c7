import type { Choice } from '$lib/components/shared/form/SearchPicker.svelte';
import type { FoundTerritory } from '$lib/data/territories/queries';
import { territoryName } from '$lib/domain/territories';

/** A territory to choose, with the way down to it. */
export function foundChoice(found: FoundTerritory, locale: string): Choice {
  const around = found.around.slice(1).map((one) => territoryName(one, locale));
  return { id: found.id, label: territoryName(found, locale), detail: around.join(' › ') };
}
