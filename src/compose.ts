import { arrivals, listenerRules, mediaPeer } from './arrivals.js';
import { bindFor, isUnspecified } from './base/addressing.js';
import { systemClock } from './base/clock.js';
import { noDns } from './base/dns.js';
import { messageOf } from './base/errors.js';
import { setListenerErrorHandler } from './base/events.js';
import { systemChance } from './base/ids.js';
import type { Log } from './base/log.js';
import { lookupAddress } from './base/lookup.js';
import { createMetrics, type Metrics } from './base/metrics.js';
import type { Endpoint, ListenWebSockets } from './base/net.js';
import { systemNet } from './base/system-net.js';
import { floorOpener, webSocketJudge } from './floor-opener.js';
import type { ServerSettings } from './bridges/freeswitch/server.js';
import { startMedia } from './compose-media.js';
import { makeGuard, type Guard, type GuardSettings } from './guard.js';
import { makeH323, type H323Settings, type H323Side } from './h323.js';
import { Lobby } from './legs/admission/lobby.js';
import type { Prompts } from './legs/admission/prompts.js';
import { RoomDoor } from './legs/admission/room-door.js';
import type { Decide, PromptLanguage } from './legs/admission/verdict.js';
import { openRooms, type RoomRecordings, type Shelf } from './compose-rooms.js';
import { noUsers, openUsers, type Users, type UserSettings } from './compose-users.js';
import type { PortSource } from './legs/bfcp-party/ports.js';
import type { WebPlace } from './legs/bfcp-party/party.js';
import { webBfcpGateway, type WebBfcpGateway, type WebFloorAccess } from './legs/bfcp-party/web-gateway.js';
import type { ArrivalOf } from './legs/sip/arrival.js';
import type { ConferenceEvents } from './legs/sip/conference-events.js';
import type { SdpAnchor } from './legs/sip/exchanges.js';
import type { GatewayParts } from './legs/sip/gateway-parts.js';
import { SipGateway, type SipGatewayOptions } from './legs/sip/gateway.js';
import { listenerOf, type NamedListener } from './legs/sip/listeners.js';
import { SipSoundDialer } from './legs/sip/sound-dialer.js';
import type { SipLeg } from './legs/sip/sip-leg.js';
import { webSocketOf, type ListenPoint } from './legs/sip/hostports.js';
import type { Reach } from './legs/sip/reach.js';
import { longestDescription } from './legs/sip/paced-writes.js';
import type { CallerAt, Signalling } from './legs/sip/srf.js';
import { connectApplication } from './connect-application.js';
import { gatewayAbilities } from './media/abilities.js';
import type { PlaneRates } from './media/io/plane.js';
import type { SrtpPolicy } from './media/keying.js';
import type { Secure } from './media/negotiate.js';
import type { NativeUse } from './media/native/load.js';
import type { MediaPlane } from './media/plane.js';
import { SdpSession } from './media/sdp-session.js';
import type { FloorTransport } from './protocol/sdp/floor-rules.js';
import { startEngine, type Engine, type EngineOptions } from './protocol/drachtio/server.js';
import { defaultLimits, type ListenAt } from './protocol/sip/transport-options.js';
import type { AudioBridge } from './rooms/audio-bridge.js';
import type { AudioServers } from './rooms/audio-servers.js';
import { makeOutgoing, noOutgoing, type Outgoing, type OutgoingCore, type OutgoingSettings } from './outgoing.js';
import type { DirectorySettings, RoomDirectory } from './rooms/directory.js';
import type { PinGuesses } from './rooms/pin-guesses.js';
import { allOf, type Registrations } from './rooms/registrations.js';
import type { Tokens } from './rooms/tokens.js';
import { statesOf, type TrunkStates } from './rooms/trunk-states.js';
import { CallRecords, usualRecords, type RecordLimits } from './services/diagnostics/call-records.js';
import { signallingOf } from './signalling.js';
import { openWsListener } from './services/ws-listener/ws-listener.js';
import { webSeats } from './web-seats.js';
import type { transcoding } from './services/transcode/ffmpeg.js';

