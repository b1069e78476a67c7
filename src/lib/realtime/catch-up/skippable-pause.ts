/** A pause before the next attempt, which ends early when there is a reason to try at once. */
export class SkippablePause {
  #end: (() => void) | null = null;

  async wait(milliseconds: number, { isFixed = false } = {}): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      if (isFixed) return;
      this.#end = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  skip(): void {
    this.#end?.();
    this.#end = null;
  }
}
