import type { Clock } from '../../base/clock.js';
import type { Log } from '../../base/log.js';
import type { Metrics } from '../../base/metrics.js';
import type { SignalledCall } from '../../protocol/h323/call/contract.js';
import type { ControlSession } from '../../protocol/h323/control/contract.js';
import type { Chance } from '../../base/ids.js';
import type { PeerInfo } from '../../rooms/leg.js';
import type { FastOffer } from './fast-offer.js';
import type { H323Makers } from './makers.js';

/** What an H.323 leg is made from. */
export interface H323LegParts {
  id: string;
  who: PeerInfo;
  call: SignalledCall;
  /** Not started yet. */
  session: ControlSession;
  makers: H323Makers;
  /** What fast start of our Setup proposes. */
  offer?: FastOffer | null;
  clock: Clock;
  chance: Chance;
  log: Log;
  metrics: Metrics;
}
