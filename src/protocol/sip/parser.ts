import { MalformedSip } from '../sip-values/errors.js';
import { isToken } from '../sip-values/split.js';
import { parseSipUri, schemeOf } from '../sip-values/uri.js';
import { headerLimits, splitLines, type Lines } from './lines.js';
import { noBody, type Headers, type SipMessage } from './message.js';

/** Where the bytes came from: a datagram or WebSocket frame bounds the message itself, a stream needs Content-Length. */
export type Bounded = 'datagram' | 'stream';

/** A message, or why not with as much of it as an error response needs. */
export type Parsed =
  { ok: true; message: SipMessage } | { ok: false; error: MalformedSip; start: string; headers: Headers | null };

/**
 * Reads one message. Total: whatever the bytes are, the result says what is wrong. Only the frame is judged here; header
 * values are judged by `readEnvelope`.
 */
export function parseMessage(data: Buffer, bounded: Bounded): Parsed {
  let lines: Lines | null = null;
  try {
    lines = splitLines(data, headerLimits);
    const message = parseStart(lines);
    message.body = bodyOf(data, lines, bounded);
    return { ok: true, message };
  } catch (error) {
    if (!(error instanceof MalformedSip)) throw error;
    const rest = lines ?? salvage(data);
    return { ok: false, error, start: rest?.start ?? '', headers: rest?.headers ?? null };
  }
}

/** What can be read of a message whose header section is broken or too big, so that it can be answered. */
function salvage(data: Buffer): Lines | null {
  try {
    return splitLines(Buffer.concat([data, Buffer.from('\r\n\r\n')]), { headers: 1000, line: 65_536, lenient: true });
  } catch (error) {
    if (error instanceof MalformedSip) return null;
    throw error;
  }
}

function parseStart({ start, headers, bodyAt }: Lines): SipMessage {
  const body = noBody;
  if (/^SIP\//i.test(start)) {
    const match = /^SIP\/2\.0 (\d{3}) ?(.*)$/i.exec(start);
    const status = Number(match?.[1]);
    if (!match || status < 100 || status > 699) throw new MalformedSip('bad status line', 0);
    return { kind: 'response', status, reason: match[2] ?? '', headers, body };
  }
  const [method = '', uri = '', version = '', ...rest] = start.split(' ');
  if (!isToken(method)) throw new MalformedSip('bad method', 0);
  if (rest.length > 0 || uri === '' || !/^SIP\/\d+\.\d+$/i.test(version)) {
    throw new MalformedSip('bad request line', method.length, looksLikeOtherVersion(start) ? 505 : 400);
  }
  if (version.toUpperCase() !== 'SIP/2.0') throw new MalformedSip('SIP version not supported', start.length, 505);
  checkRequestUri(uri, method.length + 1);
  if (bodyAt < 0) throw new MalformedSip('no end of headers', start.length);
  return { kind: 'request', method, uri, headers, body };
}

function looksLikeOtherVersion(start: string): boolean {
  const match = /SIP\/(\d+\.\d+)$/i.exec(start);
  return match !== null && match[1] !== '2.0' && start.split(' ').length === 3;
}

/** Unknown schemes are left to the user agent (416); a sip: URI must be right and carry no headers (RFC 3261 §19.1.1). */
function checkRequestUri(uri: string, at: number): void {
  try {
    const scheme = schemeOf(uri);
    if (scheme !== 'sip' && scheme !== 'sips') return;
    if (parseSipUri(uri).headers !== null) throw new MalformedSip('Request-URI with headers', 0);
  } catch (error) {
    if (error instanceof MalformedSip) throw new MalformedSip(error.message, at + error.position);
    throw error;
  }
}

function bodyOf(data: Buffer, lines: Lines, bounded: Bounded): Buffer {
  const present = data.length - lines.bodyAt;
  const values = new Set(lines.headers.all('content-length').map((value) => value.trim()));
  if (values.size > 1) throw new MalformedSip('several Content-Length headers', lines.bodyAt);
  const [value] = values;
  if (value === undefined) {
    if (bounded === 'stream') throw new MalformedSip('Content-Length is missing', lines.bodyAt);
    return data.subarray(lines.bodyAt);
  }
  if (!/^\d{1,9}$/.test(value)) throw new MalformedSip('bad Content-Length', lines.bodyAt);
  const length = Number(value);
  if (length > present) throw new MalformedSip('Content-Length is larger than the message', data.length);
  return length === 0 ? noBody : data.subarray(lines.bodyAt, lines.bodyAt + length);
}
