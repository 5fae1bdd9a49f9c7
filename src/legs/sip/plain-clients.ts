import type { DigestAlgorithm } from '../../protocol/sip-values/digest.js';
import type { SipRequest } from './srf.js';

/** Programs that give up at a challenge they do not know, even when another one follows (seen with baresip 1.0.0, sipsak 0.9.8). */
const knownAgents = /^(?:baresip v?[01]\.|sipsak 0\.)/i;
const mostRemembered = 10_000;

/**
 * Devices that can be asked by MD5 alone. RFC 8760 §2.4 has a client pass over challenges it does not know; older ones end
 * with an error instead, and say nothing. Who was asked by several and comes again without an answer is therefore asked by
 * MD5 only, for as long as it answers so. Nothing is lost by that: MD5 was among the offers before.
 */
export class PlainClients {
  /** Oldest first. */
  private readonly seen = new Map<string, 'asked' | 'plain'>();

  /** Whether to ask this one by MD5 alone; it counts as asked now. */
  isPlain(request: Pick<SipRequest, 'get' | 'source_address'>): boolean {
    if (knownAgents.test(request.get('User-Agent') ?? '')) return true;
    const key = keyOf(request);
    const plain = this.seen.has(key);
    this.keep(key, plain ? 'plain' : 'asked');
    return plain;
  }

  /** It answered, by this algorithm. */
  answered(request: Pick<SipRequest, 'get' | 'source_address'>, algorithm: DigestAlgorithm): void {
    const key = keyOf(request);
    if (algorithm !== 'MD5' || this.seen.get(key) !== 'plain') this.seen.delete(key);
  }

  private keep(key: string, state: 'asked' | 'plain'): void {
    this.seen.delete(key);
    for (const oldest of this.seen.keys()) {
      if (this.seen.size < mostRemembered) break;
      this.seen.delete(oldest);
    }
    this.seen.set(key, state);
  }
}

/** Devices of several makes may stand behind one address. */
function keyOf(request: Pick<SipRequest, 'get' | 'source_address'>): string {
  const from = (request.get('From') ?? '').replace(/;.*$/, '');
  return [request.source_address, request.get('User-Agent') ?? '', from].map((text) => text.slice(0, 80)).join(' ');
}
