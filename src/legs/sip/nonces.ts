import { createHmac } from 'node:crypto';
import type { Clock } from '../../base/clock.js';
import { sameSecret, type Chance } from '../../base/ids.js';

/** What a nonce is worth. `foreign` was never ours, or is of an earlier life of this process. */
export type NonceState = 'good' | 'used' | 'expired' | 'foreign';

/** Uses of nonces that are remembered; with a re-registration a minute, enough for 100,000 devices at a time. */
const mostRemembered = 100_000;
const macLength = 32;

/**
 * Server nonces (RFC 7616 §5.4): when it was made, chance, and a keyed hash over both, so that making one keeps nothing
 * and nobody else can make one. Only those that a right password came with are remembered, with their highest count;
 * when there are too many, the oldest are forgotten and count as expired.
 */
export class Nonces {
  private readonly key: string;
  private readonly counts = new Map<string, { issued: number; count: number }>();
  /** Nothing made up to here is taken any more. */
  private floor = -1;

  constructor(
    private readonly clock: Pick<Clock, 'now'>,
    private readonly chance: Pick<Chance, 'hex'>,
    private readonly lifeMs: number,
    private readonly most = mostRemembered,
  ) {
    this.key = chance.hex(32);
  }

  /** How many are remembered. */
  get size(): number {
    return this.counts.size;
  }

  issue(): string {
    const head = `${Math.floor(this.clock.now()).toString(16).padStart(12, '0')}${this.chance.hex(6)}`;
    return head + this.mac(head);
  }

  state(nonce: string): Exclude<NonceState, 'used'> {
    const issued = this.issuedAt(nonce);
    if (issued === null) return 'foreign';
    return this.isOver(issued) ? 'expired' : 'good';
  }

  /** Takes a count (a client that gives none may use a nonce once: count `Infinity`). Counts only go up. */
  use(nonce: string, count: number): NonceState {
    const issued = this.issuedAt(nonce);
    if (issued === null) return 'foreign';
    if (this.isOver(issued)) return 'expired';
    const last = this.counts.get(nonce);
    if (last && count <= last.count) return 'used';
    if (last) last.count = count;
    else this.remember(nonce, issued, count);
    return 'good';
  }

  private remember(nonce: string, issued: number, count: number): void {
    for (const [oldest, { issued: since }] of this.counts) {
      const over = this.isOver(since);
      if (!over && this.counts.size < this.most) break;
      this.counts.delete(oldest);
      if (!over) this.floor = Math.max(this.floor, since);
    }
    if (!this.isOver(issued)) this.counts.set(nonce, { issued, count });
  }

  private isOver(issued: number): boolean {
    return issued <= this.floor || this.clock.now() - issued >= this.lifeMs;
  }

  private issuedAt(nonce: string): number | null {
    const head = nonce.slice(0, -macLength);
    if (!/^[0-9a-f]{24}$/.test(head) || !sameSecret(nonce.slice(-macLength), this.mac(head))) return null;
    return Number.parseInt(head.slice(0, 12), 16);
  }

  private mac(head: string): string {
    return createHmac('sha256', this.key).update(head).digest('hex').slice(0, macLength);
  }
}
