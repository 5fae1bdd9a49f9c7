import type { Clock } from '../../../../base/clock.js';
import type { Emitter } from '../../../../base/events.js';
import type { Chance } from '../../../../base/ids.js';
import type { Log } from '../../../../base/log.js';
import type { Endpoint } from '../../../../base/net.js';
import type { RasMessage } from '../../h225/schema.js';
import type { GatekeeperEvents, GatekeeperHost } from '../contract.js';
import type { Answered } from '../exchanges.js';
import type { Proof } from './proof.js';
import type { Registration, Way } from './registration.js';
import type { RegistrationStore } from './registrations.js';
import type { GatekeeperSettings } from './settings.js';

/** What the parts of the gatekeeper share. */
export interface Shared {
  readonly settings: GatekeeperSettings;
  readonly host: GatekeeperHost;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly log: Log;
  readonly store: RegistrationStore;
  readonly on: Emitter<GatekeeperEvents>;
  /** Nothing may begin any more. */
  ended(): boolean;
  /** Asks a registered device. */
  ask(registration: Registration, message: RasMessage, done: Answered): void;
  /** Takes a registration out, with all that hangs on it. */
  remove(registration: Registration, reason: GatekeeperEvents['unregistered']['reason']): void;
}

/** One request. */
export interface Asked {
  from: Endpoint;
  way: Way;
  /** The device that sends it; null where none is named or known. */
  registration: Registration | null;
  /** Password that was proved with this message. */
  proof: Proof | null;
  /** Tells the sender to wait that many milliseconds. */
  progress(ms: number): void;
}
