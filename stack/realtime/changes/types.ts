/** What the parts of Postgres Changes hand to each other: the stream, the bindings, the gate. */
import type { ChangeKind, OldTuple, Relation, TupleValue } from '../replication/pgoutput.ts';

export type { ChangeKind };

/** One row of the log, values as the stream sent them. */
export interface RowChange {
  readonly kind: ChangeKind;
  readonly relation: Relation;
  /** The row as it is now; null for a delete. An undefined value is a TOASTed one that did not change. */
  readonly row: readonly TupleValue[] | null;
  /** The former row: the whole one (replica identity full), or with the columns of the key only. */
  readonly old: OldTuple | null;
}

/** The rows of one committed transaction, or a part of a very large one, in the order they were written. */
export interface CommittedTransaction {
  /** 32 bits, as the log has it. */
  readonly id: number;
  readonly committedAt: Date;
  /** Where the log goes on after this transaction; to be acknowledged once it is delivered. */
  readonly endLsn: bigint;
  readonly changes: readonly RowChange[];
}

/** What the catalogue says of a column, in the order of the table. */
export interface ColumnDescription {
  readonly name: string;
  /** `pg_type.typname`, as clients convert by it: `int8`, `_int4`, `timestamptz`. */
  readonly typeName: string;
  readonly typeId: number;
  readonly isGenerated: boolean;
}

export interface TableDescription {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly ColumnDescription[];
  /** Names of the key's columns in its order; empty without a primary key. */
  readonly primaryKey: readonly string[];
  /** As in `pg_class.relreplident`: d, f, n or i. */
  readonly replicaIdentity: string;
  readonly rowSecurity: boolean;
}

/** Whose rights a change is judged by. Equal role and claims are one object, however many sockets share it. */
export interface ClaimSet {
  readonly role: string;
  /** The token's claims as JSON text. */
  readonly claimsJson: string;
}

/** A channel that listens to changes. */
export interface ChangeListener {
  /** Replaced by another object when a new token comes; what was judged by the former one is judged again. */
  readonly claims: ClaimSet;
}

/** A listener that changes can be handed to. */
export interface ChangeReceiver extends ChangeListener {
  /** With `realtime:`. */
  readonly topic: string;
  readonly version: '1.0.0' | '2.0.0';
  /** Takes a whole frame, shared with other receivers. Never dropped: a socket too far behind is cut off instead. */
  deliverChange(frame: Buffer): void;
  /** Tells the client that its rights could not be judged, and why; the channel stays. */
  changesFailed(message: string): void;
  /** Ends the channel so that the client rejoins and reads anew: a change is lost to it. */
  crash(): void;
}

/** The bindings of one listener that a change matches: one message goes out for each distinct `select`. */
export interface MatchedBindings<Listener extends ChangeListener = ChangeListener> {
  readonly listener: Listener;
  readonly ids: readonly number[];
  readonly select: readonly string[] | null;
}

/** Finds who asked for which change. Filters only; rights come after. */
export interface ChangeMatcher<Listener extends ChangeListener = ChangeListener> {
  /** Whether anybody listens to this kind of change of this table at all, to be asked before anything costs. */
  hasListeners(schema: string, table: string, kind: ChangeKind): boolean;
  /** @returns for each change, in the order given, whose bindings match it */
  match(
    table: TableDescription,
    changes: readonly RowChange[],
  ): Promise<readonly (readonly MatchedBindings<Listener>[])[]>;
}
