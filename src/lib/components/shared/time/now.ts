import { createSubscriber } from 'svelte/reactivity';

const subscribe = createSubscriber((update) => {
  const timer = setInterval(update, 30_000);
  return () => clearInterval(timer);
});

/** The present, read anew every half minute by whoever shows it. One timer serves the whole page. */
export function now(): Date {
  subscribe();
  return new Date();
}
