import type { FrameRule } from '../../base/framer.js';
import { headersEnd } from './lines.js';

/** What the framing rule notices on the way. */
export interface StreamNotices {
  /** A double CRLF came in and wants a single one back (RFC 5626 §4.4.1). */
  ping(): void;
  /** Whether a message has begun and not ended. */
  partial(yes: boolean): void;
}

/**
 * Where the next message of a byte stream ends: headers by the empty line, body by Content-Length (RFC 3261 §18.3).
 * Without a usable Content-Length the frame is the header section alone, which the parser then refuses.
 */
export function sipFrames(notices: StreamNotices, maxMessage: number): FrameRule {
  return (buffer) => {
    if (buffer[0] === 13 || buffer[0] === 10) return keepAlive(buffer, notices);
    const end = headersEnd(buffer);
    if (end < 0) {
      notices.partial(true);
      return { kind: 'more' };
    }
    const length = contentLength(buffer.toString('latin1', 0, end));
    if (length === null || end + length > maxMessage) return { kind: 'frame', skip: 0, length: end };
    const whole = buffer.length >= end + length;
    notices.partial(!whole);
    return whole ? { kind: 'frame', skip: 0, length: end + length } : { kind: 'more' };
  };
}

function keepAlive(buffer: Buffer, notices: StreamNotices): ReturnType<FrameRule> {
  if (buffer[0] === 10) return { kind: 'skip', length: 1 };
  const text = buffer.toString('latin1', 0, 4);
  if (text === '\r\n\r\n') {
    notices.ping();
    return { kind: 'skip', length: 4 };
  }
  if ('\r\n\r\n'.startsWith(text)) return { kind: 'more' };
  return { kind: 'skip', length: text.startsWith('\r\n') ? 2 : 1 };
}

function contentLength(head: string): number | null {
  const match = /\n(?:content-length|l)[ \t]*:[ \t]*(\d{1,9})[ \t]*\r?\n/i.exec(head);
  return match ? Number(match[1]) : null;
}
