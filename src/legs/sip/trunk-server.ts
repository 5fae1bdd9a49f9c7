import type { Clock, Timer } from '../../base/clock.js';
import type { TrunkServerState } from '../../rooms/trunk-states.js';
import type { SipResponse } from './srf.js';
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
/** The longest that a server may ask to be left alone: nobody is to take a trunk away for days by one wrong header. */
const longestAsideMs = 600_000;

/**
 * Whether one server of a trunk is there.
 *
 *   unknown --any answer--> up --2 failed checks | a call that did not reach it--> down --any answer--> up
 *   any --503 with Retry-After--> aside --its time is over--> unknown
 */
export class TrunkServer {
  private state: TrunkServerState['state'] = 'unknown';
  private reason: string | null = null;
  /** When it may be asked again, by the monotonic clock. */
  private asideUntil = 0;
  private failures = 0;
  private timer: Timer | null = null;
  private back: Timer | null = null;
  private checking = false;
  private closed = false;

  constructor(
    readonly at: ServerAddress,
    private readonly options: ServerOptions,
  ) {}

  /** Whether calls go to others first. */
  get down(): boolean {
    return isOut(this.state);
  }

  get snapshot(): TrunkServerState {
    const { state, reason, uri } = this;
    const { clock } = this.options;
    const until = clock.wall() + this.asideUntil - clock.now();
    return { uri, state, reason, asideUntil: state === 'aside' ? Math.round(until) : null };
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

  /** A call or a registration did not reach it; `retryMs` is how long it asked to be left alone (RFC 3261 §21.5.4). */
  failed(why: string, retryMs = 0): void {
    if (retryMs > 0) return this.putAside(why, Math.min(retryMs, longestAsideMs));
    if (this.state === 'aside') return;
    this.turn('down', why);
    if (this.options.everyMs <= 0) this.backIn(leftOutMs);
  }

  /** It answered something; what was asked for before it wanted to be left alone says nothing. */
  reached(): void {
    this.failures = 0;
    if (this.state !== 'aside') this.turn('up', 'it answers');
  }

  close(): void {
    this.closed = true;
    this.timer?.cancel();
    this.back?.cancel();
  }

  private async look(): Promise<void> {
    if (this.checking || this.state === 'aside') return;
    this.checking = true;
    const { status, reason, response } = await this.options.check(this);
    this.checking = false;
    if (this.closed) return;
    if (isReached(status)) return this.reached();
    const retryMs = retryAfterMs(response);
    if (retryMs > 0) return this.failed(`${status} ${reason}`, retryMs);
    this.failures += 1;
    if (this.failures >= tolerated || this.state === 'unknown') this.turn('down', `${status} ${reason}`);
  }

  private putAside(why: string, ms: number): void {
    const until = this.options.clock.now() + ms;
    if (this.closed || (this.state === 'aside' && until <= this.asideUntil)) return;
    this.asideUntil = until;
    this.turn('aside', `${why}, to be left alone for ${Math.round(ms / 1000)} s`);
    this.backIn(ms);
  }

  private backIn(ms: number): void {
    if (this.closed) return;
    this.back?.cancel();
    this.back = this.options.clock.after(ms, () => {
      this.turn('unknown', 'it may be tried again');
      if (this.options.everyMs > 0) void this.look();
    });
  }

  private turn(to: TrunkServerState['state'], why: string): void {
    if (this.closed || this.state === to) return;
    const before = this.state;
    this.state = to;
    this.reason = isOut(to) ? why : null;
    // that it is there from the beginning is no news
    if (isOut(to) || isOut(before)) this.options.changed(this, why);
  }
}

function isOut(state: TrunkServerState['state']): boolean {
  return state === 'down' || state === 'aside';
}

/** How long a 503 asks to be left alone (RFC 3261 §20.33, comment and parameters left out), milliseconds; 0 without. */
export function retryAfterMs(response: Pick<SipResponse, 'status' | 'get'> | null): number {
  if (response?.status !== 503) return 0;
  const seconds = /^\s*(\d{1,10})(?=[\s;(]|$)/.exec(response.get('Retry-After') ?? '')?.[1];
  return Number(seconds ?? 0) * 1000;
}

/** Any answer shows that it is there, but one that stands for none (408, or not sent) or says that it is not (503). */
export function isReached(status: number): boolean {
  return status >= 200 && status !== 408 && status !== 503;
}
