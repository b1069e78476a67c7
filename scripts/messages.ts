/** Compiles `messages/` into `src/lib/paraglide`, which type checks and unit tests import without a build before. */
import { compile } from '@inlang/paraglide-js';
import { messagesConfig } from '../messages.config.ts';

await compile(messagesConfig);
