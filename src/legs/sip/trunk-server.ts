import type { Clock, Timer } from '../../base/clock.js';
import type { Answered } from './trunk-requests.js';

/** One address of a trunk. */
export interface ServerAddress {
  host: string;
  port: number | null;
  transport: 'udp' | 'tcp' | 'tls';
  /** Lower ones are used first. */
  priority: number;
  /** Share among those of one priority. */
  weight: number;
}

/** What a trunk server is made with. */
export interface ServerOptions {
  clock: Clock;
  /** Between two checks; 0 makes none, and then a failed one is left out for a while. */
  everyMs: number;
  /** Sends one OPTIONS. */
  check(server: TrunkServer): Promise<Answered>;
  changed(server: TrunkServer, why: string): void;
}

/** Failed checks in a row until it counts as down. */
const tolerated = 2;
/** Without checks: how long a server is left out after a call that did not reach it. */
const leftOutMs = 30_000;

/**
 * Whether one server of a trunk is there.
 *
 *   unknown --any answer--> up --2 failed checks | a call that did not reach it--> down --any answer--> up
 */
export class TrunkServer {
  private state: 'unknown' | 'up' | 'down' = 'unknown';
  private failures = 0;
  private timer: Timer | null = null;
  private back: Timer | null = null;
  private checking = false;
  private closed = false;

  constructor(
    readonly at: ServerAddress,
    private readonly options: ServerOptions,
  ) {}

  get down(): boolean {
    return this.state === 'down';
  }

  describe(): string {
    return this.state;
  }

  /** Next hop, e.g. `sip:192.0.2.7:5060;transport=tcp`. */
  get uri(): string {
    const { host, port, transport } = this.at;
    const written = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
    return `sip:${written}${port === null ? '' : `:${port}`};transport=${transport}`;
  }

  start(): void {
    const { clock, everyMs } = this.options;
    if (everyMs <= 0 || this.closed) return;
    this.timer = clock.every(everyMs, () => void this.look());
    void this.look();
  }

  /** A call or a registration did not reach it. */
  failed(why: string): void {
    this.turn('down', why);
    if (this.options.everyMs > 0 || this.closed) return;
    this.back?.cancel();
    this.back = this.options.clock.after(leftOutMs, () => this.turn('unknown', 'it may be tried again'));
  }

  /** It answered something. */
  reached(): void {
    this.failures = 0;
    this.turn('up', 'it answers');
  }

  close(): void {
    this.closed = true;
    this.timer?.cancel();
    this.back?.cancel();
  }

  private async look(): Promise<void> {
    if (this.checking) return;
    this.checking = true;
    const { status, reason } = await this.options.check(this);
    this.checking = false;
    if (this.closed) return;
    if (isReached(status)) return this.reached();
    this.failures += 1;
    if (this.failures >= tolerated || this.state === 'unknown') this.turn('down', `${status} ${reason}`);
  }

  private turn(to: 'unknown' | 'up' | 'down', why: string): void {
    if (this.closed || this.state === to) return;
    const before = this.state;
    this.state = to;
    // that it is there from the beginning is no news
    if (to === 'down' || before === 'down') this.options.changed(this, why);
  }
}

/** Any answer shows that it is there, but one that stands for none (408, or not sent) or says that it is not (503). */
export function isReached(status: number): boolean {
  return status >= 200 && status !== 408 && status !== 503;
}
