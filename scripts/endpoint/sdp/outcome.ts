import type { MediaSection, SessionDescription, Setup } from '../../../src/protocol/sdp/description.js';
import type { Destination } from '../rtp/media-port.js';
import type { VideoFormat } from '../view/line.js';
import type { LineKeys } from '../../../src/media/plane.js';
import type { FloorTls } from '../../../src/legs/bfcp-party/contract.js';
import { floorTransport, isStream, tlsPart } from '../../../src/protocol/sdp/floor-rules.js';
import type { FloorOver, Role } from './roles.js';

/** What both descriptions agree on for one audio or video line. */
export interface LineOutcome<F> {
  /** Null while the other side does not want media there. */
  to: Destination | null;
  send: F | null;
  receive: F[];
  /** Whether we may send, and whether the other side may. */
  sending: boolean;
  receiving: boolean;
  /** By what its packets are encrypted where the endpoint does that itself (H.235.6); null or absent for plain ones. */
  keys?: LineKeys | null;
}

/** One agreed audio format. */
export interface AudioFormatName {
  pt: number;
  name: string;
}

/** What a BFCP client needs. */
export interface FloorOutcome {
  transport: FloorOver;
  remote: { address: string; port: number };
  confId: number;
  userId: number;
  floorId: number;
  version: 1 | 2;
  setup: 'active' | 'passive' | 'actpass';
  /** On encrypted transports. */
  tls?: FloorTls;
}

/** What both ends agree on; null lines are absent or refused. */
export interface Lines {
  audio: LineOutcome<AudioFormatName> | null;
  video: LineOutcome<VideoFormat> | null;
  content: LineOutcome<VideoFormat> | null;
}

/** What both descriptions agree on. */
export interface Outcome extends Lines {
  floor: FloorOutcome | null;
}

/** Compares the descriptions line by line; `offered` says that ours was the offer. */
export function readOutcome(
  local: SessionDescription,
  remote: SessionDescription,
  roles: readonly Role[],
  offered: boolean,
): Outcome {
  const pair = (role: Role): [MediaSection, MediaSection] | null => {
    const index = roles.indexOf(role);
    const [ours, theirs] = [local.media[index], remote.media[index]];
    return ours && theirs && ours.port !== 0 && theirs.port !== 0 ? [ours, theirs] : null;
  };
  const audio = pair('audio');
  const video = pair('video');
  const content = pair('content');
  const bfcp = pair('bfcp');
  return {
    audio: audio && lineOf(audio, audioFormats),
    video: video && lineOf(video, videoFormats),
    content: content && lineOf(content, videoFormats),
    floor: bfcp && floorOf(...bfcp, offered),
  };
}

function lineOf<F>([ours, theirs]: [MediaSection, MediaSection], formats: (s: MediaSection) => F[]): LineOutcome<F> {
  const offers = (section: MediaSection, words: string[]): boolean => words.includes(section.direction);
  const held = theirs.address === null || theirs.address === '0.0.0.0';
  const sending = offers(ours, ['sendrecv', 'sendonly']) && offers(theirs, ['sendrecv', 'recvonly']) && !held;
  const rtcp = theirs.rtcp?.port ?? theirs.port + 1;
  return {
    to: held ? null : { address: theirs.address ?? '', rtp: theirs.port, rtcp },
    send: formats(theirs)[0] ?? null,
    receive: formats(ours),
    sending,
    receiving: offers(ours, ['sendrecv', 'recvonly']) && offers(theirs, ['sendrecv', 'sendonly']),
  };
}

function audioFormats(section: MediaSection): AudioFormatName[] {
  return section.rtpmaps
    .map((map) => ({ pt: map.pt, name: map.name.toUpperCase() }))
    .filter(({ name }) => ['PCMU', 'PCMA', 'G722', 'OPUS'].includes(name));
}

function videoFormats(section: MediaSection): VideoFormat[] {
  return section.rtpmaps
    .filter((map) => map.name.toUpperCase() === 'H264' && map.params['packetization-mode'] !== '2')
    .map((map) => ({ pt: map.pt, mode: map.params['packetization-mode'] === '1' ? 1 : 0 }));
}

/** The ids are the server's; where it states none, what we stated goes on (RFC 8856 §5). */
function floorOf(ours: MediaSection, theirs: MediaSection, offered: boolean): FloorOutcome | null {
  const confId = theirs.floor?.confId ?? ours.floor?.confId ?? null;
  const userId = theirs.floor?.userId ?? ours.floor?.userId ?? null;
  const floorId = theirs.floor?.floors[0]?.id ?? ours.floor?.floors[0]?.id;
  if (confId === null || userId === null || floorId === undefined || theirs.address === null) return null;
  const transport = floorTransport(theirs.proto);
  if (transport === null || transport === 'WS' || transport === 'WSS') return null;
  const tls = tlsPart(transport, ours.setup, theirs.setup, offered);
  const keyed = tls && { tls: { server: tls === 'server', fingerprints: theirs.fingerprints } };
  const version = isStream(transport) || theirs.floor?.versions[0] === 1 ? 1 : 2;
  const remote = { address: theirs.address, port: theirs.port };
  return { transport, remote, confId, userId, floorId, version, setup: ownSetup(ours.setup, theirs.setup), ...keyed };
}

function ownSetup(ours: Setup | null, theirs: Setup | null): FloorOutcome['setup'] {
  if (theirs === 'passive') return 'active';
  if (theirs === 'active') return 'passive';
  return ours === 'passive' ? 'passive' : 'active';
}
