import type { Clock } from '../../base/clock.js';
import type { Dns, DnsAnswer } from '../../base/dns.js';

/** Bounds of what is remembered. */
export interface DnsCacheLimits {
  /** Answers kept at a time; the oldest goes first. */
  entries: number;
  /** Longest time an answer counts, and how long one does that does not say, seconds. */
  maxSeconds: number;
  /** How long "no such name" counts (RFC 2308), seconds. */
  negativeSeconds: number;
}

interface Entry {
  /** The answer, or a question under way; asked once however many wait. */
  answer: Promise<unknown>;
  expires: number;
}

/** Seconds an answer without a lifetime counts, unless that is above the limit. */
const unknownSeconds = 60;
/** Seconds a failed question is not asked again: a dead server must not hold up every call. */
const failedSeconds = 5;

/** Remembers answers as long as they say, within bounds. Makes no timers: what is old is found out when it is asked for. */
export class DnsCache implements Dns {
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly dns: Dns,
    private readonly clock: Clock,
    private readonly limits: DnsCacheLimits,
  ) {}

  readonly naptr: Dns['naptr'] = (name) => this.ask('naptr', name, () => this.dns.naptr(name));
  readonly srv: Dns['srv'] = (name) => this.ask('srv', name, () => this.dns.srv(name));
  readonly a: Dns['a'] = (name) => this.ask('a', name, () => this.dns.a(name));
  readonly aaaa: Dns['aaaa'] = (name) => this.ask('aaaa', name, () => this.dns.aaaa(name));

  get size(): number {
    return this.entries.size;
  }

  private ask<R>(type: string, name: string, query: () => Promise<DnsAnswer<R>>): Promise<DnsAnswer<R>> {
    const key = `${type} ${name.toLowerCase()}`;
    const known = this.entries.get(key);
    if (known && known.expires > this.clock.now()) return known.answer as Promise<DnsAnswer<R>>;
    this.entries.delete(key);
    const answer = query();
    // under way it counts for ever: the query itself has a deadline
    const entry: Entry = { answer, expires: Infinity };
    this.entries.set(key, entry);
    this.trim();
    answer.then(
      (found) => this.keep(entry, this.secondsOf(found)),
      () => this.keep(entry, failedSeconds),
    );
    return answer;
  }

  private secondsOf({ records, ttl }: DnsAnswer<unknown>): number {
    const { maxSeconds, negativeSeconds } = this.limits;
    return records.length === 0 ? negativeSeconds : Math.min(ttl ?? unknownSeconds, maxSeconds);
  }

  private keep(entry: Entry, seconds: number): void {
    entry.expires = this.clock.now() + seconds * 1000;
  }

  private trim(): void {
    const [oldest] = this.entries.keys();
    if (this.entries.size > this.limits.entries && oldest !== undefined) this.entries.delete(oldest);
  }
}
