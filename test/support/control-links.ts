import { Emitter, type Events } from '../../src/base/events.js';
import { decode, encode } from '../../src/protocol/asn1/codec.js';
import { Asn1Fault } from '../../src/protocol/asn1/fault.js';
import type { ControlLink, ControlLinkEvents } from '../../src/protocol/h323/call/contract.js';
import { MultimediaSystemControlMessage } from '../../src/protocol/h323/h245/schema.js';

/** Lets what a listener throws through, so that no fault of a session stays unseen. */
class LoudEmitter<M> implements Events<M> {
  private readonly inner = new Emitter<M>();
  private readonly thrown: Error[] = [];

  on<K extends keyof M>(name: K, listener: (value: M[K]) => void) {
    return this.inner.on(name, (value) => {
      try {
        listener(value);
      } catch (error) {
        this.thrown.push(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }

  emit<K extends keyof M>(name: K, value: M[K]): void {
    this.inner.emit(name, value);
    const [error] = this.thrown.splice(0);
    if (error !== undefined) throw error;
  }

  get size(): number {
    return this.inner.size;
  }
}

/** A control link in memory: what is sent is encoded and waits in `outbox` until somebody delivers it. */
export class MemoryLink implements ControlLink {
  state: ControlLink['state'] = 'open';
  readonly way = 'tunnelled';
  readonly path = null;
  readonly outbox: Buffer[] = [];
  private readonly emitter = new LoudEmitter<ControlLinkEvents>();

  get on() {
    return this.emitter;
  }

  get listeners(): number {
    return this.emitter.size;
  }

  send(pdu: MultimediaSystemControlMessage): void {
    if (this.state !== 'closed') this.outbox.push(encode(MultimediaSystemControlMessage, pdu));
  }

  open(): void {
    this.state = 'open';
    this.emitter.emit('open', undefined);
  }

  close(): void {
    this.state = 'closed';
    this.emitter.emit('closed', 'lost');
  }

  /** What the peer sent, as octets. */
  receive(octets: Buffer): void {
    const read = decode(MultimediaSystemControlMessage, octets);
    if (read.ok) this.emitter.emit('pdu', read.value);
    else this.emitter.emit('fault', { octets, fault: read.fault });
  }

  receiveHex(hex: string): void {
    this.receive(Buffer.from(hex, 'hex'));
  }

  /** Takes what was sent since the last time, as values. */
  sent(): MultimediaSystemControlMessage[] {
    return this.outbox.splice(0).map(valueOf);
  }

  sentHex(): string[] {
    return this.outbox.splice(0).map((octets) => octets.toString('hex'));
  }
}

export function valueOf(octets: Buffer): MultimediaSystemControlMessage {
  const read = decode(MultimediaSystemControlMessage, octets);
  if (!read.ok) throw new Asn1Fault('malformed', 0, read.fault.message);
  return read.value;
}

/** Two ends of one link. */
export interface LinkPair {
  a: MemoryLink;
  b: MemoryLink;
  /** Delivers the oldest message of one end to the other; false without one. */
  step(from: 'a' | 'b'): boolean;
  /** Delivers until nothing is under way. */
  settle(): void;
}

export function linkPair(): LinkPair {
  const a = new MemoryLink();
  const b = new MemoryLink();
  const step = (from: 'a' | 'b'): boolean => {
    const octets = (from === 'a' ? a : b).outbox.shift();
    if (octets) (from === 'a' ? b : a).receive(octets);
    return octets !== undefined;
  };
  return {
    a,
    b,
    step,
    settle: () => {
      while (step('a') || step('b')) continue;
    },
  };
}
