/** Longest message about a binding. What a client sent is repeated to it, but not by the megabyte. */
const longestMessage = 2_000;

/** Why bindings cannot be subscribed, in words for the client. Trying again unchanged will not help. */
export class BindingError extends Error {
  constructor(message: string) {
    super(message.length > longestMessage ? `${message.slice(0, longestMessage)}…` : message);
    this.name = 'BindingError';
  }
}

/** JSON in the notation of the hosted server's messages (Elixir's): `%{"schema" => nil}`. */
export function notation(value: unknown): string {
  if (value === null || value === undefined) return 'nil';
  if (typeof value === 'string') return JSON.stringify(value).replaceAll('#{', '\\#{');
  if (Array.isArray(value)) return `[${value.map(notation).join(', ')}]`;
  if (typeof value !== 'object') return String(value);
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `%{${fields.map(([name, inner]) => `${notation(name)} => ${notation(inner)}`).join(', ')}}`;
}
