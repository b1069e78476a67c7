/** Reads the mail that the product sent, from the mail catcher's API. */
import { expect } from '@playwright/test';
import { z } from 'zod';
import { product } from './team.ts';

const found = z.object({ messages: z.array(z.object({ ID: z.string() })) });
const message = z.object({ HTML: z.string() });

async function ask<Answer>(path: string, shape: z.ZodType<Answer>): Promise<Answer> {
  const answer = await fetch(new URL(path, product().mail));
  return shape.parse(await answer.json());
}

async function mailsTo(address: string): Promise<string[]> {
  const { messages } = await ask(`/api/v1/search?query=${encodeURIComponent(`to:${address}`)}`, found);
  return messages.map(({ ID }) => ID);
}

/** How many messages were sent to an address so far. */
export const countMail = async (address: string): Promise<number> => (await mailsTo(address)).length;

/** Waits for the newest message to an address and returns the address that its button leads to. */
export async function mailedLink(address: string): Promise<string> {
  await expect.poll(() => countMail(address), { message: `mail to ${address}` }).toBeGreaterThan(0);
  const [newest] = await mailsTo(address);
  const { HTML } = await ask(`/api/v1/message/${newest}`, message);
  const link = /href="([^"]+)"/.exec(HTML)?.[1];
  if (link === undefined) throw new Error(`The message to ${address} holds no link.`);
  return link.replaceAll('&amp;', '&');
}
