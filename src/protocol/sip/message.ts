import { canonicalName, headerKey } from './header-names.js';

/** One header line: name as written, value unfolded and trimmed. */
export interface Header {
  readonly name: string;
  readonly value: string;
}

/** Ordered header lines, found by name in any case or compact form. */
export class Headers implements Iterable<Header> {
  private readonly lines: { name: string; key: string; value: string }[] = [];

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
    this.lines.push({ name, key: headerKey(name), value });
    return this;
  }

  /** First value, or null. */
  get(name: string): string | null {
    const key = headerKey(name);
    return this.lines.find((line) => line.key === key)?.value ?? null;
  }

  has(name: string): boolean {
    return this.get(name) !== null;
  }

  /** Values of all lines of that name. */
  all(name: string): string[] {
    const key = headerKey(name);
    return this.lines.filter((line) => line.key === key).map((line) => line.value);
  }

  /** All lines of that name as one comma separated value, or null. */
  joined(name: string): string | null {
    const values = this.all(name);
    return values.length === 0 ? null : values.join(', ');
  }

  /** Replaces the first line of that name, keeping its place, or adds one. */
  set(name: string, value: string): this {
    const key = headerKey(name);
    const line = this.lines.find((each) => each.key === key);
    if (line) line.value = value;
    else this.add(canonicalName(name), value);
    return this;
  }

  remove(name: string): this {
    const key = headerKey(name);
    for (let i = this.lines.length - 1; i >= 0; i--) if (this.lines[i]?.key === key) this.lines.splice(i, 1);
    return this;
  }

  /** Whether a comma separated list header holds this token, in any case (Supported, Require, Allow). */
  lists(name: string, token: string): boolean {
    const wanted = token.toLowerCase();
    return this.all(name).some((value) => value.split(',').some((each) => each.trim().toLowerCase() === wanted));
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
  let text = `${startLine(message)}\r\n`;
  for (const { name, value } of message.headers) text += `${name}: ${value}\r\n`;
  const head = Buffer.from(`${text}\r\n`);
  return message.body.length === 0 ? head : Buffer.concat([head, message.body]);
}
