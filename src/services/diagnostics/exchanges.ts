import type { DescribedExchange } from '../../rooms/call-archive.js';
import { readSipText, type SipText } from './sip-text.js';
import type { Taped } from './tape.js';

/** Most exchanges told: the first, and the latest. */
const mostTold = 5;

/** An offer on its way. */
interface Open {
  key: string;
  exchange: DescribedExchange;
  /** The offer is in a 2xx and its answer comes in the ACK. */
  late: boolean;
}

/**
 * Offers and answers of a call in order (RFC 3264, RFC 6337), cut down to what is about floor control and content. Messages
 * are to be masked already.
 */
export function exchangesOf(messages: readonly Taped[]): DescribedExchange[] {
  const done: Open[] = [];
  const open = new Map<string, Open>();
  for (const message of messages) {
    const sip = readSipText(message.text);
    if (sip.method === 'ACK') acknowledged(sip, message, open);
    else if (sip.method !== null) requested(sip, message, open, done);
    else answered(sip, message, open, done);
  }
  const all = done.map(({ exchange }) => exchange);
  return all.length <= mostTold ? all : [...all.slice(0, 1), ...all.slice(1 - mostTold)];
}

function requested(sip: SipText, message: Taped, open: Map<string, Open>, done: Open[]): void {
  if (sip.method !== 'INVITE' && sip.method !== 'UPDATE') return;
  const key = keyOf(message.outgoing, sip);
  // repeated by UDP
  if (open.has(key) || !hasDescription(sip)) return;
  begin(key, message, sip, false, open, done);
}

function answered(sip: SipText, message: Taped, open: Map<string, Open>, done: Open[]): void {
  const key = keyOf(!message.outgoing, sip);
  const known = open.get(key);
  const { status } = sip;
  if (status === null || status <= 100 || (sip.about !== 'INVITE' && sip.about !== 'UPDATE')) return;
  if (known && !known.late) {
    if (status >= 300) known.exchange.status ??= status;
    else if (hasDescription(sip)) known.exchange.answered = sectionsOf(sip.body);
    if (status >= 200 && status < 300) known.exchange.status = status;
    return;
  }
  if (!known && status >= 200 && status < 300 && hasDescription(sip)) begin(key, message, sip, true, open, done);
}

function acknowledged(sip: SipText, message: Taped, open: Map<string, Open>): void {
  const known = open.get(`${String(message.outgoing)} ${sip.cseq} INVITE`);
  if (known?.late && hasDescription(sip)) known.exchange.answered ??= sectionsOf(sip.body);
}

function begin(key: string, message: Taped, sip: SipText, late: boolean, open: Map<string, Open>, done: Open[]): void {
  const exchange: DescribedExchange = {
    at: message.at,
    by: message.outgoing ? 'us' : 'peer',
    offered: sectionsOf(sip.body),
    answered: null,
    status: late ? sip.status : null,
  };
  const one = { key, exchange, late };
  open.set(key, one);
  done.push(one);
}

function keyOf(outgoing: boolean, { cseq, about }: SipText): string {
  return `${String(outgoing)} ${cseq} ${about}`;
}

function hasDescription(sip: SipText): boolean {
  return sip.body.includes('m=') && /^v=0/m.test(sip.body);
}

/** Lines of the sections for floor control and for video beside the main picture; of candidates and keys nothing. */
function sectionsOf(body: string): string[][] {
  const [, ...sections] = body.split(/\r?\n(?=m=)/);
  let videos = 0;
  return sections.flatMap((section) => {
    const lines = section.split(/\r?\n/).filter((line) => line !== '' && !/^a=(candidate|crypto|ssrc|msid)/.test(line));
    const [media = ''] = lines;
    const video = media.startsWith('m=video');
    if (video) videos += 1;
    const second = video && (videos > 1 || lines.some((line) => /^a=content:(?!main)/i.test(line)));
    return second || /^m=application .*BFCP/i.test(media) ? [lines] : [];
  });
}