/** What the embedded engine is told of its network. */
type EngineSettings = Pick<
  EngineOptions,
  'dns' | 'dnsLimits' | 'udpMtu' | 'timerC' | 'outboundProxy' | 'limits' | 'tls' | 'tlsVerify' | 'keepAliveSeconds'
> & {
  listen: readonly SipListener[];
  /** Host names by which WebSocket listeners without TLS may be addressed. */
  hosts?: readonly string[];
};

/** A listener of the embedded engine; `origins` are the pages of other sites that may open WebSockets. */
export type SipListener = ListenAt & { origins?: readonly string[]; srtp?: SrtpPolicy };

/** All that distinguishes one running gateway from another. */
export interface CoreSettings {
  log: Log;
  /** SIP listeners of the embedded engine, or where a drachtio-server answers. */
  sip:
    | ({ engine: 'embedded'; control: Endpoint; secret: string } & EngineSettings)
    | { engine: 'external'; host: string; port: number; secret: string };
  /** Address that media and floor control bind to (0.0.0.0 is all of the peer's family), and what the peer is told. */
  media: PlaneRates & {
    bind: string;
    advertise(peer: string, via?: string): string;
    ports: { from: number; to: number } | null;
    floorPorts: PortSource;
    /** Transports of floor control in offers of ours, the best first; by default UDP. */
    floorOffers?: readonly FloorTransport[];
    /** Hosts to which WebSockets for floor control are opened; by default none. */
    webSocketHosts?: readonly string[];
    /** Where encrypted legs reach us from their media engine; by default on loopback. */
    inside?: { bind: string; advertise: string };
    /** Whether far-end camera control is passed on; by default it is. */
    fecc?: boolean;
    /** Whether browsers are asked for low encodings of their pictures; by default they are. */
    lowTier?: 'auto' | 'off';
    /** Whether native modules are used where they are there; default auto. */
    native?: NativeUse;
    /** FEC for pictures where the other side offers it; default auto. */
    fec?: 'auto' | 'off';
    /** What a device is asked to send at most, kbit/s. */
    transcode?: Parameters<typeof transcoding>[0];
  };
  /** FreeSWITCH servers that mix; by default the gateway does it itself. */
  audio?: readonly ServerSettings[] | null;
  rooms: DirectorySettings;
  /** How rooms are recorded; by default they are not. */
  recordings?: RoomRecordings | null;
  /** By default nobody. */
  users?: UserSettings;
  /** SRTP keys in descriptions count only where the signalling is encrypted. */
  srtpKeysNeedTls?: boolean;
  /** The dial plan. */
  decide: Decide;
  /** Listeners of a drachtio-server, with the names that the dial plan knows them by. */
  listeners?: readonly { name: string; transport: string; address: string; port: number }[];
  /** Spoken to who is asked for a PIN; `byDefault` asks who dials a room with a PIN and not its PIN. Null asks nobody. */
  prompts?: { recordings: Prompts; language: PromptLanguage; byDefault: boolean } | null;
  tokens: Tokens;
  /** Wrong PINs by whatever way. */
  guesses: PinGuesses;
  /** Without it everybody is heard and taken. */
  guard?: GuardSettings;
  /** Calls that go out; by default none. */
  outgoing?: OutgoingSettings;
  /** Calls by H.323; by default none. */
  h323?: H323Settings | null;
  /** How much is kept of calls for looking at them later. */
  diagnosis?: RecordLimits;
  /** Where who is told `advertise` as our address opens WebSockets for floor control; by default nowhere. */
  webPlace?(transport: FloorTransport, advertise: string): WebPlace | null;
  /** Whose requests come to the engine by a connection of ours. */
  callerAt?: CallerAt;
  /**
   * Opens a media anchor for an encrypted leg; `peer` is 0.0.0.0 where a proxy hides it, and `advertise` what it is told
   * in any case, or null. @throws NoAnchor
   */
  openAnchor(id: string, keying: Secure, peer: string, advertise: string | null): Promise<SdpAnchor>;
}

