import type { Clock, Timer } from '../../../base/clock.js';
import type { ByteStream, Endpoint } from '../../../base/net.js';
import { kept } from '../../../base/octets.js';
import { locations } from '../q931-elements.js';
import type { Q931Message } from '../q931.js';
import { causes } from '../q931-names.js';
import type { CallCore } from './call-core.js';
import { reasonFor, reasonValue } from './causes.js';
import { protocolIdentifier } from './compose.js';
import type { ReleaseReason } from './contract.js';
import { PacketStream, type DropReason } from './packets.js';
import { anyBody, bodyOf, readSignal, writeSignal, type ReadSignal, type Signal } from './signal.js';
import type { ConnectionLimits } from './timers.js';

/** Who decides what a connection cannot. */
export interface ConnectionOwner {
  /** A Setup with a call reference that is not in use, to be traced with its call. */
  setup(connection: SignalConnection, signal: Signal, octets: Buffer): void;
  /** H.460.18: the device that connected names the call that it is to get; false when there is no such call. */
  calledBack(connection: SignalConnection, callIdentifier: Buffer): boolean;
  closed(connection: SignalConnection): void;
  dropped(reason: DropReason, why: string, connection: SignalConnection): void;
  count(event: string): void;
  /** Whether there may be as much from there by now. */
  spend(from: Endpoint, units: number): boolean;
  trace(sent: boolean, connection: SignalConnection, octets: Buffer, call: CallCore | null): void;
}

/** How a Setup is refused that no call was made for. */
export interface Refusal {
  cause: number;
  /** Made of the cause where there is none. */
  reason?: Exclude<ReleaseReason, null> | undefined;
}

/** A signalling connection and the calls on it, told apart by call reference and by who called (H.225.0 §7.2.2). */
export class SignalConnection {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  private readonly packets: PacketStream;
  private readonly calls = new Map<string, CallCore>();
  private quiet: Timer | null = null;
  private faults = 0;
  /** It may stay without a call. */
  private maintained = false;

  constructor(
    stream: ByteStream,
    /** The peer connected to us. */
    accepted: boolean,
    private readonly clock: Clock,
    private readonly limits: ConnectionLimits,
    private readonly owner: ConnectionOwner,
  ) {
    this.local = stream.local;
    this.remote = stream.remote;
    this.packets = new PacketStream(stream, clock, limits, {
      packet: (octets) => this.receive(octets),
      spend: (units) => owner.spend(stream.remote, units),
      closed: (why) => this.closed(why),
      dropped: (reason, why) => owner.dropped(reason, why, this),
    });
    if (accepted) this.watch('silent', limits.silentMs);
  }

  get size(): number {
    return this.calls.size;
  }

  add(call: CallCore): void {
    this.settle();
    this.calls.set(keyOf(call.role === 'caller', call.callReference), call);
    if (call.setup?.maintainConnection) this.maintained = true;
  }

  /** The call is over; the connection too, unless others are on it or the peer wants to keep it. */
  remove(call: CallCore): void {
    const key = keyOf(call.role === 'caller', call.callReference);
    if (this.calls.get(key) !== call) return;
    this.calls.delete(key);
    if (this.calls.size > 0) return;
    if (this.maintained) this.watch('idle', this.limits.idleMs);
    else this.end();
  }

  send(octets: Buffer, call: CallCore | null = null): void {
    this.owner.trace(true, this, octets, call);
    this.packets.send(octets);
  }

  /** Waits for the Setup of a device that we connected to for it. */
  expectSetup(): void {
    this.watch('silent', this.limits.silentMs);
  }

  keepOpen(): void {
    this.packets.keepOpen();
  }

  end(): void {
    this.settle();
    this.packets.end();
  }

  /** Refuses a Setup without a call for it. */
  refuse(q931: Q931Message, { cause, reason = reasonFor(cause) }: Refusal, to?: Signal): void {
    this.owner.count(`refused_${reason}`);
    this.answer(q931, 'releaseComplete', { cause: { value: cause, location: locations.user } }, reason, to);
    if (this.calls.size === 0 && !this.maintained) this.end();
  }

