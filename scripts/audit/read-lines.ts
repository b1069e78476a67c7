import { StringDecoder } from 'node:string_decoder';
import { UnreadableExport } from './verify.ts';

/** Longer than any row can be; a file without line breaks must not fill the memory. */
const LONGEST_LINE = 64 * 2 ** 20;

/**
 * The lines of a stream, one at a time.
 *
 * @throws UnreadableExport when a line never ends
 */
export async function* readLines(input: AsyncIterable<Buffer | string>): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let count = 0;
  for await (const chunk of input) {
    rest += typeof chunk === 'string' ? chunk : decoder.write(chunk);
    if (rest.length > LONGEST_LINE && !rest.includes('\n')) {
      throw new UnreadableExport(count + 1, 'this line does not end; a text file of lines was expected.');
    }
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      count += 1;
      yield line.endsWith('\r') ? line.slice(0, -1) : line;
    }
  }
  rest += decoder.end();
  if (rest !== '') yield rest;
}