/** The parts that every wing above works with. */
export interface Core extends Pick<Outgoing, 'dialOut' | 'trunks'> {
  metrics: Metrics;
  engine: Engine | null;
  /** Where SIP is taken: by the embedded engine, or by the drachtio-server as it told us. */
  listening: readonly ListenPoint[];
  /** WebSocket listener of the drachtio-server as it told us, or null. */
  webSocket: string | null;
  rooms: RoomDirectory;
  plane: MediaPlane;
  webFloor: WebBfcpGateway;
  /** BFCP access of a participant of the web; null for everybody else. */
  accessOf(room: string, participant: number): WebFloorAccess | null;
  sip: SipGateway;
  /** Null where there are no calls by H.323. */
  h323: H323Side | null;
  users: Users;
  /** Trunks, and gatekeepers with which we are registered. */
  trunkStates: TrunkStates;
  /** Servers of audio conferences. */
  audioServers: AudioServers;
  /** Devices of all kinds. */
  registrations: Registrations;
  guard: Guard | null;
  /** What was said in calls of now and of a while ago. */
  calls: CallRecords;
  /** Recordings of rooms; null where nothing is recorded. */
  recordings: Shelf | null;
  /** Ends calls, rooms, threads and sockets, in this order; idempotent. */
  close(): Promise<void>;
}

const confirmMs = 3000;
const loopback = '127.0.0.1';

/** Starts everything from signalling to media. Rejects with the system's error when a port is taken. */
export async function startCore(settings: CoreSettings): Promise<Core> {
  const tools = toolsOf(settings.log);
  const guard = settings.guard ? makeGuard(settings.guard, tools) : null;
  const calls = recorder(settings, tools, () => rooms);
  const engine = await openEngine(settings, { ...tools, calls }, guard);
  const media = await startMedia(settings, { ...tools, calls }, () => new SipSoundDialer(parts));
  const { plane } = media;
  const { rooms, shelf } = openRooms(settings, { ...tools, ...media.anew, plane, bridge: media.bridge, confirmMs });
  const webFloor = webBfcpGateway(tools);
  const { seated, accessOf } = webSeats(webFloor, calls);
  const signalling = signallingOf(settings.callerAt, engine === null, { ...tools, seen: calls.sip });
  const arrivalOf = arrivals(engine);
  const users = await openUsers(settings.users ?? noUsers, { ...tools, signalling }, engine ? 'route' : 'first-hop');
  const parts = gatewayParts(settings, { ...tools, plane, signalling, engine, calls, webFloor, seated }, arrivalOf);
  const doors = admission(settings, { ...tools, bridge: media.local, rooms }, guard);
  const late = { lookup: (host: string) => parts.lookup(host), onward: () => outgoing.onward };
  const shared = { ...tools, ...doors, plane, calls, guard, passwords: users.passwords };
  const h323 = openH323(settings, { ...shared, ...late });
  const lent = {
    ...{ decide: settings.decide, ...callsBy(h323) },
    bindingsOf: (user: string): Promise<readonly Reach[]> => users.registrar.bindingsOf(user),
    ...{ adopt: (leg: SipLeg): void => sip.adopt(leg), conference: (): ConferenceEvents => sip.conference },
  };
  const outgoing: Outgoing = makeOutgoing(settings.outgoing ?? noOutgoing, parts, rooms, lent);
  const sip: SipGateway = new SipGateway({
    ...{ ...parts, ...doors },
    listenerOf: (request) => arrivalOf(request)?.listener ?? listenerOf(namedListeners(settings), request),
    callers: users.authenticator,
    registrar: users.registrar,
    ...outgoing.services,
    ...(guard ? { defence: guard.defence, ...(engine ? {} : { door: guard.door }) } : {}),
  });
  guard?.watch(users.authenticator, loadOf(sip, h323));
  // the lobby, which both have, is the SIP side's to close
  const parted = [outgoing, ...(h323 ? [h323] : []), sip, users, webFloor].map((one) => () => one.close());
  const last = [() => media.closeMedia(), () => engine?.close(), () => calls.close(), () => shelf?.close()];
  const close = inOrder([() => rooms.close({ kind: 'shutdown' }), ...parted, ...last]);
  const connecting = connectApplication(signalling, applicationOf(settings, engine), engine);
  const told = await orElse(connecting, close);
  const { listening } = engine ?? told;
  outgoing.start(listening);
  await h323?.listen();
  return {
    ...{ metrics: tools.metrics, engine, listening, accessOf, audioServers: media.servers, recordings: shelf, close },
    trunkStates: statesOf(outgoing.trunks, ...(h323 ? [h323.trunkStates] : [])),
    registrations: allOf(users.locations, ...(h323?.devices ? [h323.devices.view] : [])),
    webSocket: engine ? null : webSocketOf(told.local),
    ...{ rooms, plane, webFloor, sip, h323, users, guard, calls, dialOut: outgoing.dialOut, trunks: outgoing.trunks },
  };
}

