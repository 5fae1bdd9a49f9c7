import { exchangesOf } from './exchanges.js';
import { maskSip } from './mask.js';
import { peerOf, type Signalling, type Told } from './signalling.js';
import { readSipText } from './sip-text.js';
import type { Taped } from './tape.js';

/** Methods that are said again and again while nothing happens. */
const dullMethods = /^(OPTIONS|INFO|NOTIFY)$/;

/** SIP, which captures need not be told about. */
export const sipSignalling: Signalling = {
  protocol: 'sip',
  dull: (text) => dullMethods.test(readSipText(text).about),
  mask,
  tell: (messages, secrets) => tell(messages.map((one) => mask(one, secrets))),
  words({ text }) {
    const { method, uri, status, reason, about } = readSipText(text);
    return method === null ? `${status} ${reason} (${about})` : `${method} ${uri}`;
  },
  exchanges: exchangesOf,
  framed: ({ text }) => Buffer.from(text, 'latin1'),
  comment: () => undefined,
};

function mask(message: Taped, secrets: ReadonlySet<string>): Taped {
  return { ...message, text: maskSip(message.text, secrets) };
}

function tell(messages: readonly Taped[]): Told {
  const read = messages.map((one) => ({ one, sip: readSipText(one.text) }));
  const first = read[0];
  const peer = read.find(({ one }) => !one.outgoing)?.sip;
  const final = read.findLast(({ sip }) => sip.about === 'INVITE' && (sip.status ?? 0) >= 200)?.sip;
  return {
    direction: first?.one.outgoing === true ? 'out' : 'in',
    from: addressOf(first?.sip.header('From') ?? ''),
    to: first?.sip.uri ?? addressOf(first?.sip.header('To') ?? ''),
    agent: peer?.header('User-Agent') ?? peer?.header('Server') ?? '',
    transport: first?.one.way ?? '',
    peer: peerOf(first?.one),
    status: final?.status ?? null,
    reason: final?.reason ?? '',
    final: final ? { refused: (final.status ?? 0) >= 300 } : null,
  };
}

/** The address of a From or To value. */
function addressOf(value: string): string {
  return (/<([^>]*)>/.exec(value)?.[1] ?? value.split(';')[0] ?? '').trim();
}
