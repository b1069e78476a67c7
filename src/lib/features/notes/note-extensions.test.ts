import { getSchema } from '@tiptap/core';
import { expect, it, vi } from 'vitest';
import { Awareness } from 'y-protocols/awareness';
import * as Y from 'yjs';
import { noteExtensions } from './note-extensions';

it('makes an editor of parts that are there once, whose text carries no looks', () => {
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const { marks, nodes } = getSchema(noteExtensions(new Y.Doc(), new Awareness(new Y.Doc())));
  expect(warned.mock.calls).toEqual([]);
  expect(Object.keys(marks['link']?.spec.attrs ?? {})).toEqual(['href']);
  expect(nodes['codeBlock']?.spec.attrs ?? {}).toEqual({});
  expect(nodes['heading']?.spec.attrs).toEqual({ level: expect.anything() });
});