function openH323(
  { h323, media, outgoing = noOutgoing, ...settings }: CoreSettings,
  parts: Omit<Parameters<typeof makeH323>[1], 'abilities' | 'media' | 'outgoing' | 'seen' | 'fecc' | 'mostCalls'> & {
    calls: CallRecords;
  },
): H323Side | null {
  if (!h323) return null;
  const abilities = gatewayAbilities(media.maxKbps, media.transcode?.enabled, false);
  const mostCalls = settings.guard?.overload.calls;
  const more = { fecc: media.fecc !== false, log: settings.log, seen: parts.calls.h323, mostCalls };
  return makeH323(h323, { ...parts, abilities, media, outgoing, ...more });
}

/** What calls by H.323, for calls that go out. */
function callsBy(h323: H323Side | null): Pick<OutgoingCore, 'dialers' | 'devicesOf' | 'registrations'> {
  if (!h323) return {};
  const { dialer, registrations } = h323;
  return { dialers: [dialer], registrations, devicesOf: (user) => h323.devicesOf(user) };
}

/** Calls of all protocols together. */
function loadOf(sip: SipGateway, h323: H323Side | null): { readonly load: number } {
  return {
    get load() {
      return sip.load + (h323?.gateway.load ?? 0);
    },
  };
}

function recorder(
  { diagnosis: limits = usualRecords }: CoreSettings,
  tools: Tools,
  rooms: () => RoomDirectory,
): CallRecords {
  return new CallRecords({ ...tools, limits, sees: (room, id) => rooms().find(room)?.participant(id)?.sees });
}

/** Where calls pass into rooms, and where they are asked for a PIN before. */
function admission(
  { prompts, decide, tokens, guesses }: CoreSettings,
  { rooms, ...tools }: Omit<Tools, 'chance'> & { bridge: AudioBridge; rooms: RoomDirectory },
  guard: Guard | null,
): Pick<SipGatewayOptions, 'decide' | 'tokens' | 'rooms' | 'roomDoor' | 'lobby' | 'pinByPrompt'> {
  const roomDoor = new RoomDoor(rooms, guesses);
  if (!prompts) return { decide, tokens, rooms, roomDoor };
  const { recordings, language, byDefault } = prompts;
  const wrong = (address: string): void => guard?.defence.offence(address, 'wrong_pin', false);
  const lobby = new Lobby({ ...tools, confirmMs, prompts: recordings, language, door: roomDoor, decide, wrong });
  return { decide, tokens, rooms, roomDoor, lobby, pinByPrompt: byDefault };
}

function sipListeners({ sip }: CoreSettings): readonly SipListener[] {
  return sip.engine === 'embedded' ? sip.listen : [];
}

function namedListeners({ listeners = [] }: CoreSettings): NamedListener[] {
  return listeners.map(({ name, transport, address, port }) => ({ name, transport, local: { address, port } }));
}

type Tools = Pick<GatewayParts, 'clock' | 'chance' | 'log' | 'metrics'>;

function toolsOf(log: Log): Tools {
  const metrics = createMetrics();
  setListenerErrorHandler((error, event) => {
    metrics.count('dualstream_listener_errors_total', { event });
    log.error({ event, error: messageOf(error) }, 'A listener failed');
  });
  return { clock: systemClock, chance: systemChance, log, metrics };
}

/** What was promised; when it fails, `undo` is done first. */
function orElse<T>(promised: Promise<T>, undo: () => Promise<void>): Promise<T> {
  return promised.catch(async (error: unknown) => {
    await undo();
    throw error;
  });
}

/** Runs the steps one after the other, once. */
function inOrder(steps: readonly (() => Promise<void> | void | undefined)[]): () => Promise<void> {
  const run = async (): Promise<void> => {
    for (const step of steps) await step();
  };
  let running: Promise<void> | null = null;
  return () => (running ??= run());
}

