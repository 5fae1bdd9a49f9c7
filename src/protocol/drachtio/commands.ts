import { MalformedSip } from '../sip-values/errors.js';
import { splitLines } from '../sip/lines.js';
import type { Headers } from '../sip/message.js';

/** A SIP message as an application writes it: headers may be missing, Content-Length does not count. */
export interface AppMessage {
  start: string;
  headers: Headers;
  body: Buffer;
}

/** What an application says. `id` correlates the response. */
export type Command =
  | { kind: 'authenticate'; id: string; secret: string; tags: string[] }
  | { kind: 'route'; id: string; verb: string }
  | { kind: 'remove_route'; id: string; verb: string }
  | { kind: 'ping'; id: string }
  | { kind: 'sip'; id: string; transactionId: string; dialogId: string; nextHop: string; message: AppMessage }
  | { kind: 'proxy'; id: string; transactionId: string; options: string[]; message: AppMessage | null }
  | { kind: 'bad'; id: string; why: string };

const limits = { headers: 1000, line: 262_144, lenient: true };

/** Reads one framed message. Total: what cannot be read becomes `bad` with the text the application is told. */
export function readCommand(payload: Buffer): Command {
  const cut = payload.indexOf('\r\n');
  const leader = payload.toString('utf8', 0, cut < 0 ? payload.length : cut);
  const [id = '', type, ...rest] = leader.split('|');
  if (type === undefined) return { kind: 'bad', id, why: 'Invalid message format' };
  const sip = cut < 0 ? null : payload.subarray(cut + 2);
  switch (type) {
    case 'authenticate':
      return { kind: type, id, secret: rest[0] ?? '', tags: (rest[1] ?? '').split(',').filter((tag) => tag !== '') };
    case 'route':
    case 'remove_route':
      return { kind: type, id, verb: (rest[0] ?? '').toLowerCase() };
    case 'ping':
      return { kind: type, id };
    case 'sip':
      return readSip(id, rest, sip);
    case 'proxy':
      return readProxy(id, rest, sip);
    default:
      return { kind: 'bad', id, why: 'Unknown message type' };
  }
}

function readSip(id: string, rest: string[], sip: Buffer | null): Command {
  const message = sip === null ? null : readMessage(sip);
  if (!message) return { kind: 'bad', id, why: 'Invalid message format' };
  const [transactionId = '', dialogId = '', nextHop = ''] = rest;
  return { kind: 'sip', id, transactionId, dialogId, nextHop, message };
}

function readProxy(id: string, rest: string[], sip: Buffer | null): Command {
  const [transactionId = '', ...options] = rest;
  return { kind: 'proxy', id, transactionId, options, message: sip === null ? null : readMessage(sip) };
}

function readMessage(sip: Buffer): AppMessage | null {
  try {
    const { start, headers, bodyAt } = splitLines(sip, limits);
    return { start, headers, body: sip.subarray(bodyAt) };
  } catch (error) {
    if (error instanceof MalformedSip) return null;
    throw error;
  }
}
