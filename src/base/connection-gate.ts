import type { Endpoint } from './net.js';
import { sourceOf } from './source.js';

/** How many connections are taken at one time: in all, and of one source. */
export interface GateLimits {
  connections: number;
  perSource: number;
}

/** What a gate says of itself. */
export interface GateTold {
  /** So many connections are open now. */
  open(connections: number): void;
  refused(reason: 'total' | 'source'): void;
}

/** Where callers behind a proxy seem to come from: one does not count for another. */
const unknown = '0.0.0.0';

/** Counts accepted connections from their first packet on, together and by source. */
export class ConnectionGate {
  private total = 0;
  private readonly sources = new Map<string, number>();

  constructor(
    private readonly limits: GateLimits,
    private readonly told: GateTold,
  ) {}

  /** Lets a connection in; what is returned is to be called when it is gone. Null refuses it. */
  admit({ address }: Endpoint): (() => void) | null {
    const source = address === unknown ? null : sourceOf(address);
    if (this.total >= this.limits.connections) return this.refuse('total');
    if (source !== null && (this.sources.get(source) ?? 0) >= this.limits.perSource) return this.refuse('source');
    this.add(source, 1);
    let open = true;
    return () => {
      if (open) this.add(source, -1);
      open = false;
    };
  }

  private refuse(reason: 'total' | 'source'): null {
    this.told.refused(reason);
    return null;
  }

  private add(source: string | null, by: 1 | -1): void {
    this.total += by;
    this.told.open(this.total);
    if (source === null) return;
    const left = (this.sources.get(source) ?? 0) + by;
    if (left > 0) this.sources.set(source, left);
    else this.sources.delete(source);
  }
}
