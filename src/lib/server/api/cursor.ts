import type { z } from 'zod';
import { ApiError } from './api-error';
import { isStorable } from './read-input';

/** Where a page ends, as text that nobody needs to look into. */
export function encodeCursor(position: unknown): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/**
 * Reads a cursor that {@link encodeCursor} wrote for this list.
 *
 * @throws ApiError 422 when it is anything else; it can be tampered with, but leads nowhere that a filter would not
 */
export function decodeCursor<Position>(cursor: string, schema: z.ZodType<Position>): Position {
  try {
    const position = schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    if (!isStorable(position, 1)) throw new TypeError('A position holds what no row can hold.');
    return position;
  } catch (cause) {
    throw new ApiError({
      status: 422,
      code: 'invalid_value',
      message: 'This cursor does not belong to this list. Begin without one.',
      fields: { cursor: 'This cursor does not belong to this list. Begin without one.' },
      cause,
    });
  }
}
