import { escapeIdentifier, escapeLiteral, type Client } from 'pg';
import { describe, type Logger } from '../logger.ts';

/** Tables whose changes clients may subscribe to; belongs to the project. */
export const changesPublication = 'supabase_realtime';
/** Broadcasts from the database; belongs to the server. */
const messagesPublication = 'supabase_realtime_messages_publication';

/** The value of the stream's option `publication_names`. */
export const publicationNames = escapeLiteral(
  [changesPublication, messagesPublication].map((name) => escapeIdentifier(name)).join(','),
);

/**
 * Makes publications again that somebody dropped. Without one of them the stream would break off at the next
 * change, and a slot cannot decode what it published before the slot was made.
 */
export async function ensurePublications(client: Client, logger: Logger): Promise<void> {
  try {
    await client.query('select realtime.ensure_publications()');
  } catch (error) {
    logger.warn(`the publications of the stream could not be checked: ${describe(error)}`);
  }
}
