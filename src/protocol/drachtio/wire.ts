import type { FrameRule } from '../../base/framer.js';

/** Largest message of an application, bytes. */
export const maxFrame = 4 * 1024 * 1024;

/** Cuts `<decimal length>#<payload>`; the length counts bytes of the payload. */
export const wireFrames: FrameRule = (buffer) => {
  const hash = buffer.indexOf(35);
  const digits = buffer.toString('latin1', 0, hash < 0 ? Math.min(buffer.length, 8) : hash);
  if (!/^\d{0,7}$/.test(digits) || (hash >= 0 && digits === '')) return { kind: 'bad', why: 'bad length' };
  if (hash < 0) return { kind: 'more' };
  const length = Number(digits);
  if (length > maxFrame) return { kind: 'bad', why: 'message too long' };
  return buffer.length < hash + 1 + length ? { kind: 'more' } : { kind: 'frame', skip: hash + 1, length };
};

/** Frames a leader line and, behind CRLF, a SIP message. */
export function frame(leader: string, sip: Buffer | null): Buffer {
  const head = Buffer.from(sip === null ? leader : `${leader}\r\n`);
  const length = head.length + (sip?.length ?? 0);
  return Buffer.concat([Buffer.from(`${length}#`), head, sip ?? Buffer.alloc(0)]);
}
