/** Where the server reports. Never given tokens, keys or payloads. */
export interface Logger {
  debug(message: string): void;
  warn(message: string): void;
  error(message: string, cause?: unknown): void;
}

/** Reports warnings and errors on standard error. */
export const consoleLogger: Logger = {
  debug() {},
  warn: (message) => console.error(`realtime: ${message}`),
  error: (message, cause) =>
    console.error(`realtime: ${message}${cause === undefined ? '' : `: ${describe(cause)}`}`),
};

/** One line about anything thrown. */
export function describe(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
