const final = 0x80;
const opcodes = { text: 1, binary: 2 } as const;

/**
 * A complete unmasked WebSocket frame (RFC 6455, section 5.2) of one message, given whole or in parts. A broadcast builds it once and
 * writes the same bytes to every socket, which costs half of framing it for each.
 */
export function wireFrame(payload: Buffer | readonly Buffer[], type: keyof typeof opcodes): Buffer {
  const parts = Buffer.isBuffer(payload) ? [payload] : payload;
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([headerOf(length, type), ...parts]);
}

function headerOf(length: number, type: keyof typeof opcodes): Buffer {
  const first = final | opcodes[type];
  if (length < 126) return Buffer.from([first, length]);
  if (length < 65_536) return Buffer.from([first, 126, length >> 8, length & 0xff]);
  const header = Buffer.alloc(10);
  header[0] = first;
  header[1] = 127;
  header.writeBigUInt64BE(BigInt(length), 2);
  return header;
}

/** A text message as a frame. */
export const textFrame = (text: string) => wireFrame(Buffer.from(text), 'text');