  private receive(packet: Buffer): void {
    // its pieces say who called for as long as the call lasts
    const octets = kept(packet);
    const read = readSignal(octets);
    if (read.ok && !this.affords(read.signal)) return this.packets.drop('flood', 'the peer tunnels too much');
    const q931 = read.ok ? read.signal.q931 : read.q931;
    const call = (q931 && this.find(q931)) ?? null;
    if (read.ok && !call && opens(read.signal)) return this.owner.setup(this, read.signal, octets);
    this.owner.trace(false, this, octets, call);
    if (!read.ok) this.fault(read, call);
    else if (call) call.receive(read.signal);
    else this.begins(read.signal);
  }

  private affords({ pdu }: Signal): boolean {
    const tunnelled = pdu?.h245Control?.length ?? 0;
    return tunnelled === 0 || this.owner.spend(this.remote, tunnelled);
  }

  /** A message of no call that we know. */
  private begins(signal: Signal): void {
    const { q931, pdu } = signal;
    const named = q931.type === 'facility' ? bodyOf(pdu, 'facility')?.callIdentifier?.guid : undefined;
    if (named && this.owner.calledBack(this, named)) return;
    this.stray(signal);
  }

  private fault({ q931, cause, fault }: Extract<ReadSignal, { ok: false }>, call: CallCore | null): void {
    this.owner.count(`fault_${fault.verdict.label}`);
    if (++this.faults > this.limits.faults) return this.packets.drop('junk', fault.message);
    if (call && q931) call.garbled(q931.type, cause, fault);
    else if (q931?.type === 'setup') this.refuse(q931, { cause, reason: 'undefinedReason' });
  }

  /** Q.931 §5.8.3.2: messages of calls that are not there. */
  private stray(signal: Signal): void {
    const { q931 } = signal;
    const { type, callReference } = q931;
    this.owner.count('stray_message');
    if (callReference === 0 || type === 'releaseComplete' || type === 'status') return;
    if (type === 'statusInquiry') {
      const cause = { value: causes.responseToStatusInquiry, location: locations.user };
      return this.answer(q931, 'status', { cause, callState: 0 }, null, signal);
    }
    const cause = { value: causes.invalidCallReference, location: locations.user };
    this.answer(q931, 'releaseComplete', { cause }, 'undefinedReason', signal);
  }

  private answer(
    { callReference, fromDestination }: Q931Message,
    type: 'releaseComplete' | 'status',
    elements: Partial<Q931Message>,
    reason: ReleaseReason,
    to?: Signal,
  ): void {
    const callIdentifier = anyBody(to?.pdu ?? null).callIdentifier ?? { guid: Buffer.alloc(16) };
    const body =
      type === 'status'
        ? { status: { protocolIdentifier, callIdentifier } }
        : {
            releaseComplete: { protocolIdentifier, ...(reason ? { reason: reasonValue(reason) } : {}), callIdentifier },
          };
    const q931 = { type, callReference, fromDestination: !fromDestination, ...elements };
    this.send(writeSignal(q931, { 'h323-message-body': body, h245Tunnelling: false }));
  }

  private find({ fromDestination, callReference }: Q931Message): CallCore | undefined {
    return this.calls.get(keyOf(fromDestination, callReference));
  }

  private watch(reason: 'silent' | 'idle', ms: number): void {
    this.settle();
    this.quiet = this.clock.after(ms, () => this.packets.drop(reason, `${reason} for ${ms} ms`));
  }

  private settle(): void {
    this.quiet?.cancel();
    this.quiet = null;
  }

  private closed(why: string): void {
    this.settle();
    for (const call of [...this.calls.values()]) call.connectionLost(why);
    this.owner.closed(this);
  }
}

/** A Setup of the caller: a new call where its reference is not in use. */
function opens({ q931 }: Signal): boolean {
  return q931.type === 'setup' && !q931.fromDestination;
}

function keyOf(ours: boolean, reference: number): string {
  return `${ours ? 'ours' : 'theirs'} ${reference}`;
}
