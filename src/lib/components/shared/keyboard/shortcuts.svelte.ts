import { createContext, onMount, untrack } from 'svelte';
import { holdsText, keyToken, nextSequence } from './key-token';

/** One thing the keyboard can do on this page. */
export interface Shortcut {
  /** "c", "g p" (one after the other), "⌘K" (command or control), "⇧⌘Z". */
  keys: string;
  /** What it does, for the list behind `?`. */
  label: string;
  /** Heading in that list. */
  group: string;
  run: () => void;
  /** Whether there is anything to do now; the search offers nothing that does nothing. */
  isPossible?: () => boolean;
  /** Means something else in a text field, which keeps it. */
  yieldsToTyping?: boolean;
  /** Left out of the list (a second key for the same thing). */
  hidden?: boolean;
}

const sequenceMilliseconds = 1000;

/** Knows every shortcut of the page and runs the one that was typed. The one registered last wins. */
export class ShortcutRegistry {
  #lists = $state.raw<readonly (readonly Shortcut[])[]>([]);
  #pending: { keys: string; at: number } | null = null;

  readonly all = $derived(this.#lists.flat());

  register(shortcuts: readonly Shortcut[]): () => void {
    this.#lists = [...untrack(() => this.#lists), shortcuts];
    return () => {
      this.#lists = untrack(() => this.#lists).filter((list) => list !== shortcuts);
    };
  }

  handle(event: KeyboardEvent): void {
    const token = event.defaultPrevented ? null : keyToken(event);
    if (!token || (!token.includes('⌘') && isBusyElsewhere(event))) return;

    const pending =
      this.#pending && event.timeStamp - this.#pending.at < sequenceMilliseconds ? this.#pending.keys : null;
    const { keys, waits } = nextSequence(pending, token, (start) =>
      this.all.some((one) => one.keys.startsWith(start)),
    );
    this.#pending = waits ? { keys, at: event.timeStamp } : null;

    const found = this.all.findLast((shortcut) => shortcut.keys === keys);
    if (!found || (found.yieldsToTyping && isWriting(event))) return;
    event.preventDefault();
    found.run();
  }
}

/** Letters are for the control that has the focus, which may be a list to choose from. */
function isBusyElsewhere({ target }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || controlOf(target) !== null || isLayerOpen();
}

function isWriting({ target }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false;
  const control = controlOf(target);
  return target.isContentEditable || (control !== null && holdsText(kindOf(control))) || isLayerOpen();
}

const controlOf = (target: HTMLElement) => target.closest('input, textarea, select');

const kindOf = (control: Element): string =>
  control instanceof HTMLInputElement ? control.type : control.localName;

/** An open dialog or menu has the keyboard to itself. */
const isLayerOpen = (): boolean =>
  document.querySelector('[role=dialog], [role=alertdialog], [role=menu]') !== null;

export const [useShortcutRegistry, setShortcutRegistry] = createContext<ShortcutRegistry>();

/** Makes these shortcuts work while the component is on the page. Call it while the component initialises. */
export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  const registry = useShortcutRegistry();
  onMount(() => registry.register(shortcuts));
}
