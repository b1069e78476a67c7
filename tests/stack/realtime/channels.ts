import type { RealtimeChannel } from '@supabase/supabase-js';

/** Collects values and lets a test wait for them. */
export class Inbox<Value> {
  readonly values: Value[] = [];
  readonly #waiting: (() => void)[] = [];

  readonly push = (value: Value): void => {
    this.values.push(value);
    for (const wake of this.#waiting.splice(0)) wake();
  };

  /** Resolves with the first value that fits, past or future. */
  async find(fits: (value: Value) => boolean, what = 'a value', timeoutMs = 8_000): Promise<Value> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const found = this.values.find(fits);
      if (found !== undefined) return found;
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`Waited in vain for ${what}; came: ${JSON.stringify(this.values)}`);
      await this.#change(left);
    }
  }

  /** Resolves once that many values have come. */
  async count(wanted: number, timeoutMs = 8_000): Promise<Value[]> {
    const deadline = Date.now() + timeoutMs;
    while (this.values.length < wanted) {
      const left = deadline - Date.now();
      if (left <= 0)
        throw new Error(`Waited in vain for ${wanted} values; came: ${JSON.stringify(this.values)}`);
      await this.#change(left);
    }
    return this.values;
  }

  async #change(timeoutMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

export interface StatusChange {
  readonly status: string;
  readonly error?: string | undefined;
}

/** Subscribes and collects the channel's states. */
export function subscribe(channel: RealtimeChannel): Inbox<StatusChange> {
  const inbox = new Inbox<StatusChange>();
  channel.subscribe((status, error) => inbox.push({ status, error: error?.message }));
  return inbox;
}

/** Subscribes and waits until the channel is joined. */
export async function joined(channel: RealtimeChannel): Promise<Inbox<StatusChange>> {
  const inbox = subscribe(channel);
  const { status, error } = await inbox.find(() => true, 'an answer to the join');
  if (status !== 'SUBSCRIBED') throw new Error(`${status}: ${error ?? ''}`);
  return inbox;
}

/** Subscribes to what may not be joined and returns the reason. */
export async function refused(channel: RealtimeChannel): Promise<string> {
  const inbox = subscribe(channel);
  const { status, error } = await inbox.find(() => true, 'an answer to the join');
  if (status !== 'CHANNEL_ERROR') throw new Error(`Expected a refusal, got ${status}`);
  return error ?? '';
}

export interface BroadcastMessage {
  readonly type: string;
  readonly event: string;
  readonly payload?: unknown;
  readonly meta?: { readonly id?: string; readonly replayed?: boolean };
}

/** Collects broadcasts of an event, or of all. To be called before subscribing. */
export function broadcastsOf(channel: RealtimeChannel, event = '*'): Inbox<BroadcastMessage> {
  const inbox = new Inbox<BroadcastMessage>();
  channel.on('broadcast', { event }, (message: BroadcastMessage) => inbox.push(message));
  return inbox;
}

/** Collects system messages. To be called before subscribing. */
export function systemMessagesOf(
  channel: RealtimeChannel,
): Inbox<{ extension: string; status: string; message: string; channel: string }> {
  const inbox = new Inbox<{ extension: string; status: string; message: string; channel: string }>();
  channel.on('system', {}, inbox.push);
  return inbox;
}
