import { createContext, type Snippet } from 'svelte';

/** What the frame around every page offers to the page's header. */
export interface Shell {
  /** Avatars of who is here. */
  readonly presence: Snippet | undefined;
  /** Live, catching up, offline. */
  readonly connection: Snippet | undefined;
  /** Where the sidebar is not shown, the header carries the way to other organisations. */
  readonly switcher: Snippet;
  readonly openSearch: (() => void) | undefined;
}

export const [useShell, setShell] = createContext<Shell>();
