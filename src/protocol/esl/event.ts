import { EslUnreadable } from './errors.js';
import { readHeaders, type EslMessage } from './message.js';

/** One event. */
export interface EslEvent {
  /** `Event-Name`. */
  name: string;
  /** `Event-Subclass` of a CUSTOM event, or ''. */
  subclass: string;
  /** Value of a header in any case, or ''. */
  get(header: string): string;
  /** Output of a background job, or ''. */
  body: string;
}

/** Reads `text/event-json` and `text/event-plain`. Throws EslUnreadable. */
export function readEvent({ contentType, body }: EslMessage): EslEvent {
  return contentType === 'text/event-json' ? jsonEvent(body) : plainEvent(body);
}

function eventOf(headers: ReadonlyMap<string, string>, body: string): EslEvent {
  const get = (header: string): string => headers.get(header.toLowerCase()) ?? '';
  return { name: get('Event-Name'), subclass: get('Event-Subclass'), get, body };
}

function jsonEvent(text: string): EslEvent {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new EslUnreadable('an event that is no JSON');
  }
  if (typeof value !== 'object' || value === null) throw new EslUnreadable('an event that is no object');
  const headers = new Map<string, string>();
  for (const [name, told] of Object.entries(value)) {
    const plain = plainValue(told);
    if (plain !== null) headers.set(name.toLowerCase(), plain);
  }
  return eventOf(headers, headers.get('_body') ?? '');
}

/** Values are strings, seldom lists of strings. */
function plainValue(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return null;
  return `ARRAY::${value.filter((each): each is string => typeof each === 'string').join('|:')}`;
}

function plainEvent(text: string): EslEvent {
  const end = text.indexOf('\n\n');
  const headers = new Map<string, string>();
  for (const [name, value] of readHeaders(end < 0 ? text : text.slice(0, end))) headers.set(name, decoded(value));
  return eventOf(headers, end < 0 ? '' : text.slice(end + 2));
}

/** Percent-decoding that leaves what is no code as it is: a value may hold a bare `%`. */
function decoded(value: string): string {
  if (!value.includes('%')) return value;
  const bytes = Buffer.from(value, 'utf8');
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    const code = bytes[at] === percent ? Number.parseInt(hexAt(bytes, at + 1), 16) : NaN;
    bytes[length++] = Number.isNaN(code) ? (bytes[at] ?? 0) : code;
    if (!Number.isNaN(code)) at += 2;
  }
  return bytes.toString('utf8', 0, length);
}

const percent = 0x25;

function hexAt(bytes: Buffer, at: number): string {
  const text = bytes.toString('latin1', at, at + 2);
  return /^[0-9a-f]{2}$/i.test(text) ? text : '';
}
