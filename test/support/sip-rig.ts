import assert from 'node:assert/strict';
import { systemChance } from '../../src/base/ids.js';
import { silentLog } from '../../src/base/log.js';
import { createMetrics, type Metrics } from '../../src/base/metrics.js';
import { Lobby } from '../../src/legs/admission/lobby.js';
import { PinGuesses } from '../../src/rooms/pin-guesses.js';
import { RoomDoor } from '../../src/legs/admission/room-door.js';
import type { Decide, Verdict } from '../../src/legs/admission/verdict.js';
import type { MessageStream } from '../../src/base/net.js';
import type { WebDoor, WebServer } from '../../src/legs/bfcp-party/contract.js';
import { openBfcpParty, type FloorIdentity, type WebPlace } from '../../src/legs/bfcp-party/party.js';
import { anyPort } from '../../src/legs/bfcp-party/ports.js';
import { NoAnchor } from '../../src/legs/sip/errors.js';
import type { SdpAnchor } from '../../src/legs/sip/exchanges.js';
import type { SrtpRules } from '../../src/legs/sip/srtp-policy.js';
import type { GatewayParts } from '../../src/legs/sip/gateway-parts.js';
import { SipGateway, type SipGatewayOptions } from '../../src/legs/sip/gateway.js';
import type { SipLeg } from '../../src/legs/sip/sip-leg.js';
import type { Signalling } from '../../src/legs/sip/srf.js';
import { gatewayAbilities } from '../../src/media/abilities.js';
import { OutOfPorts } from '../../src/media/io/ports.js';
import type { Secure } from '../../src/media/negotiate.js';
import type { Line, OpenLine } from '../../src/media/plane.js';
import type { Engine } from '../../src/protocol/drachtio/server.js';
import { SdpSession } from '../../src/media/sdp-session.js';
import type { FloorTransport } from '../../src/protocol/sdp/floor-rules.js';
import { RoomDirectory, shippedRooms } from '../../src/rooms/directory.js';
import type { Room } from '../../src/rooms/room.js';
import { createTokens, type TokenStore } from '../../src/services/api/tokens.js';
import { countingNet, type CountingNet } from './counting-net.js';
import { FakeBridge } from './fakes/fake-bridge.js';
import { FakeLine } from './fakes/fake-line.js';
import { FakePlane } from './fakes/fake-plane.js';
import { RawCall } from './raw-call.js';
import { connectRigEngine, rigSignalling } from './rig-engine.js';
import { SipPeer } from './sip-peer.js';
import { SkewClock } from './skew-clock.js';
import { waitUntil } from './wait.js';

const here = '127.0.0.1';

/** A plane without media whose ports are few and counted. */
export class PortPlane extends FakePlane {
  readonly lines = new Map<string, FakeLine>();
  /** Pairs there are. */
  limit = 1000;
  /** Resolves before a line is opened; tests hold calls up by it. */
  gate: Promise<void> = Promise.resolve();

  constructor(private port = 30_000) {
    super();
  }

  override async open(spec: OpenLine): Promise<Line> {
    await this.gate;
    if (this.lines.size >= this.limit) throw new OutOfPorts();
    const line = new PortLine(spec, (this.port += 2), () => this.closed(spec.id, line));
    this.lines.set(spec.id, line);
    return line;
  }

  /** The open line whose id ends so, e.g. `/video` of the only call. */
  line(end: string): FakeLine {
    const found = [...this.lines].find(([id]) => id.endsWith(end));
    assert.ok(found, `no line ${end}`);
    return found[1];
  }

  private closed(id: string, line: FakeLine): void {
    if (this.lines.get(id) === line) this.lines.delete(id);
  }
}

class PortLine extends FakeLine {
  override readonly local: FakeLine['local'];

  constructor(
    spec: OpenLine,
    port: number,
    private readonly freed: () => void,
  ) {
    super(spec.id, spec.kind, null);
    this.local = { address: spec.advertise, rtpPort: port, rtcpPort: port + 1 };
  }

