import type { AppliedChange } from '$lib/realtime/live-feed';
import type { Workspace } from '$lib/data/workspace.svelte';
import { isStage } from '$lib/domain/stages';
import { m } from '$lib/paraglide/messages';
import { stageName } from '$lib/components/shared/stages/stage-words';

const GLOW_MS = 1_000;

/** What others do: glows for the eye, a sentence for those who listen. */
export class BoardNotices {
  readonly #workspace: Workspace;
  #glows = $state.raw<ReadonlyMap<string, string>>(new Map());
  #spoken = $state('');

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  /** Read out by the live region. */
  get spoken(): string {
    return this.#spoken;
  }

  /** Who has just changed this card; null when nobody has. */
  glowOf(customerId: string): string | null {
    return this.#glows.get(customerId) ?? null;
  }

  say(text: string): void {
    // The same sentence twice would not be read again.
    this.#spoken = this.#spoken === text ? `${text}\u00a0` : text;
  }

  glow(customerId: string, userId: string): void {
    this.#glows = new Map(this.#glows).set(customerId, userId);
    setTimeout(() => {
      const rest = new Map(this.#glows);
      rest.delete(customerId);
      this.#glows = rest;
    }, GLOW_MS);
  }

  hear({ change, before }: AppliedChange): void {
    const { actor, id, record } = change;
    if (change.table !== 'customers' || !actor || actor === this.#workspace.userId) return;
    const name = this.#workspace.nameOf(actor);
    if (!name) return;
    this.glow(id, actor);
    const to = record?.status;
    if (before && isStage(to) && to !== before.status) {
      this.say(m.pipeline_said_moved({ name, customer: before.name, stage: stageName(to) }));
    }
  }
}
