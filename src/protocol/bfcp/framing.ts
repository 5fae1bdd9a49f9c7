import type { FrameRule } from '../../base/framer.js';

/** Largest message accepted on a stream, octets; far above what a content floor needs. */
export const streamLimit = 4096;

/** Cuts a TCP stream by Payload Length, RFC 8855 §6.1. A message above `streamLimit` or of version 0 or above 2 ends it. */
export const bfcpFrames: FrameRule = (buffer) => {
  const version = (buffer[0] ?? 0) >> 5;
  if (version !== 1 && version !== 2) return { kind: 'bad', why: `not BFCP: version ${version}` };
  if (buffer.length < 4) return { kind: 'more' };
  const length = 12 + 4 * buffer.readUInt16BE(2);
  if (length > streamLimit) return { kind: 'bad', why: `message of ${length} octets` };
  return buffer.length < length ? { kind: 'more' } : { kind: 'frame', skip: 0, length };
};
