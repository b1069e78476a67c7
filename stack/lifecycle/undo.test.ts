import { expect, it } from 'vitest';
import { type Undo, undoAll } from './undo.ts';

it('ends the latest first, each once, and the rest although one fails', async () => {
  const ended: string[] = [];
  const step = (name: string, failure?: Error) => async () => {
    ended.push(name);
    if (failure) throw failure;
  };
  const undo: Undo = [step('database'), step('mail', new Error('busy')), step('gateway')];
  await expect(undoAll(undo)).rejects.toThrow('busy');
  expect(ended).toEqual(['gateway', 'mail', 'database']);
  await undoAll(undo);
  expect(ended).toHaveLength(3);
});

it('tells of every failure', async () => {
  const failing = (reason: string) => () => Promise.reject(new Error(reason));
  await expect(undoAll([failing('one'), failing('two')])).rejects.toThrow('Error: two; Error: one');
});

it('gives the rest their turn although one never ends', async () => {
  const ended: string[] = [];
  const undo: Undo = [async () => void ended.push('database'), () => new Promise(() => undefined)];
  await expect(undoAll(undo, 20)).rejects.toThrow('did not end within 20 ms');
  expect(ended).toEqual(['database']);
});