  override close(): void {
    super.close();
    this.freed();
  }
}

/** The gateway's SIP side on the real engine and library, over loopback, with rooms but without media threads. */
export interface SipRig {
  /** Null when it is elsewhere. */
  engine: Engine | null;
  gateway: SipGateway;
  /** What calls are made with. */
  parts: GatewayParts;
  signalling: Signalling;
  rooms: RoomDirectory;
  /** Every leg that was ever seated. */
  legs: SipLeg[];
  plane: PortPlane;
  bridge: FakeBridge;
  tokens: TokenStore;
  metrics: Metrics;
  /** The application's clock and the engine's. */
  clock: SkewClock;
  sipClock: SkewClock;
  /** Where floor control is bound. */
  net: CountingNet;
  uri(room: string, transport?: 'udp' | 'tcp'): string;
  room(name: string): Room;
  peer(transport?: 'udp' | 'tcp'): Promise<SipPeer>;
  /** A call of a fresh UDP peer to the room, not yet placed. */
  call(room: string, name?: string): Promise<RawCall>;
  /** Asserts that no call left anything behind. */
  nothingLeft(): Promise<void>;
  close(): Promise<void>;
}

/** What a rig is started with. */
export interface RigOptions {
  capacity?: number;
  /** Callers are asked for PINs. */
  pinByPrompt?: boolean;
  more?: Partial<SipGatewayOptions>;
  /** Opens WebSockets of floor control where `may` lets it. */
  dialWeb?: { may(uri: string): boolean; open(server: WebServer): Promise<MessageStream> };
  /** Makes floor control over TLS possible. */
  floorIdentity?: FloorIdentity;
  /** Makes floor control over WebSockets possible. */
  web?: { door: WebDoor; place(transport: FloorTransport): WebPlace | null };
  /** Media engine and rules of encrypted calls; the rules may change between calls. */
  encryption?: { open(id: string, keying: Secure): Promise<SdpAnchor> | null; rules: SrtpRules };
}

