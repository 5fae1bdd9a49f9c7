import { Buckets } from '../../../base/buckets.js';
import type { Clock } from '../../../base/clock.js';
import type { Metrics } from '../../../base/metrics.js';
import type { Endpoint } from '../../../base/net.js';
import { sourceOf } from '../../../base/source.js';
import type { ConnectionLimits } from './timers.js';

/** Counts accepted connections, together and by source, and what comes on any from a source. */
export class Gate {
  private total = 0;
  private readonly sources = new Map<string, number>();
  private readonly units: Buckets;

  constructor(
    private readonly limits: ConnectionLimits,
    private readonly metrics: Metrics,
    clock: Clock,
  ) {
    this.units = new Buckets(clock, limits.unitsBurst, limits.unitsPerSecond);
  }

  /** Lets a connection in; what is returned is called when it is gone. Null refuses it. */
  admit({ address }: Endpoint): (() => void) | null {
    const source = sourceOf(address);
    if (this.total >= this.limits.connections) return this.refuse('total');
    if ((this.sources.get(source) ?? 0) >= this.limits.perSource) return this.refuse('source');
    this.add(source, 1);
    let open = true;
    return () => {
      if (open) this.add(source, -1);
      open = false;
    };
  }

  /** Whether there may be as much from this source by now. */
  spend({ address }: Endpoint, units: number): boolean {
    return this.units.take(sourceOf(address), units);
  }

  private refuse(reason: 'total' | 'source'): null {
    this.metrics.count('dualstream_h323_connections_refused_total', { reason });
    return null;
  }

  private add(source: string, by: 1 | -1): void {
    this.total += by;
    this.metrics.gauge('dualstream_h323_connections', this.total);
    const left = (this.sources.get(source) ?? 0) + by;
    if (left > 0) this.sources.set(source, left);
    else this.sources.delete(source);
  }
}
