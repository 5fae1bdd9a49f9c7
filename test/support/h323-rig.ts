import assert from 'node:assert/strict';
import type { Clock } from '../../src/base/clock.js';
import { systemChance } from '../../src/base/ids.js';
import { silentLog } from '../../src/base/log.js';
import { createMetrics, type Metrics } from '../../src/base/metrics.js';
import type { Endpoint, Net } from '../../src/base/net.js';
import type { Seen } from '../../src/base/seen.js';
import { Lobby } from '../../src/legs/admission/lobby.js';
import { RoomDoor } from '../../src/legs/admission/room-door.js';
import { dialledOf } from '../../src/legs/admission/rule.js';
import type { H323DialRules } from '../../src/legs/h323/dial-target.js';
import { ForeignGatekeepers } from '../../src/legs/h323/gatekeepers/foreign-gatekeepers.js';
import type { ForeignGatekeeperSettings } from '../../src/legs/h323/gatekeepers/settings.js';
import { H323Dialer, type StartSettings } from '../../src/legs/h323/dialer.js';
import type { Devices } from '../../src/legs/h323/devices/devices.js';
import type { DeviceSettings } from '../../src/legs/h323/devices/settings.js';
import { H323Gateway, type H323GatewayOptions } from '../../src/legs/h323/gateway.js';
import type { H323Leg } from '../../src/legs/h323/h323-leg.js';
import { us } from '../../src/legs/h323/us.js';
import { gatewayAbilities } from '../../src/media/abilities.js';
import type { SrtpPolicy } from '../../src/media/keying.js';
import { aliasOf } from '../../src/protocol/h323/aliases.js';
import type {
  AcceptedProposal,
  Release,
  SignalledCall,
  SignallingEndpoint,
} from '../../src/protocol/h323/call/contract.js';
import { createSignallingEndpoint, type SignallingOptions } from '../../src/protocol/h323/call/endpoint.js';
import { capabilitySet } from '../../src/protocol/h323/control/capabilities.js';
import type {
  Capability,
  CapabilitySet,
  ChannelAcceptance,
  ChannelMedia,
  ControlSession,
  H264Media,
  IncomingChannel,
  MultimediaSystemControlMessage,
  OutgoingChannel,
  TokenAsked,
} from '../../src/protocol/h323/control/contract.js';
import { createControlSession } from '../../src/protocol/h323/control/session.js';
import { RoomDirectory, shippedRooms } from '../../src/rooms/directory.js';
import { PinGuesses } from '../../src/rooms/pin-guesses.js';
import type { Room } from '../../src/rooms/room.js';
import { withheld } from '../../scripts/endpoint/h323/withheld.js';
import { devicesAt } from './device-rig.js';
import { FakeBridge } from './fakes/fake-bridge.js';
import { ManualClock } from './manual-clock.js';
import { TurnNet } from './turn-net.js';
import { PortPlane } from './sip-rig.js';

const here = '127.0.0.1';
const signallingPort = 1720;
const usualPlace = { address: here, port: signallingPort };
/** Where peers say that their media is. */
const mediaAt = { address: '127.0.0.9', port: 5000 };

/** What devices send, and take. */
export const picture: H264Media = {
  kind: 'video',
  codec: 'h264',
  maxBitRate: 1_920_000,
  profiles: 64,
  levelIdc: 31,
};
const slides: Capability = { kind: 'content', roles: { presentation: true, live: false }, video: [picture] };

/** What a device has. */
export interface DeviceAbilities {
  video?: boolean;
  h239?: boolean;
  audio?: Capability[];
  fecc?: boolean;
}

/** A room system with H.239, by its capability set. */
export function deviceSet(has: DeviceAbilities = {}): CapabilitySet {
  const { video = true, h239 = true, fecc = false, audio = [{ kind: 'audio', codec: 'g711A', frames: 20 }] } = has;
  const groups: Capability[][] = [
    audio,
    video ? [picture] : [],
    h239 ? [slides] : [],
    h239 ? [{ kind: 'h239' }] : [],
    fecc ? [{ kind: 'h224', maxBitRate: 6400 }] : [],
    [
      { kind: 'userInput', form: 'dtmf' },
      { kind: 'userInput', form: 'basicString' },
    ],
  ];
  return capabilitySet(
    groups.map((group) => group.map((capability) => ({ direction: 'receive' as const, capability }))),
    { packetizations: [{ format: { oid: '0.0.8.241.0.0.0.0' }, payloadType: 96 }] },
  );
}

