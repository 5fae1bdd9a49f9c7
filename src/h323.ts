import { isIPv6 } from 'node:net';
import { bindFor, isUnspecified, sameFamily } from './base/addressing.js';
import type { Clock } from './base/clock.js';
import { messageOf } from './base/errors.js';
import type { Chance } from './base/ids.js';
import type { Log } from './base/log.js';
import type { Metrics } from './base/metrics.js';
import type { Endpoint } from './base/net.js';
import { explainPortInUse, portOfError } from './base/ports-in-use.js';
import type { SeenMessage } from './base/seen.js';
import { systemNet } from './base/system-net.js';
import type { Guard } from './guard.js';
import { SharedMedia } from './h323-media.js';
import type { H323DialRules } from './legs/h323/dial-target.js';
import { H323Dialer, type StartSettings } from './legs/h323/dialer.js';
import { Devices, type DeviceParts } from './legs/h323/devices/devices.js';
import type { DeviceSettings } from './legs/h323/devices/settings.js';
import type { GatekeeperParts } from './legs/h323/gatekeepers/foreign-gatekeeper.js';
import { ForeignGatekeepers } from './legs/h323/gatekeepers/foreign-gatekeepers.js';
import type { ForeignGatekeeperSettings } from './legs/h323/gatekeepers/settings.js';
import { H323Gateway, type H323GatewayOptions } from './legs/h323/gateway.js';
import { serverFeatures } from './legs/h323/traversal.js';
import { us } from './legs/h323/us.js';
import { ownPlaces } from './legs/sip/dial-targets.js';
import type { RegistrationDialer } from './legs/through/far-ends.js';
import type { OutgoingSettings } from './outgoing.js';
import type { SrtpPolicy } from './media/keying.js';
import type { SignallingEndpoint } from './protocol/h323/call/contract.js';
import { createSignallingEndpoint, type SignallingOptions } from './protocol/h323/call/endpoint.js';
import type { DevicePasswords } from './rooms/device-passwords.js';
import type { Dialling, DialRequest } from './rooms/dialer.js';
import { statesOf, type TrunkStates } from './rooms/trunk-states.js';

/** Well-known port of call signalling (H.225.0 Appendix IV). */
const usualPort = 1720;

/** Where calls are taken. */
export interface H323Listener {
  name?: string | undefined;
  address: string;
  port: number;
  /** What its callers are told as our address instead. */
  advertise?: string | undefined;
  /** Whether media of its calls is encrypted. */
  srtp?: SrtpPolicy | undefined;
}

/** Devices behind NAT. */
export interface NatSettings {
  /** Whether media is helped through (H.460.19). */
  traversal: boolean;
  /** RTP port that their lines share, RTCP is the next; null for none, 0 lets the system pick. */
  multiplexPort: number | null;
}

/** Calls by H.323. */
export interface H323Settings {
  listen: readonly H323Listener[];
  /** Null lets the system pick. */
  h245Ports: { from: number; to: number } | null;
  /** What a caller means who dials our address only; null asks. */
  bare: string | null;
  kbps: number;
  /** How calls of ours begin. */
  start: StartSettings;
  /** By default media is helped through NATs, and shares no ports. */
  nat?: NatSettings | undefined;
  /** Whom rooms may call. */
  targets: readonly string[];
  /** Names and numbers that rooms may call by a gatekeeper elsewhere. */
  numbers?: H323DialRules['numbers'];
  /** Gatekeepers elsewhere with which we register. */
  gatekeepers?: readonly ForeignGatekeeperSettings[];
  /** How devices register with us; null where none can. */
  devices?: DeviceSettings | null | undefined;
  /** Whether calls of rooms are encrypted; by default `optional`. */
  srtp?: SrtpPolicy;
}

/** What the H.323 side is made with. */
export type H323Parts = Pick<
  H323GatewayOptions,
  | 'plane'
  | 'abilities'
  | 'rooms'
  | 'roomDoor'
  | 'decide'
  | 'lobby'
  | 'pinByPrompt'
  | 'calls'
  | 'mostCalls'
  | 'onward'
  | 'fecc'
> & {
  clock: Clock;
  chance: Chance;
  log: Log;
  metrics: Metrics;
  guard: Guard | null;
  media: { bind: string; advertise(peer: string, via?: string): string };
  outgoing: Pick<OutgoingSettings, 'domains' | 'addresses' | 'ringMs'>;
  /** Of users, for their devices. */
  passwords: DevicePasswords;
  lookup: (host: string) => Promise<string>;
  /** Told of every message for whoever wants to look at it later, with its callIdentifier where that is known. */
  seen?: (message: SeenMessage, language: 'h225' | 'h245' | 'ras', callIdentifier: string | null) => void;
};

