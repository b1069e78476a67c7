/** The short code of a system's error, such as `EACCES`, for a message; the whole error where it has none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
