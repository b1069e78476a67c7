/** What Supabase's edge runtime adds to Deno. */
declare namespace EdgeRuntime {
  /** Keeps the function alive until the promise settles, after the response has been sent. */
  export function waitUntil<T>(promise: Promise<T>): Promise<T>;
}
