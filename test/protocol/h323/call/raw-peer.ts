import type { Framer } from '../../../../src/base/framer.js';
import type { ByteStream, Endpoint } from '../../../../src/base/net.js';
import type { H323_UU_PDU, Setup_UUIE } from '../../../../src/protocol/h323/h225/schema.js';
import { readSignal, writeSignal, type BodyName, type Signal } from '../../../../src/protocol/h323/call/signal.js';
import type { Q931Message } from '../../../../src/protocol/h323/q931.js';
import { tpkt, tpktFramer } from '../../../../src/protocol/h323/tpkt.js';
import type { MemoryNet } from '../../../support/memory-net.js';
import { us } from './rig.js';

export const guid = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
const protocolIdentifier = '0.0.8.2250.0.4';
export const named = { protocolIdentifier, callIdentifier: { guid } };

/** A device that says whatever a test wants, and keeps what it hears. */
export class RawPeer {
  readonly heard: Signal[] = [];
  closed = false;
  /** Empty packets that came. */
  empties = 0;
  private readonly framer: Framer = tpktFramer();

  constructor(
    readonly stream: ByteStream,
    readonly isCaller: boolean,
    public callReference = 77,
  ) {
    stream.onData((chunk) => {
      if (chunk.equals(tpkt(Buffer.alloc(0)))) this.empties++;
      for (const packet of this.framer.push(chunk)) {
        const read = readSignal(packet);
        if (!read.ok) throw read.fault;
        this.heard.push(read.signal);
      }
    });
    stream.onClose(() => (this.closed = true));
  }

  get types(): (string | number)[] {
    return this.heard.map(({ q931 }) => q931.type);
  }

  /** The last message of a type. */
  last(type: string): Signal {
    const found = this.heard.findLast(({ q931 }) => q931.type === type);
    if (!found) throw new Error(`no ${type} among ${this.types.join(', ')}`);
    return found;
  }

  octets(payload: Uint8Array): void {
    this.stream.write(tpkt(payload));
  }

  say(
    type: Q931Message['type'],
    body: object | null,
    more: Partial<H323_UU_PDU> = {},
    elements: Partial<Q931Message> = {},
  ): void {
    const q931 = { type, callReference: this.callReference, fromDestination: !this.isCaller, ...elements };
    const named: unknown = body === null ? { empty: true } : { [type as BodyName]: body };
    this.octets(writeSignal(q931, { 'h323-message-body': named as H323_UU_PDU['h323-message-body'], ...more }));
  }

  setup(more: Partial<Setup_UUIE> = {}, pdu: Partial<H323_UU_PDU> = { h245Tunnelling: true }): void {
    const setup: Setup_UUIE = {
      protocolIdentifier,
      sourceInfo: us,
      activeMC: false,
      conferenceID: guid,
      conferenceGoal: { create: true },
      callType: { pointToPoint: true },
      callIdentifier: { guid },
      mediaWaitForConnect: false,
      canOverlapSend: false,
      ...more,
    };
    this.say('setup', setup, pdu);
  }

  /** An answer of a callee. */
  answer(
    type: 'callProceeding' | 'alerting' | 'connect',
    more: object = {},
    tunnelling: boolean | 'absent' = true,
  ): void {
    const body = { ...named, destinationInfo: us, ...(type === 'connect' ? { conferenceID: guid } : {}), ...more };
    this.say(type, body, tunnelling === 'absent' ? {} : { h245Tunnelling: tunnelling });
  }

  release(): void {
    this.say('releaseComplete', { ...named, reason: { undefinedReason: true } });
  }
}

/** Connects to an endpoint as a caller. */
export async function rawCaller(
  net: MemoryNet,
  to: Endpoint,
  from: Endpoint = { address: '192.0.2.9', port: 40_001 },
): Promise<RawPeer> {
  return new RawPeer(await net.dial(to, from), true);
}

/** Listens as a callee; the peer is there when somebody has called. */
export async function rawCallee(net: MemoryNet, at: Endpoint): Promise<{ peer: RawPeer | null }> {
  const found: { peer: RawPeer | null } = { peer: null };
  await net.listen(at, { type: 'tcp' }, (stream) => (found.peer = new RawPeer(stream, false)));
  return found;
}
