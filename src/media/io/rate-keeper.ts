import type { IoLine } from './line.js';
import { legOf, roleOf } from './line-id.js';
import type { Limits } from './messages.js';
import { allot, lowRates, rateFor, type RateReceiver } from './rates.js';
import type { Tiers } from './tiers.js';

/** Period of the work, ms. */
const PERIOD = 200;

/** A receiver of a picture, with what it may be sent. */
interface Share {
  sink: IoLine;
  kbps: number | null;
  /** For a low encoding. */
  low: number | null;
}

/** Keeps what every line is sent within what its peer takes, and has the sources told. */
export class RateKeeper {
  private doneAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly limits: Limits,
    private readonly tiers: Tiers,
  ) {}

  tick(lines: Iterable<IoLine>, now: number): void {
    if (now - this.doneAt < PERIOD) return;
    this.doneAt = now;
    const legs = new Map<string, IoLine[]>();
    for (const line of lines) {
      if (line.identity.kind !== 'video') continue;
      if (this.tiers.pictureOf(line)) add(legs, legOf(line.identity.id), line);
      else line.allow(null, now);
    }
    const pictures = new Map<IoLine, Share[]>();
    for (const sinks of legs.values()) this.allotTo(sinks, pictures, now);
    for (const [picture, shares] of pictures) this.keep(picture, shares, now);
    this.tiers.settle(now);
  }

  private allotTo(sinks: readonly IoLine[], pictures: Map<IoLine, Share[]>, now: number): void {
    const wants = sinks.map((line) => line.rateSink(now, this.tiers.wants(line)));
    const shares = allot(wants);
    const lows = lowRates(wants);
    for (const [i, sink] of sinks.entries()) {
      const share = shares[i] ?? null;
      const kbps = sink.allow(share, now);
      const low = lows[i] ?? null;
      const picture = this.tiers.pictureOf(sink);
      // what FEC takes of the one it takes of the other
      const left = kbps !== null && share ? kbps / share : 1;
      if (picture) add(pictures, picture, { sink, kbps, low: low === null ? null : low * left });
    }
  }

  /** All who see a picture count for what its full encoding may have, whichever they get. */
  private keep(picture: IoLine, shares: readonly Share[], now: number): void {
    const { floorKbps, openKbps } = this.limits;
    const role = roleOf(picture.identity.id);
    const receivers = shares.map(({ sink, kbps }): RateReceiver => ({
      kbps,
      separate: roleOf(sink.identity.id) === role,
    }));
    const allowed = Math.min(rateFor(receivers, floorKbps[role]) ?? openKbps, openKbps);
    picture.tellRate(allowed, now, this.tiers.asked(picture));
    for (const { sink, kbps, low } of shares) this.tiers.choose(sink, kbps, low, allowed, now);
  }
}

function add<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
