import { wireFrame } from '../wire-frame.ts';
import type { ChangeReceiver, MatchedBindings } from './types.ts';

/** The wait between two reports of failing policies to one channel. */
const reportEveryMs = 5_000;

/** Writes the `data` of a change for receivers who may have these columns. */
export type DataWriter = (columns: ReadonlySet<string>) => string;

/** One change on its way out: its data is written once for each choice of columns, its frames once for each address. */
export class OutgoingChange<Receiver extends ChangeReceiver> {
  readonly #write: DataWriter;
  readonly #key: readonly string[];
  readonly #data = new Map<string, Buffer>();
  readonly #frames = new Map<string, Buffer>();

  /** @param primaryKey whose columns are sent whatever was selected */
  constructor(primaryKey: readonly string[], write: DataWriter) {
    this.#key = primaryKey;
    this.#write = write;
  }

  /** @param readable the columns that the receiver's role may read */
  sendTo({ listener, ids, select }: MatchedBindings<Receiver>, readable: ReadonlySet<string>): void {
    const { role } = listener.claims;
    const choice = select === null ? role : `${role}\0${select.join('\0')}`;
    const address = `${listener.version}\0${ids.join()}\0${listener.topic}\0${choice}`;
    let frame = this.#frames.get(address);
    if (!frame) {
      frame = toFrame(listener, ids, this.#dataFor(choice, select, readable));
      this.#frames.set(address, frame);
    }
    listener.deliverChange(frame);
  }

  #dataFor(choice: string, select: readonly string[] | null, readable: ReadonlySet<string>): Buffer {
    let data = this.#data.get(choice);
    if (data === undefined) {
      const wanted = select && new Set([...this.#key, ...select]);
      const columns = wanted ? new Set([...readable].filter((name) => wanted.has(name))) : readable;
      data = Buffer.from(this.#write(columns));
      this.#data.set(choice, data);
    }
    return data;
  }
}

/** Most receivers have a channel of their own, so all they share is copied, not encoded. */
function toFrame({ version, topic }: ChangeReceiver, ids: readonly number[], data: Buffer): Buffer {
  const name = JSON.stringify(topic);
  const payload = `{"ids":[${ids.join()}],"data":`;
  const [head, tail] =
    version === '1.0.0'
      ? [`{"topic":${name},"event":"postgres_changes","payload":${payload}`, '},"ref":null}']
      : [`[null,null,${name},"postgres_changes",${payload}`, '}]'];
  return wireFrame([Buffer.from(head), data, Buffer.from(tail)], 'text');
}

/** Tells clients that their policies fail, but not with every change. */
export class FailureReports {
  readonly #toldAt = new WeakMap<ChangeReceiver, number>();

  tell(receiver: ChangeReceiver, table: string, message: string): void {
    const now = performance.now();
    if (now - (this.#toldAt.get(receiver) ?? Number.NEGATIVE_INFINITY) < reportEveryMs) return;
    this.#toldAt.set(receiver, now);
    receiver.changesFailed(`Changes of ${table} could not be authorized by its policies: ${message}`);
  }
}
