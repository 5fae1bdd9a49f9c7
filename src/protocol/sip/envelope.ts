import { MalformedSip } from '../sip-values/errors.js';
import { parseNameAddr, parseNameAddrList, type NameAddr } from '../sip-values/name-addr.js';
import { parseCSeq, type CSeq } from '../sip-values/numbers.js';
import { parseViaList, type Via } from '../sip-values/via.js';
import { singleValued } from './header-names.js';
import type { SipMessage } from './message.js';

/** The parsed values every message must have (RFC 3261 §8.1.1). */
export interface Envelope {
  via: Via;
  /** All Via values, topmost first. */
  vias: Via[];
  from: NameAddr;
  to: NameAddr;
  callId: string;
  cseq: CSeq;
}

const maxVias = 70;
/** What the frame allows of Content-Length is judged there. */
const atMostOne: ReadonlySet<string> = new Set([...singleValued].filter((name) => name !== 'content-length'));
/** Most values of Contact, Route or Record-Route. */
const maxAddresses = 70;

/**
 * Reads and judges the mandatory headers, duplicates of single headers, CSeq against the method and the syntax of
 * Contact, Route and Record-Route.
 *
 * @throws MalformedSip (400, or 501 where the method is unknown to `knows`).
 */
export function readEnvelope(message: SipMessage, knows: (method: string) => boolean = () => true): Envelope {
  const twice = message.headers.repeated(atMostOne);
  if (twice !== null) throw new MalformedSip(`several ${twice} headers`, 0);
  const value = (name: string): string => {
    const text = message.headers.get(name);
    if (text === null || text === '') throw new MalformedSip(`${name} is missing`, 0);
    return text;
  };
  const vias = parseViaList(message.headers.joined('via') ?? value('via'));
  const [via] = vias;
  if (!via) throw new MalformedSip('Via is missing', 0);
  if (vias.length > maxVias) throw new MalformedSip('too many Via values', 0);
  const from = parseNameAddr(value('from'));
  const to = parseNameAddr(value('to'));
  const callId = value('call-id');
  // A bar would break the leader lines applications read. Else any visible character goes: not every device keeps to `word`.
  for (const id of [callId, tagOf(from), tagOf(to)]) {
    if (id !== null && !/^[^\s|\u0000-\u001f\u007f]+$/.test(id)) throw new MalformedSip('bad Call-ID or tag', 0);
  }
  const cseq = parseCSeq(value('cseq'));
  if (message.kind === 'request' && cseq.method !== message.method) {
    throw new MalformedSip('CSeq names another method', 0, knows(message.method) ? 400 : 501);
  }
  checkHops(message);
  checkAddresses(message);
  return { via, vias, from, to, callId, cseq };
}

/** Max-Forwards is 0 to 255 (RFC 3261 §20.22); without one a request is taken as having plenty. */
function checkHops(message: SipMessage): void {
  const hops = message.headers.get('max-forwards');
  if (hops !== null && !(/^\d{1,10}$/.test(hops) && Number(hops) <= 255)) throw new MalformedSip('bad Max-Forwards', 0);
}

function checkAddresses(message: SipMessage): void {
  for (const name of ['contact', 'route', 'record-route']) {
    const text = message.headers.joined(name);
    if (text === null || text.trim() === '*') continue;
    if (parseNameAddrList(text).length > maxAddresses) throw new MalformedSip(`too many ${name} values`, 0);
  }
}

/** Tag of a From or To value, or null. */
export function tagOf(value: NameAddr): string | null {
  return value.params.get('tag') ?? null;
}
