import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { TestStack } from '../../../stack/testing.ts';

const list = z.object({ messages: z.array(z.object({ ID: z.string(), Subject: z.string() })) });
const message = z.object({ Subject: z.string(), HTML: z.string(), Text: z.string() });

export interface CaughtMail {
  subject: string;
  html: string;
  /** The address that the mail wants followed. */
  link: URL;
}

/** Waits for the newest mail to somebody. */
export async function newestMail(stack: TestStack, to: string): Promise<CaughtMail> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const found = await fetch(`${stack.mailUrl}/api/v1/search?query=${encodeURIComponent(`to:${to}`)}`);
    const id = list.parse(await found.json()).messages[0]?.ID;
    if (id) {
      const { Subject, HTML } = message.parse(
        await (await fetch(`${stack.mailUrl}/api/v1/message/${id}`)).json(),
      );
      const href = /href="([^"]+)"/.exec(HTML)?.[1]?.replaceAll('&amp;', '&');
      return { subject: Subject, html: HTML, link: new URL(href ?? 'about:blank') };
    }
    await sleep(50);
  }
  throw new Error(`No mail to ${to} was caught.`);
}
