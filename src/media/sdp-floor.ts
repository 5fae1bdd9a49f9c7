import type { ConnectionReuse, MediaSection, Setup } from '../protocol/sdp/description.js';
import { printFloorAttributes } from '../protocol/sdp/floor-attributes.js';
import {
  answerConnection,
  answerSetup,
  answerSide,
  answerVersion,
  floorProto,
  type FloorSide,
  isEncrypted,
  isStream,
  roleOf,
  sideAfterAnswer,
  tcpPart,
} from '../protocol/sdp/floor-rules.js';
import type { FloorOffer } from './negotiate.js';
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
  const weAre = sideInDialog(offer, section, previous);
  const setup = answerSetup(section.setup);
  const { answer: connection, isNew: announced } = answerConnection(
    section.connection,
    previous !== null && !local.renew,
  );
  const silent = section.connection === null && previous !== null && !local.renew;
  const base = previous !== null && (repeated || silent || !announced);
  const stream = isStream(offer.transport);
  const remote = stream && base ? previous.remote : (offer.remote ?? previous?.remote ?? null);
  const isNew = stream ? !base : !previous || !sameEndpoint(previous.remote, remote);
  const part = !stream ? 'none' : base ? previous.setup : tcpPart(setup, section.setup, false);
  const negotiated: NegotiatedFloor = {
    transport: offer.transport,
    remote: part === 'passive' ? null : remote,
    weAre,
    setup: part,
    isNew,
    bfcpVersion: offer.version,
    ...hostInForce(weAre, part, section),
    ...tlsInForce(offer, isNew ? null : previous, { answered: true, passive: setup !== 'active' }),
    ...idsInForce(weAre, local, offer, previous),
  };
  const lines = floorLines(section.proto, local, weAre, [offer.version], setup, connection);
  return { negotiated, lines };
}

/** Our BFCP section in an offer of ours: server unless the dialog already made us the client. */
export function offerFloor(local: LocalFloor, before: NegotiatedFloor | null): FloorText {
  const previous = before?.transport === local.transport ? before : null;
  const connection = previous && local.renew !== true ? 'existing' : 'new';
  const versions = isStream(local.transport) ? [1] : [2, 1];
  const proto = floorProto(local.transport);
  const lines = floorLines(proto, local, previous?.weAre ?? 'server', versions, local.setup ?? 'actpass', connection);
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
  const side = previous?.weAre ?? 'server';
  const roles = section.floor?.roles ?? [];
  const weAre = sideAfterAnswer([roleOf(side)], roles);
  const kept = previous !== null && local.renew !== true;
  const tcp = isStream(local.transport);
  const base = tcp && kept && section.connection !== 'new';
  const remote = base ? previous.remote : (offer.remote ?? previous?.remote ?? null);
  const decided = base ? previous.setup : tcpPart(local.setup ?? 'actpass', section.setup, true);
  // Nobody to connect to: whatever the attributes say, the peer has to come to us.
  const part = !tcp ? 'none' : decided === 'active' && remote === null ? 'passive' : decided;
  const isNew = tcp ? !base : !previous || !sameEndpoint(previous.remote, remote);
  return {
    transport: local.transport,
    remote: part === 'passive' ? null : remote,
    weAre,
    setup: part,
    isNew,
    bfcpVersion: answerVersion(section.floor?.versions ?? [], local.transport) ?? offer.version,
    ...hostInForce(weAre, part, section),
    ...tlsInForce(offer, isNew ? null : previous, { answered: false, passive: section.setup !== 'passive' }),
    ...idsInForce(weAre, local, offer, previous),
  };
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

/**
 * Roles of TLS: over TCP the answerer is its server (RFC 8856 §8), of DTLS who is passive (RFC 8842 §5). They stay with
 * the association; its certificate may be told anew.
 */
function tlsInForce(
  { transport, fingerprints }: FloorOffer,
  kept: NegotiatedFloor | null,
  we: { answered: boolean; passive: boolean },
): Pick<NegotiatedFloor, 'tls'> {
  if (!isEncrypted(transport)) return {};
  const server = transport === 'TLS' ? we.answered : we.passive;
  return { tls: { server: kept?.tls?.server ?? server, fingerprints } };
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
  weAre: FloorSide,
  versions: number[],
  setup: Setup | null,
  connection: ConnectionReuse | null,
): string[] {
  const port = isStream(local.transport) && setup === 'active' ? 9 : local.port;
  const server = weAre === 'server';
  const lines = [
    `m=application ${port} ${proto} *`,
    connectionLine(local.address),
    ...printFloorAttributes({
      roles: [roleOf(weAre)],
      confId: server ? local.confId : null,
      userId: server ? local.userId : null,
      floors: server ? [{ id: local.floorId, streams: [LABELS.content] }] : [],
      versions,
    }),
  ];
  if (setup !== null) lines.push(`a=setup:${setup}`);
  if (connection !== null) lines.push(`a=connection:${connection}`);
  if (local.tlsId) lines.push(`a=tls-id:${local.tlsId}`);
  if (local.fingerprint) lines.push(`a=fingerprint:${local.fingerprint.hash} ${local.fingerprint.digest}`);
  return lines;
}

function sameEndpoint(a: NegotiatedFloor['remote'], b: NegotiatedFloor['remote']): boolean {
  return a?.address === b?.address && a?.port === b?.port;
}
