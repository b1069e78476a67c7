import { answerErrors, RequestError } from '../_shared/errors.ts';
import { isOneOf } from '../_shared/project-keys.ts';
import { type MergedNote, mergeUpdates } from './merge.ts';

/** A note with updates to merge. */
export interface DueNote {
  id: string;
  /** Up to which update the first of `updates`, the former state, was merged. */
  stateSeq: number;
  /** Number of the last of `updates`. */
  seq: number;
  updates: Uint8Array[];
}

export type CompactedNote = Pick<MergedNote, 'state' | 'body'>;

/** Where the notes are. */
export interface Notes {
  /** The next one to compact, which is nobody else's for a while. */
  next(): Promise<DueNote | null>;
  /** Whether the result was taken: not if the note was compacted or deleted meanwhile. */
  store(note: DueNote, compacted: CompactedNote): Promise<boolean>;
}

export interface Dependencies {
  /** Secret keys of the project, of which the caller has to send one. */
  keys(): readonly string[];
  openNotes(key: string): Notes;
  now(): number;
}

/** Hosted allows two seconds of computing for each call; the rest comes with the next. */
const budgetMs = 1_000;
const mostNotes = 100;

/** `POST /compact-notes`: merges the updates of notes that are due. For the scheduler, which calls it every minute. */
export function createHandler(dependencies: Dependencies): (request: Request) => Promise<Response> {
  return (request) =>
    answerErrors(request, async () => {
      if (request.method !== 'POST') {
        throw new RequestError(405, 'method_not_allowed', `Use POST; ${request.method} does nothing here.`, {
          headers: { allow: 'POST' },
        });
      }
      const key = keyOf(request);
      if (!(await isOneOf(key, dependencies.keys()))) {
        throw new RequestError(403, 'secret_key_required', 'Only the project itself compacts its notes.');
      }
      return Response.json(await compact(dependencies.openNotes(key), dependencies.now));
    });
}

function keyOf(request: Request): string {
  const bearer = /^Bearer\s+(\S+)\s*$/i.exec(request.headers.get('authorization') ?? '')?.[1];
  return request.headers.get('apikey') ?? bearer ?? '';
}

async function compact(notes: Notes, now: () => number): Promise<Record<string, number>> {
  const counts = { compacted: 0, overtaken: 0, failed: 0, skipped_updates: 0 };
  const started = now();
  for (let done = 0; done < mostNotes && now() - started < budgetMs; done++) {
    const note = await notes.next();
    if (!note) break;
    const merged = mergedOrNull(note);
    if (!merged) {
      counts.failed++;
      continue;
    }
    counts.skipped_updates += merged.skipped;
    if (await notes.store(note, merged)) counts.compacted++;
    else counts.overtaken++;
  }
  return counts;
}

/** One note that cannot be merged stays as it is and keeps none of the others waiting. */
function mergedOrNull(note: DueNote): MergedNote | null {
  try {
    return mergeUpdates(note.updates);
  } catch (error) {
    console.error(`note ${note.id} could not be merged:`, error);
    return null;
  }
}
