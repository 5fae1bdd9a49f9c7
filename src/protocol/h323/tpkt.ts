import { Framer, type FrameRule } from '../../base/framer.js';
import { H323Fault } from './fault.js';

/** Octets of the header: version 3, reserved, length of the whole in two octets (RFC 1006 §6). */
const header = 4;
const version = 3;
/**
 * Largest packet accepted, octets with the header. The largest capability set and fast start together that were seen
 * have 4 kB; the length has room for 64 kB.
 */
export const tpktLimit = 32_768;

/**
 * Cuts a TCP stream of call signalling or H.245 into packets. An empty packet is a keep-alive of some stacks and is
 * dropped; another version or a length shorter than the header ends the stream.
 */
export const tpktFrames: FrameRule = (buffer) => {
  if (buffer[0] !== version) return { kind: 'bad', why: `not TPKT: version ${buffer[0]}` };
  if (buffer.length < header) return { kind: 'more' };
  const length = buffer.readUInt16BE(2);
  if (length < header) return { kind: 'bad', why: `packet of ${length} octets` };
  if (length > tpktLimit) return { kind: 'bad', why: `packet of ${length} octets, at most ${tpktLimit}` };
  if (length === header) return { kind: 'skip', length };
  return buffer.length < length ? { kind: 'more' } : { kind: 'frame', skip: header, length: length - header };
};

/** A framer for one stream. */
export function tpktFramer(): Framer {
  return new Framer(tpktFrames, tpktLimit);
}

/** A payload with its header. */
export function tpkt(payload: Uint8Array): Buffer {
  if (payload.length > 0xffff - header) throw new H323Fault('unencodable', 0, `${payload.length} octets in one packet`);
  const packet = Buffer.allocUnsafe(header + payload.length);
  packet.writeUInt32BE((version << 24) + packet.length);
  packet.set(payload, header);
  return packet;
}
