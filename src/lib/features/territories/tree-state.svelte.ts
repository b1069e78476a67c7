/** Which branches of the tree are open: what somebody opened or closed, and otherwise the way to what is selected. */
export class TreeState {
  readonly #lineage: () => readonly string[];
  #choices = $state.raw<ReadonlyMap<string, boolean>>(new Map());
  #reached = $state.raw<string | null>(null);

  constructor(lineage: () => readonly string[]) {
    this.#lineage = lineage;
  }

  isOpen(id: string): boolean {
    return this.#choices.get(id) ?? this.#lineage().includes(id);
  }

  setOpen(id: string, isOpen: boolean): void {
    this.#choices = new Map(this.#choices).set(id, isOpen);
  }

  /** Holds open what leads to an entry that is chosen: until its own way is known, nothing else says so. */
  holdOpen(): void {
    const choices = new Map(this.#choices);
    for (const id of this.#lineage()) if (this.isOpen(id)) choices.set(id, true);
    this.#choices = choices;
  }

  /** The one entry that Tab leads to. */
  get tabStop(): string | null {
    return this.#reached ?? this.#lineage().at(-1) ?? null;
  }

  reach(id: string): void {
    this.#reached = id;
  }
}
