import { createHash } from 'node:crypto';
import type { Clock } from '../../base/clock.js';
import type { Chance } from '../../base/ids.js';
import type { TokenGrant, Tokens } from '../../rooms/tokens.js';

const hour = 3_600_000;

/** How long an administrator stays signed in, milliseconds. */
export const adminTtlMs = 12 * hour;

/** Tokens with the ways of an administrator. */
export interface TokenStore extends Tokens {
  /** Whether a grant is known and not expired. */
  live(id: string): boolean;
  /** Path with a fresh one-time key, e.g. `/admin?key=...`; good for a day. */
  adminLink(): string;
  /** Exchanges a one-time key for an administrator's token; null when it is spent, expired or no such key. */
  redeem(key: string): { token: string; grant: TokenGrant } | null;
}

/**
 * Opaque random tokens in memory. Only their hashes are kept, so a dump of memory or log shows none. At most `limit`
 * live: the oldest goes first.
 */
export function createTokens(tools: { clock: Clock; chance: Chance; limit?: number }): TokenStore {
  return new MemoryTokens(tools.clock, tools.chance, tools.limit ?? 50_000);
}

class MemoryTokens implements TokenStore {
  private readonly byHash = new Map<string, TokenGrant>();
  private readonly hashes = new Map<string, string>();
  private readonly claimed = new Set<string>();

  constructor(
    private readonly clock: Clock,
    private readonly chance: Chance,
    private readonly limit: number,
  ) {}

  issue(what: Parameters<Tokens['issue']>[0]): { token: string; grant: TokenGrant } {
    const { ttlMs, ...rest } = what;
    const token = this.chance.hex(32);
    const grant: TokenGrant = { ...rest, id: `w${this.chance.hex(8)}`, expiresAt: this.clock.wall() + ttlMs };
    this.makeRoom();
    const hash = hashOf(token);
    this.byHash.set(hash, grant);
    this.hashes.set(grant.id, hash);
    return { token, grant };
  }

  verify(token: string): TokenGrant | null {
    const grant = this.byHash.get(hashOf(token));
    if (!grant) return null;
    if (grant.expiresAt > this.clock.wall()) return grant;
    this.revoke(grant.id);
    return null;
  }

  live(id: string): boolean {
    const grant = this.byHash.get(this.hashes.get(id) ?? '');
    return grant !== undefined && grant.expiresAt > this.clock.wall();
  }

  claim(token: string): TokenGrant | null {
    const grant = this.verify(token);
    if (grant?.kind !== 'session' || this.claimed.has(grant.id)) return null;
    this.claimed.add(grant.id);
    return grant;
  }

  unclaim(id: string): void {
    this.claimed.delete(id);
  }

  revoke(id: string): void {
    const hash = this.hashes.get(id);
    if (hash === undefined) return;
    this.hashes.delete(id);
    this.byHash.delete(hash);
    this.claimed.delete(id);
  }

  adminLink(): string {
    const what = { kind: 'link', room: null, name: 'administrator', role: 'moderator' } as const;
    return `/admin?key=${this.issue({ ...what, ttlMs: 24 * hour }).token}`;
  }

  redeem(key: string): { token: string; grant: TokenGrant } | null {
    const link = this.verify(key);
    if (link?.kind !== 'link') return null;
    this.revoke(link.id);
    return this.issue({ kind: 'admin', room: null, name: link.name, role: link.role, ttlMs: adminTtlMs });
  }

  /** Drops what expired; while still full, the oldest session that no call uses (sign-ins are never pushed out). */
  private makeRoom(): void {
    if (this.byHash.size < this.limit) return;
    const now = this.clock.wall();
    for (const grant of [...this.byHash.values()]) {
      const unused = grant.kind === 'session' && !this.claimed.has(grant.id) && this.byHash.size >= this.limit;
      if (grant.expiresAt <= now || unused) this.revoke(grant.id);
    }
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}
