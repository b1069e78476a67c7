import { createContext } from 'svelte';

/** When what is on screen was last known to be true. */
export class KeptTime {
  /** In milliseconds since 1970; null while it is true, and when nobody knows. */
  asOf = $state<number | null>(null);
}

/** Set once by the layout of an organisation. */
export const [useKeptTime, setKeptTime] = createContext<KeptTime>();
