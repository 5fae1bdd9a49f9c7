import type { Clock, Timer } from '../../base/clock.js';
import { messageOf } from '../../base/errors.js';
import type { Log } from '../../base/log.js';
import type { Metrics } from '../../base/metrics.js';
import type { Held, Locations } from './locations.js';
import { isBehindRouter, isFlowBound } from './reach.js';
import type { Signalling } from './srf.js';

/** Routers forget a UDP path that was silent for 30 s (RFC 4787 §4.3 asks for 2 minutes; few keep to it). */
const routerMs = 25_000;
/** Connections are kept by their device (RFC 5626 §4.4); we only want to know when one is gone. */
const connectionMs = 60_000;
const tickMs = 1000;
/** All are asked once within this time after they came, or we did. */
const firstMs = 10_000;

/**
 * Asks registered devices that stand behind a router or hang on a connection for their OPTIONS: the packet and its answer
 * keep the way open, and no answer tells that it is gone. Whatever the device answers, it is there. Asked anew, a device
 * that did not answer is reachable again when it does. The requests are spread over the interval.
 */
export class KeepOpen {
  private readonly timer: Timer;
  /** When each binding is asked next. */
  private readonly due = new Map<string, number>();
  private readonly asking = new Set<string>();

  constructor(
    private readonly locations: Locations,
    private readonly signalling: Pick<Signalling, 'request'>,
    private readonly tools: { clock: Clock; log: Log; metrics: Metrics },
  ) {
    this.timer = tools.clock.every(tickMs, () => this.tick());
  }

  close(): void {
    this.timer.cancel();
    this.due.clear();
  }

  private tick(): void {
    const now = this.tools.clock.now();
    const live = new Set<string>();
    for (const held of this.locations.all()) {
      const every = intervalOf(held);
      if (every === null) continue;
      const { id } = held.binding;
      live.add(id);
      const at = this.due.get(id);
      // soon, as those of an earlier life have waited long enough
      if (at === undefined) this.due.set(id, now + spread(id, firstMs));
      else if (at <= now && !this.asking.has(id)) {
        this.due.set(id, now + every);
        this.ask(held);
      }
    }
    for (const id of this.due.keys()) if (!live.has(id)) this.due.delete(id);
  }

  private ask(held: Held): void {
    const { uri, nextHop, id, user } = this.locations.reachOf(held);
    this.asking.add(id);
    const answered = (there: boolean, why: string): void => {
      this.asking.delete(id);
      // it registered anew meanwhile: that says more
      if (!this.locations.of(user).includes(held) || held.reachable === there) return;
      held.reachable = there;
      if (there) return;
      this.tools.metrics.count('dualstream_sip_bindings_lost_total');
      this.tools.log.info({ user, contact: uri, why }, 'A registered device does not answer');
    };
    const options = { method: 'OPTIONS', ...(nextHop === null ? {} : { proxy: nextHop }) };
    try {
      this.signalling.request(uri, options, (error, request) => {
        if (!request) return answered(false, messageOf(error));
        request.on('response', ({ status, reason }) =>
          answered(status !== 408 && status !== 503, `${status} ${reason}`),
        );
      });
    } catch (error) {
      // the engine is not connected: that says nothing about the device
      this.asking.delete(id);
      this.tools.log.debug({ error: messageOf(error) }, 'A registered device could not be asked');
    }
  }
}

function intervalOf({ binding, reachable }: Held): number | null {
  if (isBehindRouter(binding)) return routerMs;
  if (!isFlowBound(binding)) return null;
  // its connection is gone with an earlier life of ours, or was closed: only the device can make another
  return reachable ? connectionMs : null;
}

/** Somewhere within the time, always the same for a binding. */
function spread(id: string, ms: number): number {
  return (Number.parseInt(id.slice(0, 8), 16) / 0xffffffff) * ms;
}
