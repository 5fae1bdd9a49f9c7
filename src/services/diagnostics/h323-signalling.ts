import { productOf } from '../../legs/h323/peer-info.js';
import { aliasTexts } from '../../protocol/h323/aliases.js';
import { reasonName } from '../../protocol/h323/call/causes.js';
import { anyBody, bodyOf } from '../../protocol/h323/call/signal.js';
import type { EndpointType, RasMessage } from '../../protocol/h323/h225/schema.js';
import { tpkt } from '../../protocol/h323/tpkt.js';
import { causeWords, h225Words } from './h225-words.js';
import { h245Words } from './h245-words.js';
import { maskH323 } from './h323-mask.js';
import { isSignal, readH323, type ReadH323 } from './h323-octets.js';
import { tellRas } from './ras-told.js';
import { rasWords } from './ras-words.js';
import { peerOf, type Signalling, type Told } from './signalling.js';
import type { Taped } from './tape.js';

/** H.323: call signalling, H.245 inside it or beside it, and RAS. */
export const h323Signalling: Signalling = {
  protocol: 'h323',
  dull: (text, language) => language !== undefined && language !== 'h225' && isDull(readH323({ text, language })),
  mask,
  tell,
  words: (message) => wordsOf(readH323(message)),
  exchanges: () => [],
  framed({ text, language }) {
    const octets = Buffer.from(text, 'latin1');
    return language === 'ras' ? octets : tpkt(octets);
  },
  comment: (message) => wordsOf(readH323(message)),
};

function mask(message: Taped, secrets: ReadonlySet<string>): Taped {
  return { ...message, text: maskH323(message, secrets) };
}

function wordsOf(read: ReadH323 | null): string {
  switch (read?.language) {
    case undefined:
      return 'a message that cannot be read';
    case 'h225':
      return h225Words(read.q931, read.pdu);
    case 'h245':
      return h245Words(read.pdu);
    case 'ras':
      return rasWords(read.message);
  }
}

function isDull(read: ReadH323 | null): boolean {
  if (read?.language === 'ras') return repeated.some((name) => read.message[name] !== undefined);
  if (read?.language !== 'h245') return false;
  const { request, response } = read.pdu;
  return request?.roundTripDelayRequest !== undefined || response?.roundTripDelayResponse !== undefined;
}

/** Reports of a call that goes on. */
const repeated = ['infoRequest', 'infoRequestResponse', 'infoRequestAck', 'infoRequestNak'] as const;

/** By the Setup, the first message of the peer that names its product, and the end. */
function tell(messages: readonly Taped[], secrets: ReadonlySet<string>): Told {
  const first = messages.find((one) => isSignal(one, 'setup'));
  if (!first && messages[0]?.language === 'ras') return tellRas(messages.flatMap((one) => rasIn(one, secrets)));
  const setup = signalIn(first, secrets);
  const body = bodyOf(setup?.pdu ?? null, 'setup');
  const [caller = setup?.q931.callingPartyNumber?.digits ?? ''] = aliasTexts(body?.sourceAddress);
  const [called = setup?.q931.calledPartyNumber?.digits ?? ''] = aliasTexts(body?.destinationAddress);
  const outgoing = first?.outgoing === true;
  const [from, to] = outgoing ? [first?.local, first?.remote] : [first?.remote, first?.local];
  const connect = messages.find((one) => isSignal(one, 'connect'));
  const release = messages.find((one) => isSignal(one, 'releaseComplete'));
  const refused = !connect && release !== undefined;
  return {
    direction: outgoing ? 'out' : 'in',
    from: uriOf(caller, from),
    to: uriOf(called, to),
    agent: outgoing ? agentIn(messages) : productOf(body?.sourceInfo.vendor),
    transport: first?.way ?? '',
    peer: peerOf(first),
    status: null,
    reason: refused ? reasonOf(signalIn(release, secrets)) : '',
    final: connect || release ? { refused } : null,
  };
}

type Signal = Extract<ReadH323, { language: 'h225' }>;

function signalIn(message: Taped | undefined, secrets: ReadonlySet<string>): Signal | null {
  const read = message && readH323(mask(message, secrets));
  return read?.language === 'h225' ? read : null;
}

function rasIn(taped: Taped, secrets: ReadonlySet<string>): { taped: Taped; message: RasMessage }[] {
  const read = taped.language === 'ras' ? readH323(mask(taped, secrets)) : null;
  return read?.language === 'ras' ? [{ taped, message: read.message }] : [];
}

function reasonOf(release: Signal | null): string {
  const { cause } = release?.q931 ?? {};
  return cause ? causeWords(cause) : (reasonName(bodyOf(release?.pdu ?? null, 'releaseComplete')?.reason) ?? '');
}

/** Product of whom we called: said with whatever answers first. */
function agentIn(messages: readonly Taped[]): string {
  const answers = (['connect', 'alerting', 'callProceeding'] as const).map((type) =>
    messages.find((one) => !one.outgoing && isSignal(one, type)),
  );
  const answer = signalIn(
    answers.find((one) => one !== undefined),
    new Set(),
  );
  const { destinationInfo } = anyBody(answer?.pdu ?? null) as { destinationInfo?: EndpointType };
  return productOf(destinationInfo?.vendor);
}

function uriOf(user: string, place: { address: string } | undefined): string {
  return `h323:${user === '' ? '' : `${user}@`}${place?.address ?? ''}`;
}
