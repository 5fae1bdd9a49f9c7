import type { Endpoint } from '../../base/net.js';

/** A check under way. */
export interface Check {
  transaction: Uint8Array;
  bytes: Uint8Array;
  nominating: boolean;
  /** Our role when it was made. */
  asControlling: boolean;
}

/** One way to the peer: from our one candidate to one of its. */
export interface Pair {
  readonly at: Endpoint;
  readonly priority: number;
  state: 'waiting' | 'checking' | 'valid' | 'failed';
  check: Check | null;
  sent: number;
  dueAt: number;
  triggered: boolean;
  /** The peer has nominated it. */
  nominated: boolean;
  /** Somebody who knows the password was there. */
  authentic: boolean;
}

/** Ways that are tried at most: some of the description, and what shows only in checks (RFC 8445 §19.5.1). */
const mostPairs = 16;
/** RFC 8489 §6.2.1. */
const firstWaitMs = 500;
const transmissions = 7;

/** The ways to the peer and where each stands (RFC 8445 §6.1.2). Our one candidate makes the peer's priority decide. */
export class CheckList {
  private pairs: Pair[] = [];

  get bestValid(): Pair | null {
    return this.pairs.find(({ state }) => state === 'valid') ?? null;
  }

  get waiting(): boolean {
    return this.pairs.some(({ state }) => state === 'waiting');
  }

  get triggered(): boolean {
    return this.pairs.some(({ triggered }) => triggered);
  }

  /** Nothing is left to try. */
  get exhausted(): boolean {
    return this.pairs.every(({ state, triggered }) => state === 'failed' && !triggered);
  }

  /** When a check has to be repeated, or given up. */
  get due(): number | null {
    const times = this.pairs.flatMap(({ check, dueAt }) => (check ? [dueAt] : []));
    return times.length > 0 ? Math.min(...times) : null;
  }

  clear(): void {
    this.pairs = [];
  }

  at({ address, port }: Endpoint): Pair | null {
    return this.pairs.find(({ at }) => at.port === port && at.address === address) ?? null;
  }

  /** The pair with this place, made where there is room: one that failed goes first, `kept` never. */
  add({ address, port }: Endpoint, priority: number, kept: Pair | null = null): Pair | null {
    const known = this.at({ address, port });
    if (known) return known;
    if (this.pairs.length >= mostPairs) {
      const victim =
        this.pairs.find(({ state }) => state === 'failed') ?? this.pairs.findLast((one) => one !== kept && !one.check);
      if (!victim) return null;
      this.pairs = this.pairs.filter((one) => one !== victim);
    }
    const fresh = { state: 'waiting', check: null, sent: 0, dueAt: 0 } as const;
    const pair: Pair = {
      ...fresh,
      at: { address, port },
      priority,
      triggered: false,
      nominated: false,
      authentic: false,
    };
    this.pairs = [...this.pairs, pair].sort((a, b) => b.priority - a.priority);
    return pair;
  }

  remove(pair: Pair): void {
    this.pairs = this.pairs.filter((one) => one !== pair);
  }

  /** To be checked before all others, again where it failed (RFC 8445 §7.3.1.4). */
  trigger(pair: Pair): void {
    if (pair.state !== 'checking') pair.triggered = true;
  }

  /** What is checked next; `ordinary` ones only while none is selected. */
  next(ordinary: boolean): Pair | null {
    const triggered = this.pairs.find((pair) => pair.triggered);
    return triggered ?? (ordinary ? (this.pairs.find(({ state }) => state === 'waiting') ?? null) : null);
  }

  started(pair: Pair, check: Check, now: number): void {
    if (pair.state !== 'valid') pair.state = 'checking';
    Object.assign(pair, { check, sent: 1, dueAt: now + firstWaitMs, triggered: false });
  }

  /** The pair whose check has this transaction. */
  awaiting(transaction: Uint8Array): Pair | null {
    return this.pairs.find(({ check }) => check && Buffer.compare(check.transaction, transaction) === 0) ?? null;
  }

  settle(pair: Pair, valid: boolean): void {
    pair.check = null;
    if (pair.state !== 'valid' || !valid) pair.state = valid ? 'valid' : 'failed';
  }

  /** Checks to be sent again; those that got no answer fail. */
  repeat(now: number): { check: Uint8Array; at: Endpoint }[] {
    return this.pairs.flatMap((pair) => {
      const { check, at } = pair;
      if (!check || now < pair.dueAt) return [];
      if (pair.sent >= transmissions) {
        pair.check = null;
        if (pair.state === 'checking') pair.state = 'failed';
        return [];
      }
      pair.dueAt = now + firstWaitMs * 2 ** pair.sent;
      pair.sent += 1;
      return [{ check: check.bytes, at }];
    });
  }

  /** One was agreed on: the others are tried no more (RFC 8445 §8.1.2). */
  stopOrdinary(): void {
    for (const pair of this.pairs) {
      if (pair.state !== 'waiting' && pair.state !== 'checking') continue;
      pair.state = 'failed';
      pair.check = null;
      pair.triggered = false;
    }
  }

  describe(): string {
    return this.pairs.map(({ at, state }) => `${at.address}:${at.port} ${state}`).join(', ');
  }
}
