/** The part of a keyboard event that decides which shortcut is meant. */
export interface KeyPress {
  key: string;
  code: string;
  metaKey: boolean;
  ctrlKey: boolean;
  shiftKey: boolean;
  altKey: boolean;
}

/**
 * Names a key press the way shortcuts are written: "⌘K" (command or control), "⇧⌘Z" (with shift), "g", "?",
 * "Escape". Letters follow the
 * place on the keyboard when the layout has none of the Latin alphabet, so they work while typing Arabic too.
 */
export function keyToken({ key, code, metaKey, ctrlKey, shiftKey, altKey }: KeyPress): string | null {
  if (altKey || ['Shift', 'Control', 'Meta', 'Alt', 'Dead', 'Process'].includes(key)) return null;
  const character = latin(key, code);
  if (metaKey || ctrlKey)
    return `${shiftKey && character.length === 1 ? '⇧' : ''}⌘${character.toUpperCase()}`;
  return character.length === 1 ? character.toLowerCase() : character;
}

function latin(key: string, code: string): string {
  if (key === '؟') return '?';
  if (key.length !== 1 || key.charCodeAt(0) < 128) return key;
  return /^Key([A-Z])$/.exec(code)?.[1]?.toLowerCase() ?? key;
}

/**
 * Follows sequences such as "g p". Returns the sequence to look up after this press.
 *
 * @param pending what was pressed before, or null
 * @param starts tells whether a shortcut begins with these keys and goes on
 */
export function nextSequence(
  pending: string | null,
  token: string,
  starts: (keys: string) => boolean,
): { keys: string; waits: boolean } {
  const joined = pending ? `${pending} ${token}` : token;
  return { keys: joined, waits: starts(`${joined} `) };
}
