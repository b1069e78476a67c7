import { territoryName } from '$lib/domain/territories';
import type { FoundTerritory } from './queries';

/** A territory to choose, with the way down to it. */
export function foundChoice(found: FoundTerritory, locale: string) {
  const around = found.around.slice(1).map((one) => territoryName(one, locale));
  return { id: found.id, label: territoryName(found, locale), detail: around.join(' › ') };
}
