import { noDns, type Dns } from './base/dns.js';
import { networkTest } from './base/networks.js';
import type { Decide } from './legs/admission/verdict.js';
import { ownPlaces, type DialRules } from './legs/sip/dial-targets.js';
import type { ConferenceEvents } from './legs/sip/conference-events.js';
import { SipDialer, type Binding } from './legs/sip/dialer.js';
import { Forwarder } from './legs/sip/forward.js';
import type { Forward } from './legs/sip/forwarding.js';
import type { GatewayParts } from './legs/sip/gateway-parts.js';
import type { ListenPoint } from './legs/sip/hostports.js';
import { LoopMark } from './legs/sip/loop-mark.js';
import { Referrals } from './legs/sip/refer.js';
import type { SipLeg } from './legs/sip/sip-leg.js';
import { Trunks, type TrunkSettings } from './legs/sip/trunks.js';
import { CallThrough } from './legs/through/call-through.js';
import { FarEnds, type RegistrationDialer } from './legs/through/far-ends.js';
import { UserDialer, type Branch } from './legs/through/user-dialer.js';
import { DialOut } from './rooms/dial-out.js';
import type { Dialer } from './rooms/dialer.js';
import type { RoomDirectory } from './rooms/directory.js';

/** Calls that go out: which, how and through what. */
export interface OutgoingSettings {
  trunks: readonly TrunkSettings[];
  rules: DialRules;
  ringMs: number;
  perRoom: number;
  /** Who may have a room call somebody. */
  who: 'admin' | 'moderator';
  srtp: 'off' | 'sips' | 'required';
  srtpBy: 'sdes' | 'dtls';
  /** Host names that mean this gateway, besides its addresses. */
  domains: readonly string[];
  /** Every address by which this machine is reached. */
  addresses: readonly string[];
  /** Networks whose calls may go out without a password, besides those of trunks. */
  trusted: readonly string[];
  dns: Dns;
}

/** Nobody but through rules, and no rules. */
export const noOutgoing: OutgoingSettings = {
  trunks: [],
  rules: { targets: [], numbers: [] },
  ringMs: 60_000,
  perRoom: 10,
  who: 'moderator',
  srtp: 'sips',
  srtpBy: 'sdes',
  domains: [],
  addresses: [],
  trusted: [],
  dns: noDns,
};

/** What makes calls of ours. */
export interface Outgoing {
  /** Has rooms call somebody. */
  dialOut: DialOut;
  trunks: Trunks;
  /** What the gateway answers calls with. */
  services: { forward: Forward; loops: LoopMark; referrals: Referrals };
  /** Connects callers of any protocol with others than rooms. */
  onward: { through: CallThrough; farEnds: FarEnds };
  /** The engine takes SIP here; from now on trunks are asked whether they are there. */
  start(listening: readonly ListenPoint[]): void;
  close(): Promise<void>;
}

/** What the rest of the SIP side lends. */
export interface OutgoingCore {
  /** A leg is one of the gateway's now. */
  adopt: (leg: SipLeg) => void;
  /** Tells devices their roster; asked for when somebody answers. */
  conference: () => Pick<ConferenceEvents, 'confirmed' | 'seated'>;
  /** Devices of a registered user. */
  bindingsOf: (user: string) => Promise<readonly Binding[]>;
  /** The dial plan. */
  decide: Decide;
  /** Further dialers, for other schemes. */
  dialers?: readonly Dialer[];
  /** Devices of other protocols that a user has registered. */
  devicesOf?: (user: string) => Promise<readonly Branch[]>;
  /** Registrations elsewhere that rules name like trunks. */
  registrations?: RegistrationDialer;
}

const noDevices = (): Promise<[]> => Promise.resolve([]);

/** Puts dialers and trunks together. Nothing is sent before `start`. */
export function makeOutgoing(
  settings: OutgoingSettings,
  parts: GatewayParts,
  rooms: RoomDirectory,
  core: OutgoingCore,
): Outgoing {
  let points: readonly ListenPoint[] = [];
  const ports = (port: number): boolean => points.some(({ local }) => local.port === port);
  const isOwn = ownPlaces(settings.domains, settings.addresses, ports);
  const loops = new LoopMark(parts.chance.hex(16), (host, port) => isOwn(host, port) && ports(port));
  const trunks = new Trunks(settings.trunks, parts);
  const { rules, srtp, srtpBy, ringMs, perRoom, who } = settings;
  const { clock, log, metrics, chance } = parts;
  const { adopt, conference, bindingsOf, decide, devicesOf = noDevices, registrations } = core;
  const how = { rules, srtp, srtpBy, ringMs };
  const dialer = new SipDialer({ parts, trunks, loops, isOwn, bindingsOf, adopt, conference, ...how });
  const trusted = networkTest(settings.trusted);
  const trusts = (address: string): boolean => trusted(address) || trunks.bySource(address) !== null;
  const through = new CallThrough({ rooms, trusts, metrics, chance });
  const dialers = [new UserDialer(dialer, devicesOf), dialer, ...(core.dialers ?? [])];
  const farEnds = new FarEnds(dialer, dialers, registrations);
  const forwarder = new Forwarder({ parts, through, farEnds, loops, adopt });
  const dialOut = new DialOut({ dialers, clock, log, metrics, perRoom });
  return {
    dialOut,
    trunks,
    onward: { through, farEnds },
    services: {
      loops,
      forward: (call) => forwarder.forward(call),
      referrals: new Referrals({
        ...{ rooms, dialOut, isOwn, who, decide, log, metrics },
        seated: (leg, room, one) => {
          parts.seated(leg, room, one);
          conference().seated(leg, room);
        },
      }),
    },
    start(listening) {
      points = listening;
      trunks.start();
    },
    close: () => trunks.close(),
  };
}
