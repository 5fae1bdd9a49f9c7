import type { ConnectionReuse, MediaSection, Setup } from '../protocol/sdp/description.js';
import { printFloorAttributes } from '../protocol/sdp/floor-attributes.js';
import {
  answerConnection,
  answerDtlsSetup,
  answerSetup,
  answerSide,
  floorProto,
  type FloorSide,
  isDtls,
  isEncrypted,
  isStream,
  isWeb,
  type OfferedSide,
  rolesOf,
  sideAfterAnswer,
  tcpPart,
  tlsPart,
} from '../protocol/sdp/floor-rules.js';
import type { FloorOffer } from './negotiate.js';
import { acceptIce, answerIce, iceLines } from './sdp-floor-ice.js';
import type { LocalFloor, NegotiatedFloor } from './sdp-locals.js';
import { connectionLine, LABELS } from './sdp-write.js';

/** A floor section of ours: what it agrees (null for an offer that is still open) and its lines. */
export interface FloorText {
  negotiated: NegotiatedFloor | null;
  lines: string[];
}

/**
 * Answers an offered BFCP section (RFC 8856 §10.2). `before` is the channel in use; `repeated` says that the very same
 * offer was answered before, so nothing begins anew whatever it says. Null refuses.
 */
export function answerFloor(
  offer: FloorOffer,
  section: MediaSection,
  local: LocalFloor,
  before: NegotiatedFloor | null,
  repeated: boolean,
): (FloorText & { negotiated: NegotiatedFloor }) | null {
  if (local.transport !== offer.transport) return null;
  const previous = before?.transport === offer.transport ? before : null;
  const tcp = isStream(offer.transport);
  // who says that it listens, but not where, cannot be connected to and would not connect
  if (tcp && section.setup === 'passive' && offer.remote === null && previous === null) return null;
  if (isWeb(offer.transport) && !webSocketFits(offer, section, local)) return null;
  const weAre = sideInDialog(offer, section, previous);
  const version = versionOf(offer, section, local);
  const dtls = !tcp && isEncrypted(offer.transport);
  const setup = dtls ? dtlsAnswerSetup(section, previous) : ownAnswerSetup(offer, section, local);
  const kept = previous !== null && local.renew !== true;
  const { answer: connection, isNew: announced } = answerConnection(section.connection, kept);
  const silent = section.connection === null && kept;
  const base = previous !== null && (repeated || silent || !announced);
  const remote = tcp && base ? previous.remote : (offer.remote ?? previous?.remote ?? null);
  const tls = tlsOf(offer, setup, section.setup, tcp && base ? previous : null, false);
  const part = !tcp ? 'none' : base ? previous.setup : tcpPart(setup, section.setup, false);
  const ice = answerIce(offer, local, previous);
  const negotiated: NegotiatedFloor = {
    transport: offer.transport,
    remote: part === 'passive' ? null : remote,
    weAre,
    setup: part,
    isNew: tcp ? !base : isNewAssociation(previous, remote, tls, ice),
    bfcpVersion: version,
    ...(tls ? { tls } : {}),
    ...(ice ? { ice } : {}),
    ...webServerIn(offer, previous),
    ...hostInForce(weAre, part, section),
    ...idsInForce(weAre, local, offer, previous),
  };
  const lines = floorLines(section.proto, local, weAre, [version], setup, connection, ice);
  return { negotiated, lines: offer.ice === 'mismatch' ? [...lines, 'a=ice-mismatch'] : lines };
}

/** Our BFCP section in an offer of ours: server unless the dialog already made us the client. */
export function offerFloor(local: LocalFloor, before: NegotiatedFloor | null): FloorText {
  const previous = before?.transport === local.transport ? before : null;
  const connection = previous && local.renew !== true ? 'existing' : 'new';
  const versions = isStream(local.transport) ? [1] : [2, 1];
  const proto = floorProto(local.transport);
  const side = previous?.weAre ?? local.side ?? 'server';
  const lines = floorLines(proto, local, side, versions, ownSetup(local), connection, previous?.ice);
  return { negotiated: null, lines };
}

