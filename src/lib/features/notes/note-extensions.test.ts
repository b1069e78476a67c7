import { getSchema } from '@tiptap/core';
import { expect, it, vi } from 'vitest';
import { Awareness } from 'y-protocols/awareness';
import * as Y from 'yjs';
import { noteExtensions } from './note-extensions';
import { isWithinLimit } from './note-limit';

it('makes an editor of parts that are there once, whose text carries no looks', () => {
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const { marks, nodes } = getSchema(noteExtensions(new Y.Doc(), new Awareness(new Y.Doc())));
  expect(warned.mock.calls).toEqual([]);
  expect(Object.keys(marks['link']?.spec.attrs ?? {})).toEqual(['href']);
  expect(nodes['codeBlock']?.spec.attrs ?? {}).toEqual({});
  expect(nodes['heading']?.spec.attrs).toEqual({ level: expect.anything() });
});

it('lets nobody write more than the others would take, and everybody take some away', () => {
  const schema = getSchema(noteExtensions(new Y.Doc(), new Awareness(new Y.Doc())));
  const page = (lines: readonly string[]) =>
    schema.node(
      'doc',
      null,
      lines.map((line) => schema.node('paragraph', null, line ? [schema.text(line)] : [])),
    );
  const lines = (count: number) => page(Array.from({ length: count }, (_, index) => String(index)));
  expect(isWithinLimit(lines(10), lines(3_750))).toBe(true);
  expect(isWithinLimit(lines(10), lines(3_751))).toBe(false);
  expect(isWithinLimit(lines(5_000), lines(4_999))).toBe(true);
  // Bytes, of which an Arabic letter has two.
  expect(isWithinLimit(page(['']), page(['a'.repeat(300_000)]))).toBe(true);
  expect(isWithinLimit(page(['']), page(['ص'.repeat(300_000)]))).toBe(false);
  expect(isWithinLimit(page(['ص'.repeat(300_000)]), page(['ص'.repeat(299_999)]))).toBe(true);
});
