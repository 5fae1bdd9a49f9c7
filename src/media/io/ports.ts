import { DualstreamError, type Verdict } from '../../base/errors.js';
import type { Chance } from '../../base/ids.js';

/** Even and odd ports from `from` to `to`, both included; or whatever the system gives. */
export type PortRange = { from: number; to: number } | 'auto';

/** No free RTP port pair is left. */
export class OutOfPorts extends DualstreamError {
  readonly verdict: Verdict = {
    sip: 503,
    h225: 'noBandwidth',
    bfcp: 0,
    http: 503,
    label: 'out_of_ports',
    retry: true,
  };

  constructor() {
    super('no RTP port pair is free');
  }
}

/** The media address of the configuration cannot be bound. */
export class CannotBind extends DualstreamError {
  readonly verdict: Verdict = {
    sip: 500,
    h225: 'undefinedReason',
    bfcp: 0,
    http: 500,
    label: 'cannot_bind_media',
    retry: false,
  };
}

/** Hands out RTP/RTCP pairs; a pair given back is used again only after all the others. */
export class PortPairs {
  private readonly taken = new Set<number>();
  private readonly first: number;
  private readonly count: number;
  private nextIndex: number;

  /** Throws RangeError when the range holds no pair. */
  constructor(
    private readonly range: PortRange,
    chance: Chance,
  ) {
    this.first = range === 'auto' ? 0 : range.from + (range.from % 2);
    this.count = range === 'auto' ? 0 : Math.floor((range.to + 1 - this.first) / 2);
    if (range !== 'auto' && (this.count < 1 || range.from < 1024 || range.to > 65535))
      throw new RangeError(`no RTP port pair in ${range.from}-${range.to}`);
    this.nextIndex = this.count > 0 ? chance.int(0, this.count - 1) : 0;
  }

  /** How many pairs `take` can find at most; 1 where the system chooses. */
  get size(): number {
    return this.range === 'auto' ? 1 : this.count;
  }

  /** RTP port of a pair (RTCP is the next one), 0 where the system chooses, null when all are taken. */
  take(): number | null {
    if (this.range === 'auto') return 0;
    for (let tried = 0; tried < this.count; tried++) {
      const port = this.first + this.nextIndex * 2;
      this.nextIndex = (this.nextIndex + 1) % this.count;
      if (this.taken.has(port)) continue;
      this.taken.add(port);
      return port;
    }
    return null;
  }

  give(port: number): void {
    this.taken.delete(port);
  }
}
