import type { Metrics } from '../../../base/metrics.js';

/** Why a datagram was not looked at any further. */
export type DropReason = 'oversize' | 'malformed' | 'flood' | 'unheard' | 'stray' | 'unproved' | 'busy' | 'repeated';

/** Counts what RAS does, for both sides. */
export class Tally {
  constructor(private readonly metrics: Metrics) {}

  message(direction: 'in' | 'out', message: string): void {
    this.metrics.count('dualstream_h323_ras_messages_total', { direction, message });
  }

  dropped(reason: DropReason): void {
    this.metrics.count('dualstream_h323_ras_dropped_total', { reason });
  }

  refused(request: string, reason: string): void {
    this.metrics.count('dualstream_h323_ras_refused_total', { request, reason });
  }

  registrations(count: number): void {
    this.metrics.gauge('dualstream_h323_registrations', count);
  }
}
