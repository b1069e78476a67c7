import { describe, expect, it } from 'vitest';
import { htmlToText } from './html-to-text.ts';

describe('htmlToText', () => {
  it('gives each block a line and each link its address', () => {
    const html = `<!doctype html><html><head><title>T</title><style>p { color: red }</style></head><body>
      <h1>Hello
        there</h1><p>Please <a class="x" href="http://app.test/?a=1&amp;b=2"><b>confirm</b></a> it.<br>Soon.</p></body></html>`;
    expect(htmlToText(html)).toBe('Hello there\n\nPlease confirm: http://app.test/?a=1&b=2 it.\nSoon.');
  });

  it('decodes entities and leaves what is none', () => {
    expect(htmlToText('<p>Fish &amp; chips &#8364;5 &#x20AC;6 &unknown; &#0; &lt;b&gt;</p>')).toBe(
      'Fish & chips €5 €6 &unknown; &#0; <b>',
    );
  });

  it('shows an address once when it is its own label', () => {
    expect(htmlToText(`<a href='https://a.test/'>https://a.test/</a>`)).toBe('https://a.test/');
  });
});