/** Reads the answer to `offerFloor`; `offer` is the answered section in our vocabulary. */
export function acceptFloor(
  offer: FloorOffer,
  section: MediaSection,
  local: LocalFloor,
  before: NegotiatedFloor | null,
): NegotiatedFloor {
  const previous = before?.transport === local.transport ? before : null;
  const side = previous?.weAre ?? local.side ?? 'server';
  const roles = section.floor?.roles ?? [];
  const weAre = sideAfterAnswer(rolesOf(side), roles);
  const tcp = isStream(local.transport);
  const base = tcp && previous !== null && local.renew !== true && section.connection !== 'new';
  const remote = base ? previous.remote : (offer.remote ?? previous?.remote ?? null);
  const ours = ownSetup(local);
  const decided = base ? previous.setup : tcpPart(ours, section.setup, true);
  // Nobody to connect to: whatever the attributes say, the peer has to come to us.
  const part = !tcp ? 'none' : decided === 'active' && remote === null ? 'passive' : decided;
  const tls = tlsOf(offer, ours, section.setup, base ? previous : null, true);
  const ice = acceptIce(offer, previous);
  return {
    transport: local.transport,
    remote: part === 'passive' ? null : remote,
    weAre,
    setup: part,
    isNew: tcp ? !base : isNewAssociation(previous, remote, tls, ice),
    bfcpVersion: versionOf(offer, section, local),
    ...(tls ? { tls } : {}),
    ...(ice ? { ice } : {}),
    ...webServerIn(offer, previous),
    ...hostInForce(weAre, part, section),
    ...idsInForce(weAre, local, offer, previous),
  };
}

/** Devices that name no version may have one of their own until they speak. */
function versionOf(offer: FloorOffer, section: MediaSection, local: LocalFloor): 1 | 2 {
  const silent = section.floor?.versions.length === 0 && !isStream(offer.transport);
  return silent ? (local.silentVersion ?? offer.version) : offer.version;
}

/** WebSockets are opened by the client, always (RFC 8857 §6): by us where the peer takes them and we may go there. */
function webSocketFits(offer: FloorOffer, { setup }: MediaSection, { dials = false }: LocalFloor): boolean {
  return setup === 'passive' ? dials && offer.webServer !== undefined : !dials && setup !== 'holdconn';
}

function ownAnswerSetup({ transport }: FloorOffer, section: MediaSection, local: LocalFloor): Setup | null {
  return isWeb(transport) ? webSetup(local) : answerSetup(section.setup);
}

function webSetup({ dials = false }: LocalFloor): Setup {
  return dials ? 'active' : 'passive';
}

function ownSetup(local: LocalFloor): Setup {
  return local.setup ?? (isWeb(local.transport) ? webSetup(local) : 'actpass');
}

/** Roles of a DTLS association stay as long as it lives, also where the offer leaves them open again (RFC 8842 §5.5). */
function dtlsAnswerSetup(section: MediaSection, previous: NegotiatedFloor | null): Setup {
  const open = section.setup === null || section.setup === 'actpass';
  if (previous?.tls && open) return previous.tls.server ? 'passive' : 'active';
  return answerDtlsSetup(section.setup);
}

/** A later description that does not name it again leaves it where it was. */
function webServerIn(
  { webServer, transport }: FloorOffer,
  previous: NegotiatedFloor | null,
): Pick<NegotiatedFloor, 'webServer'> {
  const server = webServer ?? previous?.webServer;
  return isWeb(transport) && server ? { webServer: server } : {};
}

type Tls = NegotiatedFloor['tls'];

