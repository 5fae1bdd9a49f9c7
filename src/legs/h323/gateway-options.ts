import type { Clock } from '../../base/clock.js';
import type { Chance } from '../../base/ids.js';
import type { Log } from '../../base/log.js';
import type { Metrics } from '../../base/metrics.js';
import type { Endpoint } from '../../base/net.js';
import type { Abilities } from '../../media/negotiate.js';
import type { SrtpPolicy } from '../../media/keying.js';
import type { MediaPlane, SharedPorts } from '../../media/plane.js';
import type { SignallingEndpoint } from '../../protocol/h323/call/contract.js';
import type { CallWatch } from '../../rooms/call-diagnosis.js';
import type { RoomDirectory } from '../../rooms/directory.js';
import type { Defence } from '../admission/defence.js';
import type { FrontDoor } from '../admission/front-door.js';
import type { Lobby } from '../admission/lobby.js';
import type { RoomDoor } from '../admission/room-door.js';
import type { Decide } from '../admission/verdict.js';
import type { CallThrough } from '../through/call-through.js';
import type { FarEnds } from '../through/far-ends.js';
import type { Devices } from './devices/devices.js';
import type { ForeignGatekeepers } from './gatekeepers/foreign-gatekeepers.js';

/** What the H.323 side works with. */
export interface H323GatewayOptions {
  endpoint: SignallingEndpoint;
  clock: Clock;
  chance: Chance;
  log: Log;
  metrics: Metrics;
  plane: MediaPlane;
  abilities: Abilities;
  /**
   * Where media binds for a peer, and what the peer is told; `via` is the address of ours that it has reached, `arrival`
   * where its call came in.
   */
  addressFor(peer: string, via: string, arrival: Endpoint | null): { bind: string; advertise: string };
  rooms: RoomDirectory;
  roomDoor: RoomDoor;
  /** The dial plan. */
  decide: Decide;
  lobby?: Lobby | undefined;
  pinByPrompt?: boolean | undefined;
  /** What a caller means who dials our address only: this room, or null to be asked. */
  bare: string | null;
  /** Far-end camera control is offered and taken; absent means that it is not. */
  fecc?: boolean | undefined;
  /** Helps media through the NATs of devices that can be helped (H.460.19); default true. */
  traversal?: boolean | undefined;
  /** Connects callers with others than rooms; asked for at a call, and where it is absent nobody is connected. */
  onward?: (() => { through: Pick<CallThrough, 'connect'>; farEnds: Pick<FarEnds, 'of'> }) | undefined;
  /** Ports that media of devices behind NAT shares at an address; absent where it never does. */
  shared?: ((bind: string) => SharedPorts | null) | undefined;
  /** Where nobody looks after callers both are absent. */
  defence?: Defence | undefined;
  door?: FrontDoor | undefined;
  calls?: CallWatch | undefined;
  /** Name of the listener a call came in by, or null. */
  listenerOf?: (local: Endpoint) => string | null;
  /** Gatekeepers elsewhere that we are registered with; without it, there are none. */
  gatekeepers?: Pick<ForeignGatekeepers, 'ownerOf' | 'load'> | undefined;
  /** Above so many calls they are told that we take no more (RAI). */
  mostCalls?: number | undefined;
  /** Devices that registered with us; without it, nobody did. */
  devices?: Pick<Devices, 'callerOf' | 'locate'> | undefined;
  /** What the listener that a call came in by says about encryption, or null. */
  srtpOf?: (local: Endpoint) => SrtpPolicy | null;
}
