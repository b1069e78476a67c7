import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

const firstPauseMs = 100;
const longestPauseMs = 2_000;

export interface ListenerOptions {
  url: string;
  channels: string[];
  /** Called after every successful connection, because notifications sent in between are lost. */
  onConnected(): Promise<void>;
  onNotification(channel: string): void;
  log(line: string): void;
}

/** Hears Postgres notifications for as long as it lives, reconnecting whenever the server went away. */
export function listen(options: ListenerOptions): { connected: Promise<void>; stop(): Promise<void> } {
  const stopping = new AbortController();
  let reportConnected = (): void => undefined;
  const connected = new Promise<void>((resolve) => (reportConnected = resolve));
  let current: Client | undefined;

  const connectOnce = async (): Promise<void> => {
    const client = new Client({
      connectionString: options.url,
      application_name: 'tandem-scheduler',
      keepAlive: true,
    });
    const ended = new Promise<void>((resolve) => client.once('end', resolve));
    client.on('error', (error) => options.log(`scheduler: connection lost: ${error.message}`));
    client.on('notification', (message) => options.onNotification(message.channel));
    current = client;
    try {
      await client.connect();
      for (const channel of options.channels)
        await client.query(`listen ${client.escapeIdentifier(channel)}`);
      await options.onConnected();
      reportConnected();
      if (!stopping.signal.aborted) await ended;
    } finally {
      await client.end().catch(() => undefined);
    }
  };

  const loop = async (): Promise<void> => {
    let pause = firstPauseMs;
    while (!stopping.signal.aborted) {
      const began = Date.now();
      await connectOnce().catch((error: unknown) => options.log(`scheduler: ${String(error)}`));
      if (Date.now() - began > longestPauseMs) pause = firstPauseMs;
      await sleep(pause, undefined, { signal: stopping.signal }).catch(() => undefined);
      pause = Math.min(pause * 2, longestPauseMs);
    }
  };

  const looping = loop();
  return {
    connected,
    stop: async () => {
      stopping.abort();
      reportConnected();
      await current?.end().catch(() => undefined);
      await looping;
    },
  };
}
