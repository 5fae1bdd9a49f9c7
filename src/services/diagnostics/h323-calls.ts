import type { SeenMessage } from '../../base/seen.js';
import type { RasMessage } from '../../protocol/h323/h225/schema.js';
import { bodyOf, nameOf, type RasName } from '../../protocol/h323/ras/messages.js';
import { isSignal, readH323 } from './h323-octets.js';
import { anyBody } from '../../protocol/h323/call/signal.js';
import type { Language } from './tape.js';

/** Requests of RAS whose answers are waited for. */
const mostAsked = 500;
/** RAS of a call before its Setup. */
const beginners: ReadonlySet<RasName> = new Set<RasName>(['admissionRequest', 'locationRequest']);

/** What is in most messages of RAS about calls. */
interface NamedRas {
  requestSeqNum: number;
  callIdentifier?: { guid: Buffer };
}

/** Finds the call that a message of H.323 is about. */
export class H323Calls {
  /** Calls of requests of RAS, by their ends and number: answers name no call. */
  private readonly asked = new Map<string, string>();

  /** `callId` where it is known; null when the message is of no call. */
  place(message: SeenMessage, language: Language, callId: string | null): { callId: string; begins: boolean } | null {
    const text = Buffer.from(message.bytes).toString('latin1');
    if (language !== 'ras') {
      const named = callId ?? signalNames(text, language);
      return named === null ? null : { callId: named, begins: isSignal({ text, language }, 'setup') };
    }
    const read = readH323({ text, language });
    return read?.language === 'ras' ? this.placeRas(read.message, message) : null;
  }

  private placeRas(ras: RasMessage, { local, remote }: SeenMessage) {
    const body: NamedRas | null = bodyOf(ras);
    if (!body) return null;
    const key = `${local.port} ${remote.address} ${remote.port} ${body.requestSeqNum}`;
    const callId = body.callIdentifier?.guid.toString('hex') ?? this.asked.get(key);
    if (callId === undefined) return null;
    if (body.callIdentifier) this.remember(key, callId);
    return { callId, begins: beginners.has(nameOf(ras)) };
  }

  private remember(key: string, callId: string): void {
    this.asked.delete(key);
    this.asked.set(key, callId);
    const [oldest] = this.asked.keys();
    if (this.asked.size > mostAsked && oldest !== undefined) this.asked.delete(oldest);
  }
}

/** Of a Setup that was refused before it was a call, and its answer. */
function signalNames(text: string, language: Language): string | null {
  const read = readH323({ text, language });
  const guid = read?.language === 'h225' ? anyBody(read.pdu).callIdentifier?.guid : undefined;
  return guid?.some((octet) => octet !== 0) ? guid.toString('hex') : null;
}