/** Takes and makes calls by H.323. */
export interface H323Side {
  gateway: H323Gateway;
  dialer: H323Dialer;
  /** Devices that registered with us; null where none can. */
  devices: Devices | null;
  /** Our registrations elsewhere. */
  gatekeepers: ForeignGatekeepers;
  /** Ways to the devices that a user has registered. */
  devicesOf(user: string): Promise<readonly ((request: DialRequest) => Dialling)[]>;
  /** Calls by our registrations, which rules name like trunks. */
  registrations: RegistrationDialer;
  /** Our registrations, and gatekeepers beside ours. */
  trunkStates: TrunkStates;
  /** Where calls are taken now. */
  readonly listening: readonly Endpoint[];
  /** Why they are not taken somewhere, or null. */
  readonly problem: string | null;
  /** A port that cannot be had is told, and ends nothing. */
  listen(): Promise<void>;
  close(): Promise<void>;
}

const usualNat: NatSettings = { traversal: true, multiplexPort: null };

/** Puts the H.323 side together; nothing is taken before `listen`. */
export function makeH323(
  settings: H323Settings,
  { guard, media, outgoing, passwords, lookup, seen, ...parts }: H323Parts,
): H323Side {
  const { h245Ports, bare, kbps, start, targets, numbers, srtp = 'optional' } = settings;
  const { clock, chance, metrics, log } = parts;
  const advertise = (peer: string, via: string, at: Endpoint | null): string =>
    (at && listeners.at(at)?.advertise) ?? media.advertise(peer, via === '' ? undefined : via);
  const endpoint: SignallingEndpoint = createSignallingEndpoint({
    ...{ net: systemNet, clock, chance, metrics, us },
    h245Ports: h245Ports ? { min: h245Ports.from, max: h245Ports.to } : { min: 0, max: 0 },
    advertise: (local, remote) => advertise(remote, local.address, local),
    ...(seen ? { trace: tracing(seen) } : {}),
  });
  const nat = settings.nat ?? usualNat;
  const shared = nat.multiplexPort === null ? null : new SharedMedia(parts.plane, media.bind, nat.multiplexPort);
  const listeners = new Listeners(endpoint, shared, log);
  const { rooms, decide } = parts;
  const usual = (peer: string, local: string): string => advertise(peer, local, null);
  const { devices, gatekeepers } = rasOf(settings, media.bind, {
    ...{ clock, chance, metrics, log, endpoint, passwords, rooms, decide, lookup, net: systemNet },
    ...{ advertise: usual, defence: guard?.defence, features: serverFeatures(shared !== null) },
    seen: seen && seenRas(seen, usual),
    signallingFor: ({ address }) => listeners.towards(address, usual),
  });
  const gateway = new H323Gateway({
    ...parts,
    ...{ traversal: nat.traversal, ...(shared ? { shared: shared.at } : {}) },
    ...{ endpoint, bare, gatekeepers, devices: devices ?? undefined },
    listenerOf: (local) => listeners.at(local)?.name ?? null,
    srtpOf: (local) => listeners.at(local)?.srtp ?? null,
    addressFor(peer, via, arrival) {
      const told = advertise(peer, via, arrival);
      return { bind: bindFor(media.bind, told), advertise: told };
    },
    ...(guard ? { defence: guard.defence, door: guard.door } : {}),
  });
  const told = settings.listen.flatMap((one) => one.advertise ?? []);
  const isOwn = ownPlaces(outgoing.domains, [...outgoing.addresses, ...told], (port) => listeners.has(port));
  const from = isUnspecified(media.bind) ? undefined : media.bind;
  const calling = { endpoint, gateway, lookup, kbps, start, from, srtp, chance, clock, ringMs: outgoing.ringMs };
  const dialer = new H323Dialer({
    ...{ ...calling, gatekeepers, devices: devices ?? undefined },
    rules: { targets, isOwn, numbers },
  });
  return sideOf(settings, { gateway, dialer, devices, gatekeepers }, listeners);
}

/** What registers with us, and where we register. */
function rasOf(
  { devices, gatekeepers = [] }: H323Settings,
  bind: string,
  parts: DeviceParts & Omit<GatekeeperParts, 'bind'>,
): Pick<H323Side, 'devices' | 'gatekeepers'> {
  return {
    devices: devices ? new Devices(devices, parts) : null,
    gatekeepers: new ForeignGatekeepers(gatekeepers, { ...parts, bind }),
  };
}

