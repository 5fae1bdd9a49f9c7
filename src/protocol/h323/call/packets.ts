import type { Clock, Timer } from '../../../base/clock.js';
import { Framer, FramingError } from '../../../base/framer.js';
import type { ByteStream, Endpoint } from '../../../base/net.js';
import { tpkt, tpktFrames, tpktLimit } from '../tpkt.js';
import type { ConnectionLimits } from './timers.js';

/** Why we ended a connection that could not be used. */
export type DropReason = 'framing' | 'junk' | 'partial' | 'slow_reader' | 'silent' | 'idle' | 'flood';

export interface PacketEvents {
  packet(octets: Buffer): void;
  /** Whether the peer may send as much by now. */
  spend(units: number): boolean;
  /** Once: the connection is gone or was given up by us as useless. */
  closed(why: string): void;
  dropped(reason: DropReason, why: string): void;
}

const nothing = Buffer.alloc(0);

/** A TCP connection of call signalling or H.245: packets in TPKT, with bounds on time and memory. */
export class PacketStream {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  private open = true;
  private gone = false;
  private partial: Timer | null = null;
  private lingering: Timer | null = null;
  private keepAlive: Timer | null = null;

  constructor(
    private readonly stream: ByteStream,
    private readonly clock: Clock,
    private readonly limits: ConnectionLimits,
    private readonly events: PacketEvents,
  ) {
    this.local = stream.local;
    this.remote = stream.remote;
    let unfinished = false;
    const framer = new Framer((buffer) => {
      const verdict = tpktFrames(buffer);
      unfinished = verdict.kind === 'more';
      return verdict;
    }, tpktLimit);
    stream.onData((chunk) => {
      if (!this.open) return;
      unfinished = false;
      try {
        const packets = framer.push(chunk);
        this.watch(unfinished, packets.length > 0);
        for (const packet of packets) this.deliver(packet);
      } catch (error) {
        if (!(error instanceof FramingError)) throw error;
        for (const packet of error.frames) this.deliver(packet);
        this.drop('framing', error.message);
      }
    });
    stream.onClose((error) => this.over(error?.message ?? 'closed by the peer'));
  }

  send(packet: Buffer): void {
    this.put(tpkt(packet));
  }

  /** Holds bindings of NATs open by empty packets. */
  keepOpen(): void {
    this.keepAlive ??= this.clock.every(this.limits.keepAliveMs, () => this.put(tpkt(nothing)));
  }

  /** What was written still goes; what comes is not read any more. */
  end(): void {
    if (!this.open) return;
    this.quiet();
    this.lingering = this.clock.after(this.limits.lingerMs, () => this.stream.destroy());
    this.stream.end();
    if (this.gone) this.lingering.cancel();
  }

  drop(reason: DropReason, why: string): void {
    if (!this.open) return;
    this.quiet();
    this.events.dropped(reason, why);
    this.stream.destroy();
    this.over(why);
  }

  private put(octets: Buffer): void {
    if (!this.open) return;
    if (this.stream.queued() + octets.length > this.limits.queued) this.drop('slow_reader', 'the peer does not read');
    else this.stream.write(octets);
  }

  private deliver(packet: Buffer): void {
    if (!this.open) return;
    if (this.events.spend(1 + (packet.length >>> 9))) this.events.packet(packet);
    else this.drop('flood', 'the peer sends too much');
  }

  /** A packet that begins gets its time; one after the other each its own. */
  private watch(unfinished: boolean, progress: boolean): void {
    if (!unfinished || progress) this.partial?.cancel();
    if (!unfinished) this.partial = null;
    else if (progress || !this.partial) {
      this.partial = this.clock.after(this.limits.partialMs, () => this.drop('partial', 'a packet never ended'));
    }
  }

  private quiet(): void {
    this.open = false;
    for (const timer of [this.partial, this.keepAlive]) timer?.cancel();
  }

  private over(why: string): void {
    if (this.gone) return;
    this.gone = true;
    this.quiet();
    this.lingering?.cancel();
    this.events.closed(why);
  }
}
