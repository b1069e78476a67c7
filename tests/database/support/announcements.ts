import { beforeEach } from 'vitest';
import type { Database } from './database.ts';

/** A message of the database to a channel. */
export interface Announced {
  topic: string;
  event: string;
  payload: Record<string, unknown>;
}

/** What the database says on channels; each test begins in silence. */
export function useAnnouncements(database: () => Database) {
  const silence = () => database().owner.rows('delete from realtime.messages');
  beforeEach(async () => {
    await silence();
  });

  /** What was said since the last silence, oldest first. */
  const announced = () =>
    database().owner.rows<Announced>(
      'select topic, event, payload from realtime.messages order by inserted_at, topic, payload ->> $1 desc',
      ['op'],
    );
  /** The same as `topic event op`. */
  const heard = async (): Promise<string[]> =>
    (await announced()).map(({ topic, event, payload }) =>
      [topic, event, payload['op']].filter(Boolean).join(' '),
    );
  return { silence, announced, heard };
}
