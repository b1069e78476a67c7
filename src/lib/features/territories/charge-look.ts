import type { Workspace } from '$lib/data/workspace.svelte';
import { personColor } from '$lib/domain/people';
import { m } from '$lib/paraglide/messages';
import type { Charge } from './drawn-territories';

/** How much of the person's colour a territory has: all of it where they are assigned themselves. */
const strength = { here: 46, above: 30, below: 18 };

/** The ground of a territory: the colour of who is in charge, a neutral one for several people, the page's for nobody. */
export function chargeStyle(workspace: Workspace, charge: Charge | null): string {
  const [userId, ...others] = charge?.userIds ?? [];
  if (!charge || userId === undefined) return '--fill: var(--raised)';
  if (others.length > 0)
    return `--fill: color-mix(in oklab, var(--muted) ${strength[charge.how] / 2}%, var(--raised))`;
  return `--fill: color-mix(in oklab, ${personTone(workspace, userId)} ${strength[charge.how]}%, var(--raised))`;
}

export const personTone = (workspace: Workspace, userId: string): string =>
  `var(--person-${personColor(userId, workspace.people.get(userId)?.color)})`;

/** "Salma Farouk", "Salma Farouk, from the territory around it", "nobody": what the colour says. */
export function chargeWords(workspace: Workspace, charge: Charge | null): string {
  if (!charge) return m.territory_charge_nobody();
  const names = charge.userIds.map((id) => workspace.nameOf(id) ?? m.territory_former_member()).join(', ');
  if (charge.how === 'above') return m.territory_charge_above({ names });
  return charge.how === 'below' ? m.territory_charge_below({ names }) : names;
}