/** The gateway's H.323 side on its real stack, over a network in memory, with rooms but without media threads. */
export interface H323Rig {
  gateway: H323Gateway;
  dialer: H323Dialer;
  devices: Devices;
  gatekeepers: ForeignGatekeepers;
  endpoint: SignallingEndpoint;
  rooms: RoomDirectory;
  plane: PortPlane;
  bridge: FakeBridge;
  metrics: Metrics;
  clock: ManualClock;
  net: Net;
  /** Where it listens. */
  local: Endpoint;
  room(name: string): Room;
  /** A device that can be called and can call. */
  peer(options?: PeerOptions): Promise<Peer>;
  /** The legs of a room, in the order of their seats. */
  legs(room: string): H323Leg[];
  /** Ends everything. */
  close(): Promise<void>;
  /** Ends everything and asserts that no call left anything behind. */
  nothingLeft(): Promise<void>;
}

/** How a device is. */
export interface PeerOptions {
  set?: CapabilitySet;
  terminalType?: number;
  /** What it does when we ask for the token; by default it lets us have it. */
  onAsk?: (ask: TokenAsked) => void;
  /** It answers none of our channels. */
  ignoresChannels?: boolean;
  /** It never speaks H.245. */
  noControl?: boolean;
  /** What it would have to say in H.245 and never does. */
  withholds?: (pdu: MultimediaSystemControlMessage) => boolean;
  /** What it says with its acknowledgements of channels. */
  acceptance?: Partial<ChannelAcceptance>;
  /** Whether it answers to channels at all. */
  accepts?: boolean;
  /** It takes no content channel. */
  refusesContent?: boolean;
  port?: number;
  /** Whom it calls; the rig's gateway by default. */
  gateway?: Endpoint;
}

/** What a rig can be told besides what the gateway is. */
export interface H323RigOptions {
  capacity?: number;
  targets?: string[];
  /** Shared with another gateway; its own one by default. */
  net?: Net;
  clock?: ManualClock;
  /** Where it listens; 127.0.0.1:1720 by default. */
  at?: Endpoint;
  /** Whether H.245 of callers may be tunnelled. */
  tunnelling?: boolean;
  /** Ports of its media follow this one. */
  mediaPort?: number;
  /** Where its calls leave from. */
  from?: string;
  /** How its calls begin. */
  start?: StartSettings;
  /** Told of every message. */
  trace?: SignallingOptions['trace'];
  /** Told of every message of RAS. */
  seen?: Seen;
  /** How devices register; without it none can. */
  devices?: Partial<DeviceSettings>;
  /** Gatekeepers elsewhere where it registers, and what rooms call by them. */
  gatekeepers?: ForeignGatekeeperSettings[];
  numbers?: H323DialRules['numbers'];
  /** What is done about encryption of its calls, and of those of its rooms; by default `optional`. */
  dialSrtp?: SrtpPolicy;
  srtp?: SrtpPolicy;
}

