import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { type Undo, undoAll } from './undo.ts';

it('ends the latest first, each once, and the rest although one fails', async () => {
  const ended: string[] = [];
  const step = (part: string, failure?: Error) => ({
    part,
    end: async () => {
      ended.push(part);
      if (failure) throw failure;
    },
  });
  const undo: Undo = [step('database'), step('mail', new Error('busy')), step('gateway')];
  await expect(undoAll(undo)).rejects.toThrow('busy');
  expect(ended).toEqual(['gateway', 'mail', 'database']);
  await undoAll(undo);
  expect(ended).toHaveLength(3);
});

it('tells of every failure', async () => {
  const failing = (reason: string) => ({ part: 'mail', end: () => Promise.reject(new Error(reason)) });
  await expect(undoAll([failing('one'), failing('two')])).rejects.toThrow('Error: two; Error: one');
});

it('gives the rest their turn although one never ends, and says which', async () => {
  const ended: string[] = [];
  const undo: Undo = [
    { part: 'the database', end: async () => void ended.push('database') },
    { part: 'mail', end: () => new Promise(() => undefined) },
  ];
  await expect(undoAll(undo, 20)).rejects.toThrow('mail did not end within 20 ms');
  expect(ended).toEqual(['database']);
});

it('gives what is made of parts the time of all of them', async () => {
  const ended: string[] = [];
  const slow = (part: string) => ({ part, end: () => sleep(30).then(() => void ended.push(part)) });
  const services: Undo = [slow('mail'), slow('realtime'), slow('the API')];
  const undo: Undo = [
    { part: 'the database', end: async () => void ended.push('database') },
    { part: 'the services', end: () => undoAll(services, 60), isWhole: true },
  ];
  await undoAll(undo, 60);
  expect(ended).toEqual(['the API', 'realtime', 'mail', 'database']);
});
