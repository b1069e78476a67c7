/** How `messages/` becomes code; used by Vite and by `scripts/messages.ts`. */
export const messagesConfig = {
  project: './project.inlang',
  outdir: './src/lib/paraglide',
  strategy: ['cookie', 'preferredLanguage', 'baseLocale'] as ['cookie', 'preferredLanguage', 'baseLocale'],
  cookieName: 'tandem-locale',
  // The same in development, so that checks do not pull the files from under a running server.
  outputStructure: 'message-modules' as const,
};
