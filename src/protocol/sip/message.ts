import { canonicalName, headerKey, headerName } from './header-names.js';

/** One header line: name as written, value unfolded and trimmed. */
export interface Header {
  readonly name: string;
  readonly value: string;
}

interface Line {
  name: string;
  key: string;
  value: string;
}

/** A message in bytes, and of what. */
interface Printed {
  headers: Headers;
  changes: number;
  start: string;
  body: Buffer;
  bytes: Buffer;
}

/** What was printed last: a message goes to a peer and to the application one after the other. */
let printed: Printed | null = null;

/** Ordered header lines, found by name in any case or compact form. */
export class Headers implements Iterable<Header> {
  private readonly lines: Line[] = [];
  /** Changes so far. Headers that read the same are the same, whatever became of them. */
  #changes = 0;

  constructor(lines: Iterable<Header> = []) {
    for (const { name, value } of lines) this.add(name, value);
  }

  [Symbol.iterator](): Iterator<Header> {
    return this.lines[Symbol.iterator]();
  }

  get count(): number {
    return this.lines.length;
  }

  add(name: string, value: string): this {
    const known = headerName(name);
    this.lines.push({ name: known.name, key: known.key, value });
    this.#changes++;
    return this;
  }

  /** First value, or null. */
  get(name: string): string | null {
    return this.line(headerKey(name))?.value ?? null;
  }

  has(name: string): boolean {
    return this.get(name) !== null;
  }

  /** Values of all lines of that name. */
  all(name: string): string[] {
    const key = headerKey(name);
    const values: string[] = [];
    for (const line of this.lines) if (line.key === key) values.push(line.value);
    return values;
  }

  /** The first name of these, lower case and in full, that stands on more than one line; or null. */
  repeated(names: ReadonlySet<string>): string | null {
    const seen: string[] = [];
    for (const { key } of this.lines) {
      if (!names.has(key)) continue;
      if (seen.includes(key)) return key;
      seen.push(key);
    }
    return null;
  }

  /** All lines of that name as one comma separated value, or null. */
  joined(name: string): string | null {
    const values = this.all(name);
    return values.length === 0 ? null : values.join(', ');
  }

  /** Bytes of a message with these lines. */
  print(start: string, body: Buffer): Buffer {
    const changes = this.#changes;
    const again = printed?.headers === this && printed.changes === changes;
    if (again && printed?.start === start && printed.body === body) return printed.bytes;
    let text = `${start}\r\n`;
    for (const { name, value } of this.lines) text += `${name}: ${value}\r\n`;
    text += '\r\n';
    const length = Buffer.byteLength(text);
    const bytes = Buffer.allocUnsafe(length + body.length);
    bytes.write(text, 0);
    body.copy(bytes, length);
    printed = { headers: this, changes, start, body, bytes };
    return bytes;
  }

  /** Replaces the first line of that name, keeping its place, or adds one. */
  set(name: string, value: string): this {
    const key = headerKey(name);
    const line = this.line(key);
    this.#changes++;
    if (line) line.value = value;
    else this.add(canonicalName(name), value);
    return this;
  }

  remove(name: string): this {
    const key = headerKey(name);
    this.#changes++;
    for (let i = this.lines.length - 1; i >= 0; i--) if (this.lines[i]?.key === key) this.lines.splice(i, 1);
    return this;
  }

  /** Whether a comma separated list header holds this token, in any case (Supported, Require, Allow). */
  lists(name: string, token: string): boolean {
    const wanted = token.toLowerCase();
    return this.all(name).some((value) => value.split(',').some((each) => each.trim().toLowerCase() === wanted));
  }

  private line(key: string): Line | null {
    for (const line of this.lines) if (line.key === key) return line;
    return null;
  }
}

/** A SIP request. */
export interface SipRequest {
  kind: 'request';
  method: string;
  uri: string;
  headers: Headers;
  body: Buffer;
}

/** A SIP response. */
export interface SipResponse {
  kind: 'response';
  status: number;
  reason: string;
  headers: Headers;
  body: Buffer;
}

export type SipMessage = SipRequest | SipResponse;

/** An empty body. */
export const noBody: Buffer = Buffer.alloc(0);

/** First line of a message. */
export function startLine(message: SipMessage): string {
  return message.kind === 'request'
    ? `${message.method} ${message.uri} SIP/2.0`
    : `SIP/2.0 ${message.status} ${message.reason}`;
}

/** Bytes of a message. Header lines are written as they are; the caller has set Content-Length. */
export function printMessage(message: SipMessage): Buffer {
  return message.headers.print(startLine(message), message.body);
}