/** Starts one with rooms that hold `capacity` participants, `board` with the PIN 2468; only `nowhere` is no room. */
export async function startSipRig({
  capacity = 10,
  pinByPrompt = false,
  floorIdentity: identity,
  web,
  dialWeb,
  encryption,
  more = {},
}: RigOptions = {}): Promise<SipRig> {
  const [clock, sipClock, net, metrics] = [new SkewClock(), new SkewClock(), countingNet(), createMetrics()];
  const common = { chance: systemChance, log: silentLog, metrics };
  const [plane, bridge, signalling] = [new PortPlane(), new FakeBridge(), rigSignalling()];
  const like = { capacity, policy: 'latest-takes-over' as const };
  const rooms = new RoomDirectory(
    {
      permanent: [...shippedRooms(like), { ...like, name: 'board', pin: '2468', permanent: true, mode: 'conference' }],
      adHoc: like,
      graceMs: 5000,
      limit: 100,
    },
    { ...common, clock, plane, bridge, confirmMs: 3000 },
  );
  const legs: SipLeg[] = [];
  const tokens = createTokens({ clock, chance: systemChance });
  const address = { bind: here, advertise: here };
  const decide: Decide = more.decide ?? (({ uri }) => roomOf(uri));
  const door = new RoomDoor(rooms, new PinGuesses(clock));
  const prompts = { file: (name: string) => name, ms: () => 1000 };
  const lobby = new Lobby({ ...common, clock, bridge, confirmMs: 3000, prompts, language: 'en', door, decide });
  const parts: GatewayParts = {
    ...common,
    clock,
    signalling,
    keyingOf: (offer) => new SdpSession({ sessionId: '1' }).peek(offer).secure,
    openAnchor: (id, keying) => encryption?.open(id, keying) ?? Promise.reject(new NoAnchor('not in this test')),
    ...(encryption ? { srtpFor: () => encryption.rules, srtpKeysNeedTls: encryption.rules.keysNeedTls } : {}),
    newSession: () => new SdpSession({ sessionId: '1' }),
    arrivalOf: () => null,
    lookup: (host) => Promise.resolve(host),
    seated: (leg, _room, participant) => {
      legs.push(leg);
      leg.parts.media.seat(participant.desk, participant);
    },
    mediaFor: () => ({
      plane,
      abilities: gatewayAbilities(),
      address,
      floorAddress: address,
      fecc: true,
      floorTls: identity !== undefined,
      webPlace: (transport) => web?.place(transport) ?? null,
      mayDial: ({ uri }) => dialWeb?.may(uri) === true,
      openFloor: (transport, bind, { web: place, dials }) => {
        const connect = dials && dialWeb ? (server: WebServer) => dialWeb.open(server) : null;
        const more = {
          ...{ identity: identity ?? null, dialWeb: connect },
          web: web && place ? { door: web.door, place } : null,
        };
        return openBfcpParty({ ...common, clock, net, ports: anyPort, bind, ...more }, transport);
      },
    }),
  };
  const asking = pinByPrompt ? { lobby, pinByPrompt } : {};
  const gateway = new SipGateway({ ...parts, rooms, roomDoor: door, tokens, decide, ...asking, ...more });
  const engine = await connectRigEngine(signalling, sipClock);
  const peers: SipPeer[] = [];
  const peer: SipRig['peer'] = async (transport = 'udp') => {
    const one = transport === 'udp' ? await SipPeer.udp(engine.at('udp')) : await SipPeer.stream(engine.at('tcp'));
    peers.push(one);
    return one;
  };
  const uri: SipRig['uri'] = (room, transport = 'udp') => `sip:${room}@${here}:${engine.at(transport).port}`;
  return {
    ...{ gateway, parts, signalling, rooms, legs, plane, bridge, tokens, metrics, clock, sipClock, net, uri, peer },
    engine: engine.own,
    room: (name) => rooms.open(name),
    call: async (room, name) => engine.steady(new RawCall(await peer(), uri(room), name)),
    async nothingLeft() {
      const left = (): string => describeLeft({ gateway, rooms, plane, net, clock });
      await waitUntil(() => left() === nothing, 3000, left);
      for (const one of peers.splice(0)) one.close();
    },
    async close() {
      await rooms.close({ kind: 'shutdown' });
      await gateway.close();
      for (const one of peers.splice(0)) one.close();
      await engine.close();
      assert.equal(clock.pending, 0, 'timers of the application');
      assert.equal(sipClock.pending, 0, 'timers of the engine');
    },
  };
}

const nothing = 'legs 0, seats 0, lines 0, chains 0, floor ports 0, timers 0';

/** What calls leave behind while they live. An empty room that fades away keeps a timer, which is its own. */
function describeLeft(rig: Pick<SipRig, 'gateway' | 'rooms' | 'plane' | 'net' | 'clock'>): string {
  const { gateway, rooms, plane, net, clock } = rig;
  const seats = rooms.list().reduce((sum, room) => sum + room.size, 0);
  const fading = rooms.list().filter((room) => !room.settings.permanent && room.size === 0).length;
  const counts = [gateway.size, seats, plane.lines.size, plane.chains().length, net.bound, clock.pending - fading];
  return ['legs', 'seats', 'lines', 'chains', 'floor ports', 'timers']
    .map((what, index) => `${what} ${counts[index] ?? ''}`)
    .join(', ');
}

/** The room of a URI; `*` goes before a PIN. */
export function roomOf(uri: string): Verdict {
  const [, user, pin] = /^sips?:([^@;*]+)(?:\*(\d+))?@/.exec(uri) ?? [];
  if (user === undefined || user === 'nowhere') return null;
  return { kind: 'room', room: user, role: 'participant', ...(pin === undefined ? {} : { pin }) };
}
