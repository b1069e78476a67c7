/** The `message` of a form that stays on its page: done, or refused as a whole, in words. */
export interface FormOutcome {
  ok: boolean;
  /** It will be done once the server can be reached. */
  isWaiting?: boolean;
  text: string;
}
