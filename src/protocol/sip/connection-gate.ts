import type { Metrics } from '../../base/metrics.js';
import type { Endpoint } from '../../base/net.js';

/** How many connections are taken at one time. */
export interface GateLimits {
  connections: number;
  perSource: number;
}

/** Counts accepted connections from their first packet on, together and by source. */
export class ConnectionGate {
  private total = 0;
  private readonly sources = new Map<string, number>();

  constructor(
    private readonly limits: GateLimits,
    private readonly metrics: Metrics,
  ) {}

  /** Lets a connection in; what is returned is to be called when it is gone. Null refuses it. */
  admit({ address }: Endpoint): (() => void) | null {
    const source = sourceOf(address);
    const known = source === null ? 0 : (this.sources.get(source) ?? 0);
    if (this.total >= this.limits.connections) return this.refuse('total');
    if (known >= this.limits.perSource) return this.refuse('source');
    this.add(source, 1);
    let open = true;
    return () => {
      if (open) this.add(source, -1);
      open = false;
    };
  }

  private refuse(reason: 'total' | 'source'): null {
    this.metrics.count('dualstream_sip_connections_refused_total', { reason });
    return null;
  }

  private add(source: string | null, by: 1 | -1): void {
    this.total += by;
    this.metrics.gauge('dualstream_sip_connections', this.total);
    if (source === null) return;
    const left = (this.sources.get(source) ?? 0) + by;
    if (left > 0) this.sources.set(source, left);
    else this.sources.delete(source);
  }
}

/**
 * Whom an address stands for: itself, or with IPv6 its /64, of which one customer has every address. Null for callers
 * behind a proxy, who are not known.
 */
export function sourceOf(address: string): string | null {
  if (address === '0.0.0.0') return null;
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.replace(/%.*$/, '').split('::');
  const groups = head === '' ? [] : head.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  return [...groups, ...Array<string>(Math.max(0, missing)).fill('0'), ...(tail ?? '').split(':')]
    .slice(0, 4)
    .join(':');
}
