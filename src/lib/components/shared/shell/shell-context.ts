import { createContext, type Snippet } from 'svelte';

/** What the frame around every page offers to the page's header. */
export interface Shell {
  /** Avatars of who is here. */
  readonly presence: Snippet | undefined;
  /** Live, catching up, offline. */
  readonly connection: Snippet | undefined;
  readonly openSearch: (() => void) | undefined;
}

export const [useShell, setShell] = createContext<Shell>();
