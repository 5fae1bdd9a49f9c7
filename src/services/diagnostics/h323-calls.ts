import type { SeenMessage } from '../../base/seen.js';
import type { RasMessage } from '../../protocol/h323/h225/schema.js';
import { answersTo, bodyOf, nameOf, type RasName } from '../../protocol/h323/ras/messages.js';
import { isSignal, readH323 } from './h323-octets.js';
import { anyBody } from '../../protocol/h323/call/signal.js';
import type { Language } from './tape.js';

/** Requests of RAS whose answers are waited for. */
const mostAsked = 500;
/** RAS of a call before its Setup. */
const beginners: ReadonlySet<RasName> = new Set<RasName>(['admissionRequest', 'locationRequest']);

/** How a message names a call. */
interface Named {
  callIdentifier?: { guid: Buffer } | undefined;
}

/** What is in messages of RAS about calls: one is meant, or several are reported. */
interface NamedRas extends Named {
  requestSeqNum: number;
  perCallInfo?: readonly Named[] | undefined;
}

/** What a message is about. */
export interface Placed {
  /** Calls by their callIdentifier; none for registrations and the like. */
  callIds: readonly string[];
  /** Whether it may be the first of such a call. */
  begins: boolean;
}

const nothing: Placed = { callIds: [], begins: false };

/** Finds the calls that a message of H.323 is about. */
export class H323Calls {
  /** Calls of requests of RAS, by who asked whom and their number: answers name no call. */
  private readonly asked = new Map<string, readonly string[]>();

  /** `callId` where it is known. */
  place(message: SeenMessage, language: Language, callId: string | null): Placed {
    const text = Buffer.from(message.bytes).toString('latin1');
    if (language !== 'ras') {
      const named = callId ?? signalNames(text, language);
      return named === null ? nothing : { callIds: [named], begins: isSignal({ text, language }, 'setup') };
    }
    const read = readH323({ text, language });
    return read?.language === 'ras' ? this.placeRas(read.message, message) : nothing;
  }

  private placeRas(ras: RasMessage, { outgoing, local, remote }: SeenMessage): Placed {
    const body: NamedRas | null = bodyOf(ras);
    if (!body) return nothing;
    const name = nameOf(ras);
    const callIds = callsIn(body);
    const key = (asker: boolean, port: number | string): string =>
      `${asker} ${local.port} ${remote.address} ${port} ${body.requestSeqNum}`;
    // a report answers a request, or is one itself
    const asks = name in answersTo && (name !== 'infoRequestResponse' || callIds.length > 0);
    if (asks) {
      // answers may go to another port of the same host
      for (const port of [remote.port, 'any']) this.remember(key(outgoing, port), callIds);
      return { callIds, begins: beginners.has(name) };
    }
    const known = this.asked.get(key(!outgoing, remote.port)) ?? this.asked.get(key(!outgoing, 'any'));
    return { callIds: known ?? [], begins: false };
  }

  private remember(key: string, callIds: readonly string[]): void {
    this.asked.delete(key);
    this.asked.set(key, callIds);
    const [oldest] = this.asked.keys();
    if (this.asked.size > 2 * mostAsked && oldest !== undefined) this.asked.delete(oldest);
  }
}

function callsIn({ callIdentifier, perCallInfo = [] }: NamedRas): string[] {
  const names = [{ callIdentifier }, ...perCallInfo].map(guidOf).filter((one) => one !== null);
  return [...new Set(names)];
}

/** Version 1 has none, others write zeros. */
function guidOf({ callIdentifier }: Named): string | null {
  const guid = callIdentifier?.guid;
  return guid?.some((octet) => octet !== 0) ? guid.toString('hex') : null;
}

/** Of a Setup that was refused before it was a call, and its answer. */
function signalNames(text: string, language: Language): string | null {
  const read = readH323({ text, language });
  return read?.language === 'h225' ? guidOf(anyBody(read.pdu)) : null;
}
