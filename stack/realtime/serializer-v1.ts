import { MalformedFrame, parseFrame, toRef, type Serializer } from './messages.ts';
import { isRecord } from './values.ts';

/** Protocol 1.0.0: one JSON object per frame; what the server sends has no `join_ref`. */
export const serializerV1: Serializer = {
  version: '1.0.0',

  decode(data, isBinary) {
    if (isBinary) throw new MalformedFrame('protocol 1.0.0 has no binary frames');
    const frame = parseFrame(data);
    if (!isRecord(frame)) throw new MalformedFrame('the frame is not an object');
    const { topic, event, payload, ref, join_ref: joinRef } = frame;
    if (typeof topic !== 'string' || typeof event !== 'string')
      throw new MalformedFrame('topic and event must be texts');
    return { kind: 'event', joinRef: toRef(joinRef), ref: toRef(ref), topic, event, payload };
  },

  encode({ topic, event, payload, ref }) {
    return JSON.stringify({ topic, event, payload, ref });
  },
};