function sideOf(
  { listen }: H323Settings,
  made: Pick<H323Side, 'gateway' | 'dialer' | 'devices' | 'gatekeepers'>,
  listeners: Listeners,
): H323Side {
  const { gateway, dialer, devices, gatekeepers } = made;
  return {
    ...made,
    async devicesOf(user) {
      const found = (await devices?.ofUser(user)) ?? [];
      return found.map((device) => (request: DialRequest) => dialer.toDevice(device, request));
    },
    registrations: {
      knows: (name) => gatekeepers.has(name),
      viaTrunk: (name, to, request) => dialer.viaTrunk(name, to, request),
    },
    trunkStates: statesOf(gatekeepers, ...(devices ? [devices.neighbours] : [])),
    get listening() {
      return listeners.places;
    },
    get problem() {
      return [listeners.problem, explainDevices(devices)].filter((one) => one !== null).join(' ') || null;
    },
    async listen() {
      await listeners.open(listen);
      await devices?.listen();
      gatekeepers.start();
    },
    async close() {
      devices?.close();
      await gateway.close();
      await gatekeepers.close();
    },
  };
}

function tracing(seen: NonNullable<H323Parts['seen']>): NonNullable<SignallingOptions['trace']> {
  return ({ call, protocol, sent, local, remote, octets }) =>
    seen({ outgoing: sent, way: 'tcp', local, remote, bytes: octets }, protocol, call?.callIdentifier ?? null);
}

/** RAS names its calls by itself; where the system chose our address, what the peer was told as ours stands for it. */
function seenRas(
  seen: NonNullable<H323Parts['seen']>,
  advertise: (peer: string, local: string) => string,
): NonNullable<DeviceParts['seen']> {
  return ({ local, ...message }) => {
    const address = isUnspecified(local.address) ? advertise(message.remote.address, local.address) : local.address;
    seen({ ...message, local: { ...local, address } }, 'ras', null);
  };
}

/** A listener that is open. */
interface Taken {
  local: Endpoint;
  name: string;
  advertise: string | undefined;
  srtp: SrtpPolicy | null;
}

/** Where calls are taken. */
class Listeners {
  private readonly taken: Taken[] = [];
  private readonly problems: string[] = [];

  constructor(
    private readonly endpoint: SignallingEndpoint,
    private readonly shared: SharedMedia | null,
    private readonly log: Log,
  ) {}

  get places(): readonly Endpoint[] {
    return this.taken.map(({ local }) => local);
  }

  get problem(): string | null {
    return this.problems.length > 0 ? this.problems.join(' ') : null;
  }

  has(port: number): boolean {
    return this.places.some((local) => local.port === port);
  }

  /** Where somebody at this address is to call us. */
  towards(peer: string, usual: (peer: string, local: string) => string): Endpoint {
    const found = this.taken.find(({ local }) => sameFamily(local.address, peer)) ?? this.taken[0];
    const address = found?.advertise ?? usual(peer, found?.local.address ?? '');
    return { address, port: found?.local.port ?? usualPort };
  }

  /** The one that takes calls at this address of ours. */
  at({ address, port }: Endpoint): Taken | null {
    const same = this.taken.filter(({ local }) => local.port === port);
    const every = isIPv6(address) ? '::' : '0.0.0.0';
    const by = (place: string): (typeof same)[number] | undefined => same.find(({ local }) => local.address === place);
    return by(address) ?? by(every) ?? null;
  }

  async open(listen: H323Settings['listen']): Promise<void> {
    for (const why of (await this.shared?.open(listen)) ?? []) {
      this.problems.push(why);
      this.log.error({ error: why }, 'Media of H.323 devices behind NAT shares no ports');
    }
    for (const [index, { name, address, port, advertise, srtp = null }] of listen.entries()) {
      try {
        const { local } = await this.endpoint.listen({ address, port });
        this.taken.push({ local, name: name ?? `h323-${local.port}`, advertise, srtp });
      } catch (error) {
        const why = explain(error, index);
        this.problems.push(why);
        this.log.error({ error: why }, 'H.323 calls are not taken there');
      }
    }
  }
}

function explainDevices(devices: Devices | null): string | null {
  if (!devices?.problem) return null;
  const { places, error } = devices.problem;
  const taken = portOfError(error);
  if (!taken) return messageOf(error);
  const index = places.findIndex(({ port, group }) => port === taken.port && !group);
  const key = index < 0 ? 'h323.gatekeeper.multicast' : `h323.gatekeeper.listen.${index}.port`;
  return explainPortInUse('udp', taken.port, key);
}

function explain(error: unknown, index: number): string {
  const taken = portOfError(error);
  return taken ? explainPortInUse('tcp', taken.port, `h323.listen.${index}.port`) : messageOf(error);
}
