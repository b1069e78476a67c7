import { loadFollowUps } from './follow-ups.ts';
import { createHandler } from './handler.ts';

Deno.serve(createHandler({ loadFollowUps, now: () => new Date() }));
