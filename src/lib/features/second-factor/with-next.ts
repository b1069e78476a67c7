/** The address of a form's action that remembers where the person was going. */
export function withNext(action: string, next: string): string {
  return next ? `${action}&next=${encodeURIComponent(next)}` : action;
}
