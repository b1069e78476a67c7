import { expect, it } from 'vitest';
import { isSafeAddress, toAddress } from './note-links';

it.each([
  'javascript:alert(1)',
  ' javascript:alert(1)',
  'java\nscript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'data:text/html,<script>1</script>',
  'vbscript:x',
  'blob:https://example.com/x',
  'file:///etc/passwd',
  '//example.com',
  'example.com',
  '',
  null,
  { toString: () => 'https://example.com' },
])('%j is nowhere a link leads', (address) => {
  expect(isSafeAddress(address)).toBe(false);
});

it.each([
  ['example.com', 'https://example.com'],
  ['example.com/a?b=c', 'https://example.com/a?b=c'],
  ['http://localhost:3000', 'http://localhost:3000'],
  ['ada@example.com', 'mailto:ada@example.com'],
  ['tel:+49301234', 'tel:+49301234'],
  ['javascript:alert(1)', null],
  ['two words', null],
  ['word', null],
])('%s, typed as an address, is %s', (typed, address) => {
  expect(toAddress(typed)).toBe(address);
});
