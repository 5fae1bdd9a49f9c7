import { canonicalAddress, familyOf, isGroupAddress } from '../protocol/sdp/address.js';
import type { Bandwidth, MediaSection, RtpMap, SessionDescription } from '../protocol/sdp/description.js';
import {
  answerSide,
  answerVersion,
  floorTransport,
  type FloorTransport,
  isDtls,
  isEncrypted,
  isStream,
  isWeb,
} from '../protocol/sdp/floor-rules.js';
import { isH224, isRtpProto, isSecureProto, type StreamIndexes } from '../protocol/sdp/streams.js';
import { readH264 } from './h264.js';
import { isOtherVideo, readOtherVideo } from './other-video.js';
import type { FeccOffer, FloorOffer, LineOffer, MediaOffer, Secure } from './negotiate.js';
import { LINE_NAMES } from './negotiate.js';
import { G7221_CLOCK, passedAt, passedFormat } from './passed-sound.js';
import type { AudioFormat, MixedCodecName, Feedback, Format, StreamName, MediaAddress } from './vocabulary.js';

/** Audio codecs by lower-case rtpmap name, with the clock and channels that are theirs. */
const AUDIO: Readonly<Record<string, { name: MixedCodecName; clock: number; channels: number }>> = {
  opus: { name: 'opus', clock: 48000, channels: 2 },
  g722: { name: 'G722', clock: 8000, channels: 1 },
  pcma: { name: 'PCMA', clock: 8000, channels: 1 },
  pcmu: { name: 'PCMU', clock: 8000, channels: 1 },
};

/** A description in the vocabulary of negotiation; `streams` says which m-line is what. */
export function readOffer(description: SessionDescription, streams: StreamIndexes): MediaOffer {
  const offer: MediaOffer = { maxKbps: kbpsOf(description.bandwidth), secure: 'none', bestEffort: false };
  for (const name of LINE_NAMES) {
    const section = liveSection(description, streams[name]);
    if (!section) continue;
    const line = readLine(name, section, offer.maxKbps);
    offer[name] = line;
    if (line.secure !== 'none') offer.secure = line.secure;
    if (!isSecureProto(section.proto) && (section.crypto || section.fingerprint)) offer.bestEffort = true;
  }
  const floor = liveSection(description, streams.floor);
  const floorOffer = floor ? readFloor(floor, description.media[streams.content ?? -1]?.label ?? null) : null;
  if (floorOffer) offer.floor = floorOffer;
  const camera = liveSection(description, streams.fecc);
  const fecc = camera ? readFecc(camera) : null;
  if (fecc) offer.fecc = fecc;
  return offer;
}

/** TIAS before AS before CT (RFC 3890 §4.2), in kbit/s; null when none is given. */
export function kbpsOf(bandwidth: readonly Bandwidth[]): number | null {
  const value = (type: string): number | undefined => bandwidth.find((line) => line.type === type)?.value;
  const tias = value('TIAS');
  return tias !== undefined ? Math.floor(tias / 1000) : (value('AS') ?? value('CT') ?? null);
}

function liveSection(description: SessionDescription, index: number | null | undefined): MediaSection | null {
  const section = description.media[index ?? -1];
  return section && section.port !== 0 ? section : null;
}

function readLine(name: StreamName, section: MediaSection, callKbps: number | null): LineOffer {
  const formats = section.rtpmaps.flatMap((map): Format | Format[] =>
    name === 'audio' ? (audioFormat(map) ?? []) : (videoFormat(map) ?? []),
  );
  const limits = [kbpsOf(section.bandwidth), callKbps].filter((kbps): kbps is number => kbps !== null);
  const nullAddress = section.address === '0.0.0.0';
  const away = nullAddress || section.direction === 'inactive';
  return {
    direction: section.direction,
    remote: remoteOf(section),
    formats,
    events: section.rtpmaps
      .filter((map) => map.name.toLowerCase() === 'telephone-event')
      .map(({ pt, clock }) => ({ pt, clock })),
    ...resendingOf(section),
    ...(name === 'audio' ? {} : fecOf(section, formats)),
    feedback: feedbackOf(section, formats),
    maxKbps: limits.length > 0 ? Math.min(...limits) : null,
    callKbps,
    label: section.label,
    // A content line that only sends is a presenter without a second screen, not a hold.
    held: away || (name !== 'content' && section.direction === 'sendonly'),
    rtcpMux: section.rtcpMux,
    secure: secureOf(section),
    unusable: unusableOf(section),
    names: [...new Set(section.rtpmaps.map((map) => map.name))],
    index: section.index,
  };
}

/** RFC 4588 §8.1; a number for what is sent again says of which format. */
function resendingOf(section: MediaSection): Pick<LineOffer, 'rtx'> {
  const rtx = section.rtpmaps
    .filter(
      ({ name, clock, params }) => /^rtx$/i.test(name) && clock === 90000 && /^\d{1,3}$/.test(params['apt'] ?? ''),
    )
    .map(({ pt, params }) => ({ pt, apt: Number(params['apt']) }));
  return rtx.length > 0 ? { rtx } : {};
}

/** RFC 2198 §5, RFC 5109 §14.1; both are needed, under numbers that mean nothing else. */
function fecOf(section: MediaSection, formats: readonly Format[]): Pick<LineOffer, 'fec'> {
  const numberOf = (wanted: string): number | undefined =>
    section.rtpmaps.find(({ name, clock }) => name.toLowerCase() === wanted && clock === 90000)?.pt;
  const red = numberOf('red');
  const ulpfec = numberOf('ulpfec');
  if (red === undefined || ulpfec === undefined || red === ulpfec) return {};
  return formats.some(({ pt }) => pt === red || pt === ulpfec) ? {} : { fec: { red, ulpfec } };
}

