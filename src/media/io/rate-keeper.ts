import type { VideoSource } from '../switch/source.js';
import type { IoLine } from './line.js';
import { legOf, roleOf } from './line-id.js';
import type { Limits } from './messages.js';
import { allot, rateFor, type RateReceiver } from './rates.js';

/** Period of the work, ms. */
const PERIOD = 200;

/** Keeps what every line is sent within what its peer takes, and has the sources told. */
export class RateKeeper {
  private doneAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly limits: Limits) {}

  tick(lines: Iterable<IoLine>, now: number): void {
    if (now - this.doneAt < PERIOD) return;
    this.doneAt = now;
    const legs = new Map<string, IoLine[]>();
    const sources: IoLine[] = [];
    for (const line of lines) {
      if (line.identity.kind !== 'video') continue;
      if (line.receiver.sinks.length > 0) sources.push(line);
      if (line.forwarder.routed) add(legs, legOf(line.identity.id), line);
      else line.allow(null, now);
    }
    const receivers = new Map<VideoSource, RateReceiver[]>();
    for (const sinks of legs.values()) this.allotTo(sinks, receivers, now);
    for (const line of sources) {
      const some = receivers.get(line.source);
      const { floorKbps, openKbps } = this.limits;
      const rate = some && rateFor(some, floorKbps[roleOf(line.identity.id)]);
      if (some) line.tellRate(Math.min(rate ?? openKbps, openKbps), now);
    }
  }

  private allotTo(sinks: readonly IoLine[], receivers: Map<VideoSource, RateReceiver[]>, now: number): void {
    const shares = allot(sinks.map((line) => line.rateSink(now)));
    for (const [i, line] of sinks.entries()) {
      const source = line.forwarder.routed;
      const kbps = line.allow(shares[i] ?? null, now);
      if (source) add(receivers, source, { kbps, separate: line.context.roleOf(source) === roleOf(line.identity.id) });
    }
  }
}

function add<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
