import { Buckets } from '../../base/buckets.js';
import type { Clock } from '../../base/clock.js';
import type { Log } from '../../base/log.js';
import type { Metrics } from '../../base/metrics.js';
import type { Endpoint } from '../../base/net.js';
import { sourceOf } from '../../base/source.js';
import { explainTls } from '../../base/tls-faults.js';

/** Counts and explains what goes wrong with TLS; never more than one line a second about each peer. */
export class TlsComplaints {
  private readonly lines: Buckets;
  private readonly log: Log;
  private readonly metrics: Metrics;

  constructor({ clock, log, metrics }: { clock: Clock; log: Log; metrics: Metrics }) {
    this.lines = new Buckets(clock, 1, 1);
    this.log = log;
    this.metrics = metrics;
  }

  /** A connection to a listener that never came to be; without TLS it was one of WebSockets. */
  handshake(error: Error, peer: Endpoint, secure: boolean): void {
    if (secure) return this.tls(error, peer, 'accepted');
    this.metrics.count('dualstream_sip_handshakes_failed_total', { reason: explainTls(error).label });
  }

  /** `side` says who called: the peer us, or we the peer. */
  tls(error: Error, { address, port }: Endpoint, side: 'accepted' | 'connected'): void {
    const { label, text } = explainTls(error);
    this.metrics.count('dualstream_sip_tls_faults_total', { side, fault: label });
    // scanners do that all the time
    if (side === 'accepted' && label === 'closed') return;
    if (!this.lines.take(sourceOf(address))) return;
    const fields = { peer: `${address}:${port}`, fault: label, why: text };
    if (side === 'connected') this.log.warn(fields, 'A SIP server cannot be reached by TLS');
    else this.log.info(fields, 'A TLS connection was not accepted');
  }
}
