import { expect, it } from 'vitest';
import { Mailbox } from './mailbox.ts';

it('work is done at once while nothing waits, and in order behind work that does', async () => {
  const mailbox = new Mailbox();
  const done: string[] = [];
  let idle = 0;
  const note = (name: string) => () => void done.push(name);
  const onIdle = () => void idle++;
  mailbox.post(note('a'), onIdle);
  expect(done).toEqual(['a']);

  let open = () => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  mailbox.post(() => gate.then(note('b')), onIdle);
  mailbox.post(() => Promise.resolve().then(note('c')), onIdle);
  mailbox.post(note('d'), onIdle);
  expect([mailbox.isIdle, mailbox.length, done]).toEqual([false, 2, ['a']]);

  open();
  await expect.poll(() => mailbox.isIdle).toBe(true);
  expect(done).toEqual(['a', 'b', 'c', 'd']);
  expect(idle).toBe(1);
});
