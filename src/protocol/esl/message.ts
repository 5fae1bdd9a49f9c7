import type { FrameRule } from '../../base/framer.js';
import { EslUnreadable } from './errors.js';

/** Longest block of headers, bytes. Verbose events have 6 kB. */
export const headersLimit = 65_536;
/** Longest body, bytes: a list of 10,000 members takes half of it. */
export const bodyLimit = 8 * 1024 * 1024;

const lineEnd = 0x0a;
const carriageReturn = 0x0d;

/** One message of the event socket: headers, and as many bytes of body as they say. */
export interface EslMessage {
  contentType: string;
  /** By name in lower case; of two with one name the first. */
  headers: ReadonlyMap<string, string>;
  body: string;
}

/**
 * Where a message ends: its headers end with an empty line, its body is counted in bytes and nothing follows it.
 * Line ends before a message are passed over.
 */
export const eslFrames: FrameRule = (buffer) => {
  if (buffer[0] === lineEnd || buffer[0] === carriageReturn) return { kind: 'skip', length: 1 };
  const end = buffer.indexOf('\n\n');
  if (end > headersLimit || (end < 0 && buffer.length > headersLimit)) return { kind: 'bad', why: 'endless headers' };
  if (end < 0) return { kind: 'more' };
  const told = readHeaders(buffer.toString('utf8', 0, end)).get('content-length');
  const length = told === undefined ? 0 : lengthOf(told);
  if (length === null) return { kind: 'bad', why: `Content-Length ${JSON.stringify(told?.slice(0, 20))}` };
  if (length > bodyLimit) return { kind: 'bad', why: `a body of ${length} bytes` };
  const whole = end + 2 + length;
  return buffer.length < whole ? { kind: 'more' } : { kind: 'frame', skip: 0, length: whole };
};

/** Reads what `eslFrames` cut. Throws EslUnreadable when it says not what it is. */
export function readMessage(frame: Buffer): EslMessage {
  const end = frame.indexOf('\n\n');
  const headers = readHeaders(frame.toString('utf8', 0, end < 0 ? frame.length : end));
  const contentType = headers.get('content-type');
  if (contentType === undefined) throw new EslUnreadable('a message without Content-Type');
  return { contentType, headers, body: end < 0 ? '' : frame.toString('utf8', end + 2) };
}

/** `Name: value` by line; what is no header is passed over. Names come in lower case. */
export function readHeaders(text: string): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon < 1) continue;
    const name = line.slice(0, colon).toLowerCase();
    if (!headers.has(name)) headers.set(name, line.slice(colon + 1).trim());
  }
  return headers;
}

function lengthOf(text: string): number | null {
  return /^\d{1,9}$/.test(text) ? Number(text) : null;
}
