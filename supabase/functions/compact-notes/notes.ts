import { createClient } from '@supabase/supabase-js';
import { RequestError } from '../_shared/errors.ts';
import type { CompactedNote, DueNote, Notes } from './handler.ts';

interface DueRow {
  note_id: string;
  state_seq: number;
  seq: number;
  state: string | null;
  updates: string[];
}

/** The notes of the project, reached with its secret key. */
export function openNotes(key: string): Notes {
  const supabase = createClient(Deno.env.get('SUPABASE_URL') ?? '', key, {
    auth: { persistSession: false, autoRefreshToken: false },
  });
  const call = async <Answer>(name: string, given: Record<string, unknown> = {}): Promise<Answer | null> => {
    const { data, error, status } = await supabase.rpc(name, given);
    if (!error) return data as Answer | null;
    console.error(`${name} failed (${status}): ${error.message}`);
    throw new RequestError(
      503,
      'database_unavailable',
      'The notes cannot be read now. They are tried again.',
    );
  };
  return {
    async next(): Promise<DueNote | null> {
      const row = await call<DueRow>('next_note_to_compact');
      if (!row) return null;
      const { note_id: id, state_seq: stateSeq, seq, state, updates } = row;
      return { id, stateSeq, seq, updates: [...(state === null ? [] : [state]), ...updates].map(fromBase64) };
    },
    async store(note: DueNote, { state, body }: CompactedNote): Promise<boolean> {
      const taken = await call<boolean>('compact_note', {
        note_id: note.id,
        seen_state_seq: note.stateSeq,
        seq: note.seq,
        state: toBase64(state),
        body,
      });
      return taken === true;
    },
  };
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
