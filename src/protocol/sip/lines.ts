import { MalformedSip } from '../sip-values/errors.js';
import { isToken } from '../sip-values/split.js';
import { Headers } from './message.js';

/** Start line, unfolded headers and where the body begins. */
export interface Lines {
  start: string;
  headers: Headers;
  bodyAt: number;
}

/** Bounds of one message's header section. */
export interface HeaderLimits {
  /** Most header lines. */
  headers: number;
  /** Most characters of one unfolded header line. */
  line: number;
  /** Lines without a header name are left out instead of refused. */
  lenient?: boolean;
}

/** What is accepted from the network. */
export const headerLimits: HeaderLimits = { headers: 200, line: 8192 };

/** Offset just behind the empty line that ends the headers, or -1; `from` is where looking begins. */
export function headersEnd(data: Buffer, from = 0): number {
  const crlf = data.indexOf('\r\n\r\n', from);
  const lf = data.indexOf('\n\n', from);
  if (crlf < 0 && lf < 0) return -1;
  if (crlf >= 0 && (lf < 0 || crlf < lf)) return crlf + 4;
  return lf + 2;
}

/**
 * Cuts a message into start line, headers and body offset. Folded lines are joined by one blank; leading empty lines are
 * skipped (RFC 3261 §7.5). Lone LF is taken as a line end.
 *
 * @throws MalformedSip when the empty line is missing, a header has no name, or a limit is passed.
 */
export function splitLines(data: Buffer, limits: HeaderLimits = headerLimits): Lines {
  let from = 0;
  while (data[from] === 13 || data[from] === 10) from++;
  const end = headersEnd(data.subarray(from));
  if (end < 0) throw new MalformedSip('headers do not end with an empty line', data.length);
  const bodyAt = from + end;
  const [start = '', ...raw] = data.toString('utf8', from, bodyAt).split(/\r?\n/);
  const headers = new Headers();
  let pending: { name: string; value: string } | null = null;
  const flush = (): void => {
    if (pending) headers.add(pending.name, pending.value.trim());
    pending = null;
  };
  let position = from + start.length + 2;
  for (const line of raw) {
    if (line === '') break;
    if (line.startsWith(' ') || line.startsWith('\t')) {
      if (!pending) throw new MalformedSip('continuation line without a header', position);
      pending = { name: pending.name, value: `${pending.value} ${line.replaceAll('\r', ' ').trim()}` };
    } else {
      flush();
      const header = limits.lenient && !hasName(line) ? null : splitHeader(line, position);
      if (header === null) continue;
      if (headers.count >= limits.headers) throw new MalformedSip('too many headers', position);
      pending = header;
    }
    if (pending.value.length > limits.line) throw new MalformedSip('header line too long', position);
    position += line.length + 2;
  }
  flush();
  return { start, headers, bodyAt };
}

function hasName(line: string): boolean {
  return isToken(line.slice(0, Math.max(line.indexOf(':'), 0)).trimEnd());
}

function splitHeader(line: string, position: number): { name: string; value: string } {
  const colon = line.indexOf(':');
  const name = colon < 0 ? '' : line.slice(0, colon).trimEnd();
  if (!isToken(name)) throw new MalformedSip('header line without a name', position);
  return {
    name,
    value: line
      .slice(colon + 1)
      .replaceAll('\r', ' ')
      .trim(),
  };
}
