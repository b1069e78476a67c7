import type { Assignment, OutlinedTerritory } from '$lib/data/territories/schema';
import type { Boundary } from '$lib/domain/geo/boundary';
import type { Size } from '$lib/domain/geo/map-view';
import { boundsOf, projectionOf } from '$lib/domain/geo/projection';
import { labelPlaceOf, pathOf, type LabelPlace } from '$lib/domain/geo/shape';
import { inCharge } from '$lib/domain/territories';

/** Units on the longer side of the flat map. */
const MAP_SIZE = 1000;

export interface DrawnTerritory {
  territory: OutlinedTerritory;
  path: string;
  label: LabelPlace | null;
}

export interface DrawnMap {
  size: Size;
  territories: DrawnTerritory[];
  /** The outline of what they lie in. */
  backdrop: string | null;
}

/** Territories with an outline as paths on one flat map; null when none has one. */
export function drawMap(territories: readonly OutlinedTerritory[], around: Boundary | null): DrawnMap | null {
  const outlined = territories.flatMap((territory) =>
    territory.boundary ? [{ territory, boundary: territory.boundary }] : [],
  );
  const bounds = boundsOf(outlined.map(({ boundary }) => boundary));
  if (!bounds) return null;
  const project = projectionOf(bounds, MAP_SIZE);
  const corner = project([bounds.east, bounds.south]);
  return {
    size: { width: corner.x, height: corner.y },
    backdrop: around ? pathOf(around, project) : null,
    territories: outlined.map(({ territory, boundary }) => ({
      territory,
      path: pathOf(boundary, project),
      label: labelPlaceOf(boundary, project),
    })),
  };
}

/** Whose a territory is: the people in charge, each once, and whether they are assigned to it, around it or below it. */
export interface Charge {
  userIds: string[];
  how: 'here' | 'above' | 'below';
}

export function chargeOf(
  assignments: readonly Assignment[],
  territory: { id: string; path: string },
): Charge | null {
  const placed = assignments.map((assignment) => ({ ...assignment, path: assignment.territory.path }));
  const found = inCharge(placed, territory);
  return found && { userIds: [...new Set(found.assignments.map(({ user_id: id }) => id))], how: found.how };
}

/** From where arrow keys lead to: the nearest place in that direction, straight ahead before aside. */
export function neighbourOf(
  drawn: readonly DrawnTerritory[],
  from: string,
  direction: { x: number; y: number },
): string | null {
  const here = drawn.find(({ territory }) => territory.id === from)?.label;
  if (!here) return drawn[0]?.territory.id ?? null;
  let best: string | null = null;
  let bestCost = Infinity;
  for (const { territory, label } of drawn) {
    if (!label || territory.id === from) continue;
    const [dx, dy] = [label.x - here.x, label.y - here.y];
    const ahead = dx * direction.x + dy * direction.y;
    const aside = Math.abs(dx * direction.y - dy * direction.x);
    const cost = ahead + 2 * aside;
    if (ahead <= 0 || cost >= bestCost) continue;
    bestCost = cost;
    best = territory.id;
  }
  return best;
}
