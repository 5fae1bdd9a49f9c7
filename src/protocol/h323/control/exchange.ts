import { chosen } from '../../asn1/choice.js';
import type { TerminalCapabilitySet, TerminalCapabilitySetAck, TerminalCapabilitySetReject } from '../h245/schema.js';
import { RemoteSets, writeSet } from './capabilities.js';
import { annexC } from './timers.js';
import type { CapabilitySet } from './values.js';
import type { Wire } from './wire.js';

/** What an exchange tells. */
export interface ExchangeSink {
  remote(set: CapabilitySet | null): void;
  accepted(): void;
  refused(cause: string): void;
  timedOut(fatal: boolean): void;
  quirk(label: string): void;
}

/** Capability exchange, H.245 §C.3 (CESE): both directions of it. */
export class CapabilityExchange {
  private readonly timer;
  private readonly sets = new RemoteSets();
  private sequence = 0;
  /** The set under way or last sent; undefined before the first. */
  private current: CapabilitySet | null | undefined;
  /** One that has to wait for the answer to another. */
  private next: { set: CapabilitySet | null } | null = null;
  private everAccepted = false;
  private newestAccepted = false;

  constructor(
    private readonly wire: Wire,
    private readonly sink: ExchangeSink,
  ) {
    this.timer = wire.timer();
  }

  /** The peer has taken the newest set. */
  get agreed(): boolean {
    return this.newestAccepted;
  }

  /** Sends a set; null is the empty one. While another is under way only the newest waits. */
  offer(set: CapabilitySet | null): void {
    this.newestAccepted = false;
    if (this.timer.running) {
      this.next = { set };
      return;
    }
    this.current = set;
    this.sequence = (this.sequence + 1) % 256;
    this.wire.request({ terminalCapabilitySet: writeSet(set, this.sequence) });
    this.timer.start(annexC.T101, () => this.expired());
  }

  /** Sends the last set once more. */
  again(): void {
    if (this.current !== undefined && !this.timer.running) this.offer(this.current);
  }

  onSet(message: TerminalCapabilitySet): void {
    const { sequenceNumber } = message;
    const reading = this.sets.take(message);
    if (reading.kind === 'refused') {
      this.wire.respond({ terminalCapabilitySetReject: { sequenceNumber, cause: reading.cause } });
      return;
    }
    this.wire.respond({ terminalCapabilitySetAck: { sequenceNumber } });
    if (reading.kind === 'set') for (const label of reading.quirks) this.sink.quirk(label);
    this.sink.remote(reading.kind === 'set' ? reading.set : null);
  }

  onAck({ sequenceNumber }: TerminalCapabilitySetAck): void {
    if (!this.answered(sequenceNumber)) return;
    this.everAccepted = true;
    this.newestAccepted = this.next === null;
    if (!this.follow()) this.sink.accepted();
  }

  onReject({ sequenceNumber, cause }: TerminalCapabilitySetReject): void {
    if (!this.answered(sequenceNumber)) return;
    if (!this.follow()) this.sink.refused(chosen(cause));
  }

  stop(): void {
    this.timer.stop();
    this.next = null;
  }

  /** Answers to older sets mean nothing. */
  private answered(sequenceNumber: number): boolean {
    if (!this.timer.running || sequenceNumber !== this.sequence) return false;
    this.timer.stop();
    return true;
  }

  private expired(): void {
    this.wire.indicate({ terminalCapabilitySetRelease: {} });
    this.sink.timedOut(!this.everAccepted);
    this.follow();
  }

  private follow(): boolean {
    const { next } = this;
    this.next = null;
    if (next) this.offer(next.set);
    return next !== null;
  }
}
