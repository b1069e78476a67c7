import { EventEmitter } from 'node:events';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { IncomingMail, StoredMail } from './message.ts';

/** The mailbox forgets its oldest messages beyond either bound. */
const mostMessages = 500;
const mostBytes = 100 * 1024 * 1024;

const idPattern = /^[a-z0-9]{12,32}$/;

/**
 * Caught messages, newest first, each in a file of its own. Emits `change` after every change.
 */
export class Mailbox extends EventEmitter<{ change: [] }> {
  readonly #dir: string;
  readonly #messages = new Map<string, StoredMail>();
  /** Writes happen one after the other, so that a message and its deletion cannot overtake each other. */
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(dir: string) {
    super();
    this.setMaxListeners(0);
    this.#dir = dir;
  }

  /** Opens the mailbox in a folder, creating it when missing; a message that cannot be read any more is removed. */
  static async open(dir: string): Promise<Mailbox> {
    const mailbox = new Mailbox(dir);
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const files = (await readdir(dir)).filter((file) => file.endsWith('.json')).sort();
    for (const file of files) {
      const id = file.slice(0, -'.json'.length);
      if (!idPattern.test(id)) continue;
      const text = await readFile(join(dir, file), 'utf8');
      try {
        mailbox.#messages.set(id, JSON.parse(text) as StoredMail);
      } catch {
        await rm(join(dir, file), { force: true });
      }
    }
    return mailbox;
  }

  /** Newest first. */
  list(): StoredMail[] {
    return [...this.#messages.values()].reverse();
  }

  /** A message by its id, or the newest for `latest`. */
  get(id: string): StoredMail | undefined {
    return id === 'latest' ? this.list()[0] : this.#messages.get(id);
  }

  async add(mail: IncomingMail): Promise<StoredMail> {
    const id = Date.now().toString(36).padStart(9, '0') + randomBytes(6).toString('hex');
    const stored: StoredMail = { ...mail, id, created: new Date().toISOString(), read: false, size: 0 };
    stored.size = Buffer.byteLength(JSON.stringify(mail));
    await this.#enqueue(() => this.#write(stored));
    this.#messages.set(id, stored);
    await this.remove(this.#surplus());
    this.emit('change');
    return stored;
  }

  async markRead(ids: string[], read: boolean): Promise<void> {
    for (const id of ids) {
      const mail = this.#messages.get(id);
      if (!mail || mail.read === read) continue;
      mail.read = read;
      // Deleted in the meantime: writing it would bring it back.
      await this.#enqueue(async () => (this.#messages.has(id) ? this.#write(mail) : undefined));
    }
    this.emit('change');
  }

  async remove(ids: string[]): Promise<void> {
    const known = ids.filter((id) => this.#messages.delete(id));
    if (known.length === 0) return;
    await this.#enqueue(() => Promise.all(known.map((id) => rm(this.#path(id), { force: true }))));
    this.emit('change');
  }

  /** Resolves when everything is on disk. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  #path(id: string): string {
    return join(this.#dir, `${id}.json`);
  }

  async #write(mail: StoredMail): Promise<void> {
    const path = this.#path(mail.id);
    await writeFile(`${path}.new`, JSON.stringify(mail), { mode: 0o600 });
    await rename(`${path}.new`, path);
  }

  #enqueue(work: () => Promise<unknown>): Promise<unknown> {
    const result = this.#writing.then(work);
    this.#writing = result.catch(() => undefined);
    return result;
  }

  /** The oldest messages that no longer fit. */
  #surplus(): string[] {
    let bytes = 0;
    return this.list()
      .filter((mail, index) => {
        bytes += mail.size;
        return index > 0 && (index >= mostMessages || bytes > mostBytes);
      })
      .map((mail) => mail.id);
  }
}
