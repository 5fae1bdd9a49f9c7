import type { Clock } from '../../base/clock.js';
import type { Chance } from '../../base/ids.js';
import type { Log } from '../../base/log.js';
import type { Metrics } from '../../base/metrics.js';
import type { PeerInfo } from '../../rooms/leg.js';
import type { Exchanges } from './exchanges.js';
import type { LegMedia } from './leg-media.js';

/** What a SIP leg is made from. */
export interface SipLegParts {
  id: string;
  who: PeerInfo;
  /** Recognised by its description: a browser. */
  web: boolean;
  /** Address that its signalling comes from, or null. */
  source?: string | null;
  /** Its media passes the anchor engine. */
  anchored: boolean;
  /** We called: the Call-ID is ours, and the 200 is acknowledged before the leg is told. */
  weCalled?: boolean;
  clock: Clock;
  chance: Chance;
  log: Log;
  metrics: Metrics;
  media: LegMedia;
  exchanges: Exchanges;
}
