/** The six statuses of a customer, in the order in which the pipeline shows them. */
export const STAGES = ['lead', 'qualified', 'proposal', 'negotiation', 'closed_won', 'closed_lost'] as const;

export type Stage = (typeof STAGES)[number];

const STAGE_SET: ReadonlySet<string> = new Set(STAGES);

/** Narrows text from outside (a URL, an event) to a stage. */
export function isStage(value: unknown): value is Stage {
  return typeof value === 'string' && STAGE_SET.has(value);
}

/** Position of a stage from left to right, from 0. */
export function stageIndex(stage: Stage): number {
  return STAGES.indexOf(stage);
}

/** The stage `step` columns to the right (negative: left), stopping at the ends. */
export function neighbourStage(stage: Stage, step: number): Stage {
  const index = Math.min(STAGES.length - 1, Math.max(0, stageIndex(stage) + step));
  return STAGES[index] ?? stage;
}

/** Whether the sale is still being worked on. */
export function isOpenStage(stage: Stage): boolean {
  return stage !== 'closed_won' && stage !== 'closed_lost';
}

/** Losing a customer asks why; moving within the lost column does not ask again. */
export function needsLostReason(from: Stage, to: Stage): boolean {
  return to === 'closed_lost' && from !== 'closed_lost';
}

/** A reason worth storing: trimmed, not empty, at most 500 characters; otherwise null. */
export function normaliseLostReason(text: string): string | null {
  const trimmed = text.replace(/\s+/g, ' ').trim();
  return trimmed === '' ? null : trimmed.slice(0, 500);
}