/** Starts one with rooms that hold `capacity` participants and `board` with the PIN 2468; `nowhere` is no room. */
export async function startH323Rig(
  more: Partial<Omit<H323GatewayOptions, 'devices' | 'gatekeepers'>> & H323RigOptions = {},
): Promise<H323Rig> {
  const { capacity = 10, targets = ['*@127.0.0.*', '127.0.0.*', '*@[::1]'], ...rest } = more;
  const {
    net = new TurnNet(),
    clock = new ManualClock(),
    at = usualPlace,
    mediaPort,
    tunnelling = true,
    start,
    from,
    trace,
    seen,
    devices: registering,
    gatekeepers: elsewhere = [],
    numbers,
    dialSrtp = 'optional',
    srtp = 'optional',
    ...others
  } = rest;
  const [metrics, plane, bridge] = [createMetrics(), new PortPlane(mediaPort), new FakeBridge()];
  const common = { chance: systemChance, log: silentLog, metrics, clock };
  const like = { capacity, policy: 'latest-takes-over' as const, srtp };
  const rooms = new RoomDirectory(
    {
      permanent: [...shippedRooms(like), { ...like, name: 'board', pin: '2468', permanent: true, mode: 'conference' }],
      adHoc: like,
      graceMs: 5000,
      limit: 100,
    },
    { ...common, plane, bridge, confirmMs: 3000 },
  );
  const signalling = { ...common, net, us, tunnelling, h245Ports: { min: 0, max: 0 } };
  const endpoint = createSignallingEndpoint({ ...signalling, ...(trace ? { trace } : {}) });
  const decide: H323GatewayOptions['decide'] = ({ uri }) => {
    const name = dialledOf(uri)?.name;
    if (name === undefined || name === 'nowhere') return null;
    const [room = '', pin] = name.split('*');
    return { kind: 'room', room, role: 'participant', ...(pin === undefined ? {} : { pin }) };
  };
  const roomDoor = new RoomDoor(rooms, new PinGuesses(clock));
  const prompts = { file: (name: string) => name, ms: () => 1000 };
  const lobby = new Lobby({ ...common, bridge, confirmMs: 3000, prompts, language: 'en', door: roomDoor, decide });
  const devices = devicesAt(at, registering ?? {}, {
    ...{ ...common, net, endpoint, rooms, seen, decide: others.decide ?? decide, defence: others.defence },
  });
  const gatekeepers = new ForeignGatekeepers(elsewhere, {
    ...{ ...common, net, seen, bind: at.address, advertise: () => at.address, signallingFor: () => at },
    lookup: (host) => Promise.resolve(host),
  });
  const gateway = new H323Gateway({
    ...common,
    ...{ devices, gatekeepers },
    ...{ endpoint, plane, rooms, roomDoor, decide, lobby },
    abilities: gatewayAbilities(),
    addressFor: () => ({ bind: at.address, advertise: at.address }),
    bare: 'demo',
    ...others,
  });
  const { local } = await endpoint.listen(at);
  if (registering) await devices.listen();
  const isOwn = (host: string, port: number | null): boolean => host === at.address && (port ?? 1720) === local.port;
  const lookup = (host: string): Promise<string> => Promise.resolve(host);
  gatekeepers.start();
  const rules = { targets, isOwn, numbers };
  const dialer = new H323Dialer({
    endpoint,
    gateway,
    rules,
    devices,
    gatekeepers,
    lookup,
    kbps: 1920,
    clock,
    ringMs: 60_000,
    start,
    from,
    srtp: dialSrtp,
    chance: systemChance,
  });
  const peers: Peer[] = [];
  const close = async (): Promise<void> => {
    const closing = [rooms.close({ kind: 'shutdown' }), gateway.close(), ...peers.map((peer) => peer.close())];
    await settle(clock, 6000);
    await Promise.all(closing);
    devices.close();
    const leaving = gatekeepers.close();
    await settle(clock, 2000);
    await leaving;
    await lobby.close();
    assert.deepEqual([...plane.lines.keys()], []);
    assert.equal(gateway.size, 0);
    assert.equal(endpoint.calls.size, 0);
  };
  return {
    ...{ gateway, dialer, devices, gatekeepers, endpoint, rooms, plane, bridge, metrics, clock, net, local, close },
    room(name) {
      const room = rooms.find(name);
      assert.ok(room, `no room ${name}`);
      return room;
    },
    async peer(options = {}) {
      const peer = await Peer.start(net, clock, options);
      peers.push(peer);
      return peer;
    },
    legs(name) {
      const room = rooms.find(name);
      const ids = room?.describe().participants.map(({ id }) => id) ?? [];
      return ids.map((id) => room?.participant(id)?.leg as H323Leg);
    },
    async nothingLeft() {
      await close();
      if (net instanceof TurnNet) assert.equal(net.open, 0);
      assert.equal(
        clock.pending,
        0,
        [...(clock as unknown as { entries: Set<{ fn: () => void }> }).entries].map(({ fn }) => String(fn)).join('; '),
      );
    },
  };
}

/** Lets what is under way arrive. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 30; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets what is under way arrive, with so much time passing. */
export async function settle(clock: ManualClock, ms = 0): Promise<void> {
  await turns();
  // in steps, since what one timer begins takes turns and may set another
  for (let rest = ms; rest > 0; rest -= 500) {
    clock.advance(Math.min(rest, 500));
    await turns();
  }
}

/** A device: call signalling and H.245 by the same stack, driven by a test. */
export class Peer {
  call: SignalledCall | null = null;
  session: ControlSession | null = null;
  released: Release | null = null;
  rang = false;
  /** Our set, as it has it. */
  capabilities: CapabilitySet | null = null;
  /** What was taken of its fast start. */
  accepted: readonly AcceptedProposal[] | null = null;
  /** What happened, in words. */
  readonly heard: string[] = [];

  private constructor(
    private readonly endpoint: SignallingEndpoint,
    private readonly clock: Clock,
    private readonly options: PeerOptions,
    readonly port: number,
  ) {
    endpoint.on.on('call', (call) => {
      this.attach(call);
      call.alerting();
    });
  }

  static async start(net: Net, clock: Clock, options: PeerOptions): Promise<Peer> {
    const endpoint = createSignallingEndpoint({
      ...{ net, clock, chance: systemChance, metrics: createMetrics() },
      us: { terminal: {}, mc: false, undefinedNode: false, vendor: vendor },
      h245Ports: { min: 0, max: 0 },
    });
    const { local } = await endpoint.listen({ address: here, port: options.port ?? 0 });
    return new Peer(endpoint, clock, options, local.port);
  }

