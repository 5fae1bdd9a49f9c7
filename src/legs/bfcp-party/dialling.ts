import type { Clock, Timer } from '../../base/clock.js';
import type { ByteStream, Endpoint, Net } from '../../base/net.js';

/** Waits before each attempt to connect, milliseconds. */
const dialAfterMs = [0, 5000, 15_000];
/** Wait before a lost connection is made again, milliseconds. */
const redialMs = 500;
/** A peer that sends what makes no sense is not connected to more often than this, milliseconds (RFC 8855 §6.1). */
const brokenEveryMs = 30_000;
/** A peer that was to connect but does not is called after all, milliseconds. */
const passivePatienceMs = 3000;
/** RFC 4145 §4.1: the port of who cannot be connected to. */
const discardPort = 9;

/** What dialling works with. */
export interface DialSink {
  /** Whether a connection is still needed. */
  needed(): boolean;
  connected(stream: ByteStream): void;
  /** `last` when nothing more is tried. */
  failed(error: unknown, last: boolean): void;
}

/** Connects to the peer of one dialog: at once where that is our part, after a while where it is the peer's. */
export class Dialling {
  /** Where the peer listens, or null. */
  remote: Endpoint | null = null;
  /** Connecting is (also) our part. */
  ours = false;
  private timer: Timer | null = null;
  private brokenAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly options: { net: Net; clock: Clock; bind: string },
    private readonly sink: DialSink,
  ) {}

  /** Begins anew, maybe after a connection that was lost, or that we ended because it made no sense. */
  begin(after: 'nothing' | 'loss' | 'nonsense' = 'nothing'): void {
    this.stop();
    const wait = this.waitAfter(after);
    const { remote } = this;
    if (!remote || remote.port === 0 || remote.port === discardPort) return;
    if (this.ours) this.later(wait, 0);
    else this.later(Math.max(wait, passivePatienceMs), dialAfterMs.length - 1);
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = null;
  }

  private waitAfter(what: 'nothing' | 'loss' | 'nonsense'): number {
    if (what === 'nothing') return 0;
    const now = this.options.clock.now();
    const again = now - this.brokenAt < brokenEveryMs;
    if (what === 'nonsense') this.brokenAt = now;
    return what === 'nonsense' && again ? brokenEveryMs : redialMs;
  }

  private later(ms: number, attempt: number): void {
    this.timer = this.options.clock.after(ms, () => {
      this.timer = null;
      this.dial(attempt).catch(() => undefined);
    });
  }

  private async dial(attempt: number): Promise<void> {
    const { remote } = this;
    if (!remote || !this.sink.needed()) return;
    try {
      const { net, bind } = this.options;
      const stream = await net.connect(remote, { type: 'tcp' }, { localAddress: bind, timeoutMs: 5000 });
      if (!this.sink.needed() || remote !== this.remote) stream.destroy();
      else this.sink.connected(stream);
    } catch (error) {
      const wait = dialAfterMs[attempt + 1];
      const current = this.sink.needed() && remote === this.remote;
      if (current) this.sink.failed(error, wait === undefined);
      if (wait !== undefined && current) this.later(wait, attempt + 1);
    }
  }
}
