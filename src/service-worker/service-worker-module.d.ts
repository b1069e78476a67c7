/** What SvelteKit tells the worker. Its own types bring those of pages along, which a worker does not have. */
declare module '$service-worker' {
  /** Addresses of the scripts, styles and fonts of this build. */
  export const build: string[];
  /** Addresses of what lies in `static/`. */
  export const files: string[];
  export const version: string;
}