function audioFormat(map: RtpMap): AudioFormat | null {
  if (/^g7221$/i.test(map.name)) return g7221(map);
  const known = Object.hasOwn(AUDIO, map.name.toLowerCase()) ? AUDIO[map.name.toLowerCase()] : undefined;
  if (!known || known.clock !== map.clock || (known.channels === 1 && map.channels !== 1)) return null;
  return { kind: 'audio', ...known, pt: map.pt, params: map.params };
}

/** Without its bit rate it is nothing that could be agreed on (RFC 5577 §4.2). */
function g7221({ pt, clock, channels, params }: RtpMap): AudioFormat | null {
  const name = clock === G7221_CLOCK && channels === 1 ? passedAt(Number(params['bitrate'])) : null;
  return name && passedFormat(name, pt);
}

function videoFormat(map: RtpMap): Format | null {
  if (isH264(map)) return readH264(map.pt, map.params);
  return isOtherVideo(map) ? readOtherVideo(map) : null;
}

function isH264(map: RtpMap): boolean {
  return map.name.toUpperCase() === 'H264' && map.clock === 90000;
}

function remoteOf(section: MediaSection): MediaAddress | null {
  if (section.address === null || section.address === '0.0.0.0') return null;
  return {
    address: section.address,
    rtpPort: section.port,
    rtcpPort: section.rtcp?.port ?? Math.min(section.port + 1, 65535),
  };
}

function unusableOf(section: MediaSection): string | null {
  if (!isRtpProto(section.proto)) return `transport ${section.proto} is not supported`;
  if (section.address === null) return 'no c= line';
  if (familyOf(section.address) === null) return 'the address is not an IP literal';
  if (isGroupAddress(section.address)) return 'group addresses are not supported';
  if (isSecureProto(section.proto) && secureOf(section) === 'none') return `${section.proto} without keys`;
  return null;
}

function secureOf(section: MediaSection): Secure {
  if (!isSecureProto(section.proto)) return 'none';
  if (section.fingerprint) return 'dtls';
  return section.crypto ? 'sdes' : 'none';
}

/** Feedback for any of our formats or for all; `ccm fir tmmbr` on one line is two (seen in the field). */
function feedbackOf(section: MediaSection, formats: readonly Format[]): Feedback {
  const lines = section.feedback.filter(({ pt }) => pt === null || formats.some((format) => format.pt === pt));
  const has = (first: string, ...rest: string[]): boolean =>
    lines.some(
      ({ words }) => words[0] === first && (rest.length === 0 ? words.length === 1 : words.includes(rest[0] ?? '')),
    );
  return {
    ...{ pli: has('nack', 'pli'), fir: has('ccm', 'fir'), nack: has('nack'), remb: has('goog-remb') },
    ...(has('ccm', 'tmmbr') ? { tmmbr: true } : {}),
  };
}

function readFloor(section: MediaSection, contentLabel: string | null): FloorOffer | null {
  const attributes = section.floor;
  const transport = floorTransport(section.proto);
  if (!attributes || !transport) return null;
  const version = answerVersion(attributes.versions, transport);
  const secure = isEncrypted(transport);
  // without a fingerprint anybody could be at the other end (RFC 8856 §8)
  if (version === null || (secure && section.fingerprints.length === 0)) return null;
  const named = attributes.floors.find(({ streams }) => contentLabel !== null && streams.includes(contentLabel));
  return {
    transport,
    remote: floorRemote(section, transport),
    weWouldBe: answerSide(attributes.roles),
    version,
    fingerprints: secure ? section.fingerprints : [],
    tlsId: secure ? section.tlsId : null,
    ...iceOf(section, transport),
    ...webServerOf(section, transport),
    confId: attributes.confId,
    userId: attributes.userId,
    floorId: (named ?? attributes.floors[0])?.id ?? null,
    index: section.index,
  };
}

/** RFC 8856 §9: ICE is for DTLS; on other lines it means nothing. */
function iceOf({ ice, address, port }: MediaSection, transport: FloorTransport): Pick<FloorOffer, 'ice'> {
  if (!ice || !isDtls(transport)) return {};
  const wanted = isStream(transport) ? 'tcp' : 'udp';
  const candidates = ice.candidates.filter((one) => one.transport === wanted);
  // who finds its addresses later says so by these (RFC 8840 §4.1.1); TCP that is active has no port
  const open = port === 9 || address === null || address === '0.0.0.0';
  const here = open ? null : canonicalAddress(address);
  const matches = open || candidates.some((one) => one.port === port && one.address === here);
  return { ice: matches ? { ...ice, candidates } : 'mismatch' };
}

/** RFC 8857 §7: the server of the WebSocket is passive and names a URI. */
function webServerOf(
  { setup, websocketUri: uri, fingerprints }: MediaSection,
  transport: FloorTransport,
): Pick<FloorOffer, 'webServer'> {
  return isWeb(transport) && setup === 'passive' && uri !== null ? { webServer: { uri, fingerprints } } : {};
}

function readFecc(section: MediaSection): FeccOffer | null {
  const map = section.rtpmaps.find(isH224);
  if (!map || isSecureProto(section.proto) || unusableOf(section) !== null) return null;
  return { direction: section.direction, remote: remoteOf(section), pt: map.pt, index: section.index };
}

/** Where the peer can be reached: not when it only connects out (active), nor at the discard port. */
function floorRemote(section: MediaSection, transport: FloorTransport): FloorOffer['remote'] {
  const { address, port, setup } = section;
  if (address === null || familyOf(address) === null || isGroupAddress(address) || address === '0.0.0.0') return null;
  if (port === 9 || (isStream(transport) && setup === 'active')) return null;
  return { address, port };
}
