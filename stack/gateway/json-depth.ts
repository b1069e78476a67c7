/** Deeper than anything a person means, and far from where parsers run out of stack. */
export const deepestJson = 200;

const quote = 0x22;
const backslash = 0x5c;

/**
 * Measures how deeply JSON is nested while it passes in chunks of bytes, without parsing it. What is not JSON measures
 * something or other; the parser refuses it later.
 *
 * @returns a function that takes the next chunk and tells whether the text is still shallow enough.
 */
export function createDepthGauge(deepest = deepestJson): (chunk: Uint8Array) => boolean {
  let depth = 0;
  let inText = false;
  let escaped = false;
  return (chunk) => {
    for (const byte of chunk) {
      if (escaped) escaped = false;
      else if (inText) {
        if (byte === backslash) escaped = true;
        else if (byte === quote) inText = false;
      } else if (byte === quote) inText = true;
      else if (byte === 0x5b || byte === 0x7b) depth += 1;
      else if (byte === 0x5d || byte === 0x7d) depth -= 1;
      if (depth > deepest) return false;
    }
    return true;
  };
}
