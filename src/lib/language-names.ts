/** What each language of the interface calls itself: the same in every language, so it is no message. */
export const languageNames = { en: 'English', ar: 'العربية' } as const;