  /** Calls; an empty name dials the address only. */
  async dial(name: string, how: Partial<Parameters<SignallingEndpoint['dial']>[1]> = {}): Promise<this> {
    const call = this.endpoint.dial(this.options.gateway ?? usualPlace, {
      source: [aliasOf('room system')],
      destination: name === '' ? [] : [aliasOf(name)],
      display: 'Room System',
      ...how,
    });
    this.attach(call);
    await turns();
    return this;
  }

  /** Connects to who announces a call through NAT (H.460.18). */
  fetch({ address, callIdentifier }: { address: Endpoint; callIdentifier: string }): void {
    this.endpoint.connectBack(address, callIdentifier);
  }

  /** Answers a call that came in. */
  async answer(): Promise<void> {
    this.call?.connect({ display: 'Called' });
    await turns();
  }

  /** Its open channels, ours seen from it: `in` is what it receives. */
  channels(direction: 'in' | 'out'): string[] {
    const open = (this.session?.channels ?? []).filter((one) => one.direction === direction && one.state === 'open');
    return open.map(({ opening, sessionId }) => `${opening.forward?.media.kind} ${sessionId}`);
  }

  channel(direction: 'out', kind: ChannelMedia['kind']): OutgoingChannel;
  channel(direction: 'in', kind: ChannelMedia['kind']): IncomingChannel;
  channel(direction: 'in' | 'out', kind: ChannelMedia['kind']): IncomingChannel | OutgoingChannel {
    const found = this.session?.channels.find(
      (one) => one.direction === direction && one.opening.forward?.media.kind === kind,
    );
    assert.ok(found, `no ${kind} ${direction}`);
    return found;
  }

  /** Opens a channel of its own. */
  async send(kind: 'audio' | 'video' | 'content', media?: ChannelMedia): Promise<void> {
    const usual: Record<typeof kind, ChannelMedia> = {
      audio: { kind: 'audio', codec: 'g711A', frames: 20 },
      video: picture,
      content: { kind: 'content', roles: { presentation: true, live: false }, video: [picture] },
    };
    const fixed = kind === 'audio' || (media?.kind === 'video' && media.codec !== 'h264');
    const dynamic = media?.kind === 'audio' && media.codec === 'g7221' ? 96 : null;
    this.session?.open({
      forward: {
        media: media ?? usual[kind],
        sessionId: { audio: 1, video: 2, content: 0 }[kind],
        mediaChannel: null,
        mediaControlChannel: { ...mediaAt, port: mediaAt.port + 1 },
        payloadType: fixed ? dynamic : 109,
        packetization: fixed ? null : { format: { oid: '0.0.8.241.0.0.0.0' }, payloadType: 109 },
        encryption: null,
      },
      reverse: null,
    });
    await turns();
  }

  async hangUp(): Promise<void> {
    this.call?.release();
    await turns();
  }

  close(): Promise<void> {
    return this.endpoint.close();
  }

  private attach(call: SignalledCall): void {
    const { set = deviceSet(), terminalType = 50, onAsk = (ask) => ask.accept() } = this.options;
    const { acceptance, accepts = true } = this.options;
    this.call = call;
    this.released = null;
    call.on.on('fastStart', (accepted) => (this.accepted = accepted));
    call.on.on('released', (release) => (this.released = release));
    if (this.options.noControl) return;
    const link = withheld(call.control, this.options.withholds ?? (() => false));
    const session = createControlSession({ link, clock: this.clock, chance: systemChance, terminalType });
    this.session = session;
    session.on.on('channelOffered', ({ channel }) => {
      if (this.options.ignoresChannels) return;
      if (this.options.refusesContent && channel.opening.forward?.media.kind === 'content')
        return channel.reject('dataTypeNotAvailable');
      const mediaControlChannel = { ...mediaAt, port: mediaAt.port + 1 };
      if (accepts) channel.accept({ mediaChannel: mediaAt, mediaControlChannel, ...acceptance });
    });
    session.on.on('remoteCapabilities', (set) => (this.capabilities = set));
    session.on.on('tokenAsked', onAsk);
    session.on.on('tokenHolder', ({ holder }) => this.heard.push(`token ${holder ?? 'free'}`));
    session.on.on('tokenRefused', ({ why }) => this.heard.push(`refused ${why}`));
    session.on.on('fastUpdate', ({ channel }) => this.heard.push(`keyframe ${channel.opening.forward?.media.kind}`));
    session.on.on('flowControl', ({ bps }) => this.heard.push(`rate ${bps}`));
    session.on.on('userInput', ({ text }) => this.heard.push(`key ${text}`));
    session.start(set);
  }
}

const vendor = {
  vendor: { t35CountryCode: 9, t35Extension: 0, manufacturerCode: 61 },
  productId: Buffer.from('Roomy\0', 'latin1'),
  versionId: Buffer.from('1.0\0', 'latin1'),
};
