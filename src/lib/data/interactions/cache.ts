import type { Interaction } from './schema';

/** A timeline as far as it has been loaded, newest first. */
export interface Timeline {
  entries: Interaction[];
  /** The oldest entry of the last page; null when there is nothing older. */
  cursor: { occurred_at: string; id: string } | null;
}

/** An entry as the timeline shows it: a correction stands in the place of what it corrects. */
export interface TimelineEntry {
  interaction: Interaction;
  /** What it replaced, newest first. */
  corrected: Interaction[];
}

export function toTimeline(entries: Interaction[], pageSize: number): Timeline {
  const last = entries.at(-1);
  return {
    entries,
    cursor: last && entries.length >= pageSize ? { occurred_at: last.occurred_at, id: last.id } : null,
  };
}

/** Newest first; the id decides between entries of one instant, as it does in the database. */
function isNewer(
  left: Pick<Interaction, 'occurred_at' | 'id'>,
  right: Pick<Interaction, 'occurred_at' | 'id'>,
) {
  const [a, b] = [Date.parse(left.occurred_at), Date.parse(right.occurred_at)];
  return a === b ? left.id > right.id : a > b;
}

/** Interactions never change, so one that is known stays as it is; one older than what is loaded comes with its page. */
export function addInteraction(timeline: Timeline, interaction: Interaction): Timeline {
  if (timeline.entries.some(({ id }) => id === interaction.id)) return timeline;
  if (timeline.cursor && isNewer(timeline.cursor, interaction)) return timeline;
  const index = timeline.entries.findIndex((entry) => isNewer(interaction, entry));
  const entries = timeline.entries.toSpliced(index < 0 ? timeline.entries.length : index, 0, interaction);
  return { ...timeline, entries };
}

export function appendOlder(timeline: Timeline, page: Timeline): Timeline {
  const known = new Set(timeline.entries.map(({ id }) => id));
  return {
    entries: [...timeline.entries, ...page.entries.filter(({ id }) => !known.has(id))],
    cursor: page.cursor,
  };
}

/** Folds corrections into what they correct. A correction whose original is not loaded stands by itself. */
export function foldCorrections(entries: readonly Interaction[]): TimelineEntry[] {
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const replaced = new Set(entries.flatMap(({ corrects_id: id }) => (id && byId.has(id) ? [id] : [])));
  return entries
    .filter(({ id }) => !replaced.has(id))
    .map((interaction) => ({ interaction, corrected: predecessors(interaction, byId) }));
}

function predecessors(interaction: Interaction, byId: ReadonlyMap<string, Interaction>): Interaction[] {
  const found: Interaction[] = [];
  let next = interaction.corrects_id ? byId.get(interaction.corrects_id) : undefined;
  while (next && !found.includes(next)) {
    found.push(next);
    next = next.corrects_id ? byId.get(next.corrects_id) : undefined;
  }
  return found;
}

/** The next thing to do: the newest entry that names an action or a date which no later entry has replaced. */
export function nextStep(entries: readonly TimelineEntry[]): Interaction | null {
  const latest = entries.find(({ interaction }) => interaction.next_action || interaction.follow_up_at);
  return latest?.interaction ?? null;
}