function openEngine(
  { sip, media }: CoreSettings,
  { calls, ...tools }: Tools & { calls: CallRecords },
  guard: Guard | null,
): Promise<Engine> | null {
  if (sip.engine === 'external') return null;
  const { engine: _, control: at, secret, hosts = [], ...rest } = sip;
  const control = { ...at, secret };
  const advertise = (peer: string, via?: string): string => media.advertise(peer, via);
  const largest = sip.limits?.message ?? defaultLimits.message;
  const open = (origins: readonly string[]): ListenWebSockets =>
    openWsListener.bind(null, { ...tools, origins, hosts, largest });
  const listen = sip.listen.map(({ origins = [], ...each }) => ({ advertise, open: open(origins), ...each }));
  const watched = { ...(guard ? { screen: guard.door } : {}), seen: calls.sip };
  return startEngine({ ...rest, ...tools, ...watched, net: systemNet, control, listen, userAgent: 'Dualstream' });
}

/** Where the SIP application finds its engine. */
function applicationOf({ sip, log }: CoreSettings, engine: Engine | null): Parameters<typeof connectApplication>[1] {
  const at = engine ? { host: engine.control.address, port: engine.control.port } : { host: '', port: 0, ...sip };
  return { ...at, secret: sip.secret, log };
}

/** What calls are made with besides. */
interface Parts {
  plane: MediaPlane;
  signalling: Signalling;
  engine: Engine | null;
  calls: CallRecords;
  webFloor: WebBfcpGateway;
  seated: GatewayParts['seated'];
}

function gatewayParts(
  settings: CoreSettings,
  { webFloor, ...tools }: Tools & Parts,
  arrivalOf: ArrivalOf,
): GatewayParts & Pick<SipGatewayOptions, 'listenerOf'> {
  const { media } = settings;
  const abilities = gatewayAbilities(media.maxKbps, media.transcode?.enabled, media.fec !== 'off');
  const openFloor = floorOpener(tools, media.floorPorts, webFloor);
  const judge = webSocketJudge(tools, media.webSocketHosts ?? []);
  const listenerRule = listenerRules(sipListeners(settings), tools.engine, arrivalOf);
  return {
    ...tools,
    arrivalOf,
    listenerOf: (request) => arrivalOf(request)?.listener ?? null,
    keyingOf: (offer) => new SdpSession({ sessionId: '1' }).peek(offer).secure,
    openAnchor: (id, keying, request) => {
      const { source_address: source } = request;
      const told = arrivalOf(request)?.advertise ?? null;
      return settings.openAnchor(id, keying, isUnspecified(source) ? source : mediaPeer(request), told);
    },
    longest: settings.sip.engine === 'external' ? longestDescription : undefined,
    lookup: (host) => lookupAddress(settings.outgoing?.dns ?? noDns, host),
    srtpKeysNeedTls: settings.srtpKeysNeedTls === true,
    ...(media.floorOffers ? { floorOffers: media.floorOffers } : {}),
    srtpFor: (request, room) => ({
      listener: listenerRule(request),
      room: room?.settings.srtp ?? 'optional',
      keysNeedTls: settings.srtpKeysNeedTls === true,
    }),
    newSession: () => new SdpSession({ sessionId: String(tools.chance.int(1, 0x7fffffff)), username: 'dualstream' }),
    mediaFor: (request, anchored) => {
      const advertise = arrivalOf(request)?.advertise ?? media.advertise(mediaPeer(request));
      const outside = { bind: bindFor(media.bind, advertise), advertise };
      return {
        plane: tools.plane,
        abilities,
        address: anchored ? (media.inside ?? { bind: loopback, advertise: loopback }) : outside,
        floorAddress: outside,
        // an encrypted leg's media engine takes audio and video only
        fecc: !anchored && media.fecc !== false,
        low: media.lowTier !== 'off',
        floorTls: true,
        webPlace: (transport) => settings.webPlace?.(transport, advertise) ?? null,
        mayDial: judge,
        openFloor: (transport, bind, { legId, ...how }) =>
          openFloor(transport, bind, { seen: tools.calls.floor(legId, advertise), ...how }),
      };
    },
  };
}
