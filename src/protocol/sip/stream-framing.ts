import type { FrameRule, FrameVerdict } from '../../base/framer.js';
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
 * Without a usable Content-Length the frame is the header section alone, which the parser then refuses. What is
 * obviously no SIP is refused at once. The rule remembers what it has looked at, so that a message that trickles in is
 * not read again with every byte.
 */
export function sipFrames(notices: StreamNotices, maxMessage: number): FrameRule {
  let looked = 0;
  let expected: number | null = null;
  const frame = (length: number): FrameVerdict => {
    looked = 0;
    expected = null;
    return { kind: 'frame', skip: 0, length };
  };
  return (buffer) => {
    if (expected === null) {
      if (buffer[0] === 13 || buffer[0] === 10) return keepAlive(buffer, notices);
      if (looked <= firstLine) {
        const why = junk(buffer);
        if (why !== null) return { kind: 'bad', why };
      }
      const end = headersEnd(buffer, Math.max(0, looked - 3));
      if (end < 0) {
        looked = buffer.length;
        notices.partial(true);
        return { kind: 'more' };
      }
      const length = contentLength(buffer.toString('latin1', 0, end));
      if (length === null || end + length > maxMessage) return frame(end);
      expected = end + length;
    }
    const whole = buffer.length >= expected;
    notices.partial(!whole);
    return whole ? frame(expected) : { kind: 'more' };
  };
}

/** No Request-URI makes a start line longer than this before its version. */
const firstLine = 8192;

/** What the peer speaks instead of SIP, or null: something like SIP, or too early to say. */
function junk(buffer: Buffer): string | null {
  const first = buffer[0] ?? 0;
  if (first === 22 || first === 128) return 'TLS on a port without TLS';
  if (first < 32 || first > 126) return 'no SIP';
  const end = buffer.indexOf(10);
  if (end < 0 || end > firstLine) return buffer.length > firstLine ? 'a start line without end' : null;
  const line = buffer.toString('latin1', 0, end);
  if (/SIP\s*\/\s*\d/i.test(line)) return null;
  return /HTTP\/\d/.test(line) ? 'HTTP on a SIP port' : 'no SIP';
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
