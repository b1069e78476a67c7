import { expect, test } from 'vitest';
import { withImports } from './named-imports.ts';

const manifest = {
  'page.js': { file: 'page.1.js', imports: ['_shell.js'] },
  '_shell.js': { file: 'shell.2.js', imports: ['_base.js', '_icons.js'] },
  '_icons.js': { file: 'icons.3.js', imports: ['_base.js', '_shell.js'] },
  '_base.js': { file: 'base.4.js' },
  'dialog.js': { file: 'dialog.5.js', imports: ['_icons.js'] },
};

test('a page names what its script imports, however far away, and nothing that comes later', () => {
  expect(withImports(['page.1.js', 'base.4.js'], manifest)).toEqual([
    'page.1.js',
    'base.4.js',
    'shell.2.js',
    'icons.3.js',
  ]);
});
