import type { Stage } from '$lib/domain/stages';
import { m } from '$lib/paraglide/messages';

const names: Record<Stage, () => string> = {
  lead: m.stage_lead,
  qualified: m.stage_qualified,
  proposal: m.stage_proposal,
  negotiation: m.stage_negotiation,
  closed_won: m.stage_closed_won,
  closed_lost: m.stage_closed_lost,
};

/** The name of a column, in the language of the page. */
export function stageName(stage: Stage): string {
  return names[stage]();
}

/** The colour role of a column, as a CSS value. */
export function stageColor(stage: Stage): string {
  return `var(--stage-${stage.replace('_', '-')})`;
}
