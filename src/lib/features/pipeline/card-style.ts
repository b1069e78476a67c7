/** One look for a card wherever it is drawn. */
export const cardStyle =
  'group/card flex h-full w-full flex-col gap-1 rounded-lg border border-border bg-raised p-3 text-start text-text no-underline select-none [-webkit-touch-callout:none] focus-visible:outline-offset-[-2px]';