/** `kept` is the channel whose connection, and so its TLS session, goes on. */
function tlsOf(
  { transport, fingerprints, tlsId }: FloorOffer,
  ours: Setup | null,
  theirs: Setup | null,
  kept: NegotiatedFloor | null,
  weOffered: boolean,
): Tls {
  if (!isEncrypted(transport)) return undefined;
  const server = kept?.tls?.server ?? tlsPart(transport, ours, theirs, weOffered) === 'server';
  return { server, fingerprints, tlsId };
}

/**
 * On UDP a channel begins anew with another address, where ICE does not look after that, or with DTLS that says it is
 * another association.
 */
function isNewAssociation(
  previous: NegotiatedFloor | null,
  remote: NegotiatedFloor['remote'],
  tls: Tls,
  ice: NegotiatedFloor['ice'],
): boolean {
  if (!previous || (!ice && !sameEndpoint(previous.remote, remote))) return true;
  const was = previous.tls;
  if (!tls || !was) return false;
  const prints = (one: NonNullable<Tls>): string => one.fingerprints.map(({ digest }) => digest).join();
  return tls.tlsId !== was.tlsId || tls.server !== was.server || prints(tls) !== prints(was);
}

/** Roles stay for the dialog where the new offer leaves them out or still allows them. */
function sideInDialog(offer: FloorOffer, section: MediaSection, previous: NegotiatedFloor | null): FloorSide {
  const roles = section.floor?.roles ?? [];
  if (!previous) return offer.weWouldBe;
  if (roles.length === 0) return previous.weAre;
  if (previous.weAre === 'client' && roles.some((role) => role !== 'c-only')) return 'client';
  return answerSide(roles);
}

/** A server has no secret number to be known by, as clients have: its address has to do. */
function hostInForce(
  weAre: FloorSide,
  part: NegotiatedFloor['setup'],
  { address }: MediaSection,
): Pick<NegotiatedFloor, 'host'> {
  return weAre === 'client' && part === 'passive' && address !== null ? { host: address } : {};
}

function idsInForce(
  weAre: FloorSide,
  local: LocalFloor,
  offer: FloorOffer,
  previous: NegotiatedFloor | null,
): Pick<NegotiatedFloor, 'confId' | 'userId' | 'floorId'> {
  const { confId, userId, floorId } = local;
  if (weAre === 'server') return { confId, userId, floorId };
  const kept = previous?.weAre === 'client' ? previous : local;
  return {
    confId: offer.confId ?? kept.confId,
    userId: offer.userId ?? kept.userId,
    floorId: offer.floorId ?? kept.floorId,
  };
}

function floorLines(
  proto: string,
  local: LocalFloor,
  weAre: OfferedSide,
  versions: number[],
  setup: Setup | null,
  connection: ConnectionReuse | null,
  ice: NegotiatedFloor['ice'],
): string[] {
  // with ICE the port is that of a candidate
  const port = isStream(local.transport) && setup === 'active' && !ice ? 9 : local.port;
  const server = weAre !== 'client';
  const lines = [
    `m=application ${port} ${proto} *`,
    connectionLine(local.address),
    ...printFloorAttributes({
      roles: rolesOf(weAre),
      confId: server ? local.confId : null,
      userId: server ? local.userId : null,
      floors: server ? [{ id: local.floorId, streams: [LABELS.content] }] : [],
      versions,
    }),
  ];
  if (setup !== null) lines.push(`a=setup:${setup}`);
  if (connection !== null) lines.push(`a=connection:${connection}`);
  if (isWeb(local.transport) && local.websocketUri) lines.push(`a=websocket-uri:${local.websocketUri}`);
  if (isEncrypted(local.transport) && local.fingerprint) {
    lines.push(`a=fingerprint:${local.fingerprint.hash} ${local.fingerprint.digest}`);
  }
  if (isDtls(local.transport) && local.tlsId) lines.push(`a=tls-id:${local.tlsId}`);
  return [...lines, ...iceLines(local, ice)];
}

function sameEndpoint(a: NegotiatedFloor['remote'], b: NegotiatedFloor['remote']): boolean {
  return a?.address === b?.address && a?.port === b?.port;
}
