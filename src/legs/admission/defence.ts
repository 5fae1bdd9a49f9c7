import { Buckets } from '../../base/buckets.js';
import type { Clock } from '../../base/clock.js';
import type { Log } from '../../base/log.js';
import { LogLimit } from '../../base/log-limit.js';
import type { Metrics } from '../../base/metrics.js';
import { sourceOf } from '../../base/source.js';

/** What a source did wrong. */
export type Offence =
  'wrong_password' | 'wrong_pin' | 'unknown_room' | 'unknown_user' | 'forbidden' | 'malformed' | 'flood' | 'scanner';

/** How much is borne. */
export interface DefenceLimits {
  /** Requests outside calls from one source. */
  requests: { burst: number; perSecond: number };
  /** Offences of one source. */
  failures: { burst: number; perMinute: number };
  /** The first quarantine lasts `firstMs`, each further one twice as long; after `forgetMs` of peace it begins anew. */
  quarantine: { firstMs: number; longestMs: number; forgetMs: number };
  /** User-Agents of programs that look for open servers, each a part of the header, case does not matter. */
  agents: readonly string[];
}

export interface DefenceOptions {
  limits: DefenceLimits;
  /** Sources that nothing is held against. */
  allowed(address: string): boolean;
  clock: Clock;
  log: Log;
  metrics: Metrics;
}

/** A source that is not heard for now. */
export interface Quarantined {
  /** An IPv4 address, or an IPv6 /64 network. */
  source: string;
  offence: Offence;
  /** How often it was put there. */
  times: number;
  /** Wall-clock milliseconds since 1970. */
  until: number;
}

interface Record {
  times: number;
  offence: Offence;
  until: number;
}

/** Most sources in quarantine; beyond that the one put there first goes free. */
const mostRecords = 20_000;
/** Most sources remembered as honest. */
const mostHonest = 20_000;
const honestMs = 24 * 3600_000;
/** So many requests beyond the budget are one offence. */
const floodUnit = 100;

/**
 * Watches who does what wrong and stops listening to who does it often. One state a source:
 *
 * ```
 * heard ──failures used up, or a scanner's name──> quarantined (first, x2, x4 ... longest)
 *   ▲                                                   │
 *   └──time over, or released by an operator────────────┘   after a long peace the time begins anew
 * ```
 *
 * A UDP source may be forged: who has proved itself lately is not quarantined for what anybody can send in its name.
 */
export class Defence {
  private readonly budget: Buckets;
  private readonly failures: Buckets;
  private readonly floods = new Map<string, number>();
  private readonly records = new Map<string, Record>();
  private readonly honest = new Map<string, number>();
  private readonly lines: LogLimit;
  private readonly agents: readonly string[];
  private measuredAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: DefenceOptions) {
    const { clock, limits } = options;
    this.budget = new Buckets(clock, limits.requests.burst, limits.requests.perSecond);
    this.failures = new Buckets(clock, limits.failures.burst, limits.failures.perMinute / 60);
    this.lines = new LogLimit(clock);
    this.agents = limits.agents.map((agent) => agent.toLowerCase());
  }

  /** Whether a request outside a call is looked at. */
  hears({ address, agent, forgeable }: { address: string; agent: string; forgeable: boolean }): boolean {
    if (this.options.allowed(address)) return true;
    this.measure();
    const source = sourceOf(address);
    if (this.quarantined(source)) return this.dropped('quarantine');
    if (this.isScanner(agent)) {
      this.offence(address, 'scanner', forgeable);
      return this.dropped('scanner');
    }
    if (this.budget.take(source)) return true;
    this.flood(address, source, forgeable);
    return this.dropped('budget');
  }

  /** Whether nothing of this source is looked at now; for what has a budget of its own. */
  silences(address: string): boolean {
    if (this.options.allowed(address) || !this.quarantined(sourceOf(address))) return false;
    return !this.dropped('quarantine');
  }

  /** Something went wrong that an honest caller does rarely. `forgeable`: anybody could have sent it in this name. */
  offence(address: string, offence: Offence, forgeable: boolean): void {
    this.options.metrics.count('dualstream_defence_offences_total', { offence });
    if (this.options.allowed(address)) return;
    const source = sourceOf(address);
    if (this.quarantined(source)) return;
    const borne = offence !== 'scanner' && this.failures.take(source);
    if (borne) return;
    if (forgeable && this.isHonest(source)) return;
    this.quarantine(source, offence);
  }

  /** It proved a password, or knew a PIN. */
  proved(address: string): void {
    const source = sourceOf(address);
    this.honest.delete(source);
    if (this.honest.size >= mostHonest) drop(this.honest);
    this.honest.set(source, this.options.clock.now() + honestMs);
  }

  /** May a line about this source be written now; null when not, else how many were held back. */
  line(address: string): { held: number } | null {
    return this.lines.pass(sourceOf(address));
  }

  /** Who is not heard now, the latest last. */
  list(): Quarantined[] {
    const { clock } = this.options;
    const now = clock.now();
    return [...this.records]
      .filter(([, { until }]) => until > now)
      .map(([source, { offence, times, until }]) => ({ source, offence, times, until: clock.wall() + until - now }));
  }

  /** Forgives a source, named by address or as `list` shows it; false when nothing was held against it. */
  release(source: string): boolean {
    const key = source.endsWith('/64') ? source : sourceOf(source);
    const had = this.records.delete(key);
    this.measure();
    return had;
  }

  private quarantine(source: string, offence: Offence): void {
    const { clock, limits, metrics, log } = this.options;
    const { firstMs, longestMs, forgetMs } = limits.quarantine;
    const now = clock.now();
    const before = this.records.get(source);
    const times = before && now - before.until < forgetMs ? before.times + 1 : 1;
    const ms = Math.min(longestMs, firstMs * 2 ** Math.min(times - 1, 30));
    this.records.delete(source);
    if (this.records.size >= mostRecords) drop(this.records);
    this.records.set(source, { times, offence, until: now + ms });
    metrics.count('dualstream_defence_quarantines_total', { offence });
    this.measure();
    const line = this.lines.pass(source);
    if (line) log.warn({ source, offence, times, seconds: Math.round(ms / 1000) }, 'A source is not heard for a while');
  }

  private quarantined(source: string): boolean {
    const record = this.records.get(source);
    return record !== undefined && record.until > this.options.clock.now();
  }

  private flood(address: string, source: string, forgeable: boolean): void {
    if (this.floods.size >= mostRecords) drop(this.floods);
    const count = (this.floods.get(source) ?? 0) + 1;
    this.floods.set(source, count % floodUnit);
    if (count === floodUnit) this.offence(address, 'flood', forgeable);
  }

  private isHonest(source: string): boolean {
    return (this.honest.get(source) ?? 0) > this.options.clock.now();
  }

  private isScanner(agent: string): boolean {
    if (agent === '') return false;
    const name = agent.toLowerCase();
    return this.agents.some((known) => name.includes(known));
  }

  private dropped(reason: string): false {
    this.options.metrics.count('dualstream_defence_dropped_total', { reason });
    return false;
  }

  /** Counting them takes a while when they are many, so it is done once a second at most. */
  private measure(): void {
    const now = this.options.clock.now();
    if (now - this.measuredAt < 1000) return;
    this.measuredAt = now;
    this.options.metrics.gauge('dualstream_defence_quarantined', this.list().length);
  }
}

function drop(map: Map<string, unknown>): void {
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
