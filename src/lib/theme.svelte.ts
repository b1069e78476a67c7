/** What the person chose on this device; `system` follows the device. */
export type Theme = 'light' | 'dark' | 'system';

/** Read by the script in `app.html` too, before the first paint. */
const key = 'tandem-theme';
const isTheme = (value: unknown): value is Theme =>
  value === 'light' || value === 'dark' || value === 'system';

function kept(): Theme {
  try {
    const value = localStorage.getItem(key);
    return isTheme(value) ? value : 'system';
  } catch {
    return 'system';
  }
}

let chosen = $state<Theme>('system');

/** The theme on screen: a class on the document where one was chosen, else the style sheet asks the system. */
export const theme = {
  get chosen(): Theme {
    return chosen;
  },

  /** Shows a theme and keeps it for the next visit, where the browser keeps anything. */
  choose(next: Theme): void {
    show(next);
    try {
      localStorage.setItem(key, next);
    } catch {
      // Then it holds for this visit.
    }
  },

  /** From what is seen now to the other. */
  toggle(): void {
    const isDark =
      chosen === 'dark' || (chosen === 'system' && matchMedia('(prefers-color-scheme: dark)').matches);
    theme.choose(isDark ? 'light' : 'dark');
  },

  /** Shows what was kept, and what is chosen in other tabs, until the returned function is called. */
  start(): () => void {
    show(kept());
    const follow = (event: StorageEvent): void => {
      if (event.key === key || event.key === null) show(kept());
    };
    addEventListener('storage', follow);
    return () => removeEventListener('storage', follow);
  },
};

function show(next: Theme): void {
  chosen = next;
  const { classList } = document.documentElement;
  classList.toggle('light', next === 'light');
  classList.toggle('dark', next === 'dark');
  colorSystem(next);
}

/** What the system draws around the app takes the colour of the theme: one `theme-color` of app.html holds at a time. */
function colorSystem(next: Theme): void {
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    const { scheme } = meta.dataset;
    if (next === 'system') meta.media = `(prefers-color-scheme: ${scheme})`;
    else meta.media = next === scheme ? 'all' : 'not all';
  }
}
