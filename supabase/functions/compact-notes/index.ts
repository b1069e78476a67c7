import { projectKeys } from '../_shared/project-keys.ts';
import { createHandler } from './handler.ts';
import { openNotes } from './notes.ts';

Deno.serve(createHandler({ keys: projectKeys, openNotes, now: () => performance.now() }));
