import { MalformedSip } from '../sip-values/errors.js';
import { parseNameAddr, parseNameAddrList, printNameAddr } from '../sip-values/name-addr.js';
import { parseCSeq, parseSeconds } from '../sip-values/numbers.js';
import { hostOf, schemeOf } from '../sip-values/uri.js';
import type { Flow } from '../sip/flow.js';
import { canonicalName, headerKey } from '../sip/header-names.js';
import { type Headers } from '../sip/message.js';
import type { AppMessage } from './commands.js';

/** Headers the engine writes itself; what the application says of them is not used. */
const ours = new Set([
  'via',
  'route',
  'record-route',
  'rseq',
  'content-length',
  'from',
  'to',
  'call-id',
  'cseq',
  'max-forwards',
]);

/** Headers in which `@localhost` stands for our own address. */
const localised = new Set(['from', 'to', 'contact', 'p-asserted-identity', 'p-preferred-identity', 'remote-party-id']);

/** Value with the host (and port) of `@localhost` replaced by our address on this flow. */
export function localise(name: string, value: string, flow: Flow): string {
  const key = headerKey(name);
  if (!localised.has(key)) return value;
  const { address, port } = flow.advertised;
  const place = `${hostOf(address)}:${port}`;
  // which transport a call goes out by is known here only, and the peer comes back by what Contact says
  const named = key !== 'contact' || flow.transport === 'udp' || !value.includes('<') || /;\s*transport=/i.test(value);
  const way = named ? '' : `;transport=${flow.transport}`;
  const replaced = value.replace(/@localhost(:\d+)?(?=[>;,?\s]|$)/gi, `@${place}${way}`);
  if (key !== 'from' || replaced !== value) return replaced;
  return value.replace(/(sips?:)localhost(:\d+)?(?=[>;,?\s]|$)/i, `$1${place}`);
}

/**
 * Copies an application's own headers into a message: canonical names, placeholders replaced.
 *
 * @returns name of the first header that cannot be parsed, which was then left out; null when all were good.
 */
export function copyHeaders(from: Headers, into: Headers, flow: Flow): string | null {
  let broken: string | null = null;
  for (const { name, value } of from) {
    const key = headerKey(name);
    if (ours.has(key) || key === 'content-type' || (key === 'contact' && into.has('contact'))) continue;
    const text = localise(name, clean(value), flow);
    if (key === 'contact' && text !== '*' && isReadable(key, text)) {
      for (const contact of parseNameAddrList(text)) into.add('Contact', printNameAddr(contact));
    } else if (isReadable(key, text)) into.add(canonicalName(name), text);
    else broken ??= name;
  }
  return broken;
}

/** No line break may enter a header. */
export function clean(value: string): string {
  return value.replace(/[\r\n]+/g, ' ').trim();
}

/** Whether a header the engine depends on can be parsed. */
export function isReadable(key: string, value: string): boolean {
  try {
    if (key === 'contact' && value !== '*') parseNameAddrList(value);
    else if (key === 'from' || key === 'to') schemeOf(parseNameAddr(value).uri);
    else if (key === 'cseq') parseCSeq(value);
    else if (key === 'expires' || key === 'min-se' || key === 'session-expires') return parseSeconds(value) !== null;
    else if (key === 'refer-to' || key === 'referred-by') parseNameAddr(value);
    return true;
  } catch (error) {
    if (error instanceof MalformedSip) return false;
    throw error;
  }
}

/** Adds Content-Type (guessed for SDP) and Content-Length. Returns false when there is a body of unknown type. */
export function finishBody(message: AppMessage, into: Headers): boolean {
  const type = message.headers.get('content-type');
  if (message.body.length > 0) {
    const known = type ?? (message.body.toString('latin1', 0, 3) === 'v=0' ? 'application/sdp' : null);
    if (known === null) return false;
    into.add('Content-Type', clean(known));
  }
  into.add('Content-Length', String(message.body.length));
  return true;
}

/** Our Contact on a flow: `sips` only where the peer asked for it (RFC 3261 §12.1.1). */
export function ownContact(flow: Flow, secure: boolean): string {
  const { address, port } = flow.advertised;
  const parameter = flow.transport === 'udp' ? '' : `;transport=${flow.transport}`;
  return `<${secure ? 'sips' : 'sip'}:${hostOf(address)}:${port}${parameter}>`;
}
