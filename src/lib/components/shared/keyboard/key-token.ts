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

/** Controls that hold no text, and so have nothing of their own to take back. */
const TEXTLESS = new Set([
  'select',
  'button',
  'checkbox',
  'color',
  'file',
  'radio',
  'range',
  'reset',
  'submit',
]);

/**
 * Whether the keys of writing belong to a control: ⌘Z takes back a word in a text, and in a list the last edit.
 *
 * @param kind `type` of an input, or the name of another control in lower case
 */
export const holdsText = (kind: string): boolean => !TEXTLESS.has(kind);

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
