import { parse as parseGenerally, type ParsedMedia } from 'sdp-transform';
import { isNullAddress } from './address.js';
import type {
  Bandwidth,
  MediaSection,
  Origin,
  RtcpFeedback,
  RtpMap,
  SdpDirection,
  SessionDescription,
  Setup,
} from './description.js';
import { MalformedSdp, OversizeSdp } from './errors.js';
import { readFingerprint } from './fingerprint.js';
import { readFloorAttributes } from './floor-attributes.js';
import { readIce } from './ice.js';
import { joinSdp, type RawSdp, SDP_LIMITS, splitSdp } from './raw.js';
import { STATIC_PAYLOADS } from './static-payloads.js';

const DIRECTIONS: readonly string[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive'];
const SETUPS: readonly string[] = ['active', 'passive', 'actpass', 'holdconn'];

/**
 * Reads SDP (RFC 4566). Attributes are taken in any order, unknown lines and unreadable attributes are passed over; what
 * has no excuse (no v=0, no o=, a broken m= or c= line) is an error. `fragment` lets the session part be missing.
 * @throws MalformedSdp, OversizeSdp
 */
export function parseSdp(text: string, options: { fragment?: boolean } = {}): SessionDescription {
  const raw = splitSdp(text);
  const fragment = options.fragment ?? false;
  if (!fragment && raw.session[0]?.trim() !== 'v=0') throw new MalformedSdp('does not begin with v=0', 1);
  // The library sees the text as we cut it, so that its sections and ours are the same ones.
  const general = parseGenerally(joinSdp(raw));
  return {
    origin: originOf(raw, fragment),
    timing: short(valueOf(raw.session, 't='), SDP_LIMITS.value) ?? '0 0',
    bandwidth: bandwidthOf(general.bandwidth),
    media: raw.sections.map((_, index) => sectionOf(raw, index, general.media[index])),
  };
}

/** True for the protos of RFC 8856 §4 and RFC 8857. */
export function isFloorProto(proto: string): boolean {
  return /^(TCP|UDP)(\/(TLS|DTLS|WS|WSS))?\/BFCP$/i.test(proto);
}

function originOf(raw: RawSdp, fragment: boolean): Origin {
  const value = valueOf(raw.session, 'o=');
  const parts = (value ?? '').trim().split(/\s+/);
  const [username, sessionId, version, , , address] = parts;
  if (username === undefined || sessionId === undefined || version === undefined || address === undefined) {
    if (fragment && value === null) return { username: '-', sessionId: '0', version: '0', address: '0.0.0.0' };
    throw new MalformedSdp(value === null ? 'no o= line' : 'o= line has not six fields');
  }
  if (!/^\d{1,30}$/.test(sessionId) || !/^\d{1,30}$/.test(version)) throw new MalformedSdp('o= ids are not decimal');
  return { username, sessionId, version, address };
}

function sectionOf(raw: RawSdp, index: number, general: ParsedMedia | undefined): MediaSection {
  const { head, lines } = raw.sections[index] ?? { head: '', lines: [] };
  const { media, port, proto, formats } = mediaLine(head);
  const attributes = new Attributes(lines);
  const session = new Attributes(raw.session);
  return {
    index,
    media,
    port,
    proto,
    formats,
    address: connectionOf(lines) ?? connectionOf(raw.session),
    bandwidth: bandwidthOf(general?.bandwidth),
    direction: directionOf(lines) ?? directionOf(raw.session) ?? 'sendrecv',
    rtpmaps: rtpmapsOf(formats, general),
    feedback: feedbackOf(attributes.all('rtcp-fb')),
    rtcp: rtcpOf(general),
    rtcpMux: attributes.has('rtcp-mux'),
    mid: short(attributes.last('mid')?.trim() ?? null, SDP_LIMITS.value),
    label: attributes.last('label')?.trim() ?? null,
    content: (attributes.last('content') ?? '')
      .toLowerCase()
      .split(/[,\s]+/)
      .filter((token) => token !== ''),
    setup: setupOf(attributes.last('setup') ?? session.last('setup')),
    connection: reuseOf(attributes.last('connection') ?? session.last('connection')),
    crypto: (general?.crypto ?? []).some((line) => typeof line.config === 'string' && /^inline:./i.test(line.config)),
    fingerprint: attributes.has('fingerprint') || session.has('fingerprint'),
    fingerprints: (attributes.has('fingerprint') ? attributes : session)
      .all('fingerprint')
      .flatMap((value) => readFingerprint(value) ?? []),
    websocketUri: uriOf(attributes),
    tlsId: short(attributes.last('tls-id')?.trim() ?? null, SDP_LIMITS.tlsId),
    ...(media === 'application' && isFloorProto(proto)
      ? { floor: readFloorAttributes(lines), ice: readIce(lines, raw.session) }
      : { floor: null, ice: null }),
  };
}

/** One that is too long for any server is none. */
function uriOf(attributes: Attributes): string | null {
  const names = ['websocket-uri', 'wss-uri', 'ws-uri'];
  const found = names.flatMap((name) => attributes.last(name)?.trim() ?? [])[0] ?? '';
  return found === '' || found.length > SDP_LIMITS.uri ? null : found;
}

function mediaLine(head: string): Pick<MediaSection, 'media' | 'port' | 'proto' | 'formats'> {
  const [media, portText, proto, ...formats] = head.slice(2).trim().split(/\s+/);
  const match = /^(\d{1,5})(?:\/\d+)?$/.exec(portText ?? '');
  const port = Number(match?.[1] ?? NaN);
  if (!media || !proto || !(port <= 65535)) throw new MalformedSdp(`bad m-line: ${head.slice(0, 80)}`);
  if (formats.length > SDP_LIMITS.formats)
    throw new OversizeSdp(`more than ${SDP_LIMITS.formats} formats in an m-line`);
  for (const word of [media, proto, ...formats]) short(word, SDP_LIMITS.word);
  return { media: media.toLowerCase(), port, proto, formats };
}

/** @throws OversizeSdp for what would blow up the answer */
function short(text: string | null, most: number): string | null {
  if (text !== null && text.length > most) throw new OversizeSdp(`more than ${most} characters: ${text.slice(0, 20)}`);
  return text;
}

/** Address of the last c= line, without TTL; null where there is none. */
function connectionOf(lines: readonly string[]): string | null {
  const value = valueOf(lines, 'c=');
  if (value === null) return null;
  const match = /^IN\s+IP[46]\s+([^\s/]+)/i.exec(value.trim());
  const address = match?.[1];
  if (address === undefined) throw new MalformedSdp(`bad c= line: ${value.slice(0, 80)}`);
  return isNullAddress(address) ? '0.0.0.0' : address;
}

function directionOf(lines: readonly string[]): SdpDirection | null {
  const found = lines.map((line) => line.slice(2).trim()).filter((value) => DIRECTIONS.includes(value));
  return (found[found.length - 1] as SdpDirection | undefined) ?? null;
}

function setupOf(value: string | null): Setup | null {
  const word = value?.trim().toLowerCase() ?? '';
  return SETUPS.includes(word) ? (word as Setup) : null;
}

function reuseOf(value: string | null): 'new' | 'existing' | null {
  const word = value?.trim().toLowerCase();
  return word === 'new' || word === 'existing' ? word : null;
}

function bandwidthOf(lines: readonly { type: unknown; limit: unknown }[] | undefined): Bandwidth[] {
  return (lines ?? []).flatMap(({ type, limit }) =>
    typeof type === 'string' && typeof limit === 'number' ? [{ type, value: limit }] : [],
  );
}

function rtcpOf(general: ParsedMedia | undefined): MediaSection['rtcp'] {
  const port = general?.rtcp?.port;
  if (typeof port !== 'number' || port > 65535) return null;
  const address = general?.rtcp?.address;
  return { port, address: typeof address === 'string' ? address : null };
}

function rtpmapsOf(formats: readonly string[], general: ParsedMedia | undefined): RtpMap[] {
  const maps = new Map<number, RtpMap>();
  for (const line of general?.rtp ?? []) {
    const { payload, codec, rate, encoding } = line;
    if (typeof payload !== 'number' || typeof rate !== 'number' || codec === undefined) continue;
    const channels = typeof encoding === 'number' && encoding > 0 ? encoding : 1;
    maps.set(payload, { pt: payload, name: textOf(codec), clock: rate, channels, params: {} });
  }
  for (const fixed of STATIC_PAYLOADS) if (!maps.has(fixed.pt)) maps.set(fixed.pt, { ...fixed, params: {} });
  for (const { payload, config } of general?.fmtp ?? []) {
    const map = typeof payload === 'number' ? maps.get(payload) : undefined;
    if (map && config !== undefined) map.params = readParams(textOf(config));
  }
  const listed = new Set(formats.filter((format) => /^\d{1,3}$/.test(format)).map(Number));
  return [...listed].flatMap((pt) => (pt <= 127 ? (maps.get(pt) ?? []) : []));
}

/** fmtp parameters: separated by `;` or blanks, names in lower case. */
function readParams(text: string): Record<string, string> {
  const params: Record<string, string> = {};
  for (const part of text.split(/[;\s]+/)) {
    if (part === '') continue;
    const cut = part.indexOf('=');
    if (cut < 0) params[part.toLowerCase()] = '';
    else params[part.slice(0, cut).toLowerCase()] = part.slice(cut + 1);
  }
  return params;
}

function feedbackOf(values: readonly string[]): RtcpFeedback[] {
  return values.flatMap((value) => {
    const [pt, ...words] = value.trim().toLowerCase().split(/\s+/);
    if (pt === undefined || words.length === 0 || !/^(\*|\d{1,3})$/.test(pt)) return [];
    return [{ pt: pt === '*' ? null : Number(pt), words }];
  });
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function valueOf(lines: readonly string[], type: string): string | null {
  const found = lines.filter((line) => line.startsWith(type));
  return found[found.length - 1]?.slice(2) ?? null;
}

/** a= lines by name. */
class Attributes {
  private readonly pairs: { name: string; value: string }[];

  constructor(lines: readonly string[]) {
    this.pairs = lines.flatMap((line) => {
      const match = /^a=([^:\s]+)(?::(.*))?$/.exec(line.trimEnd());
      return match?.[1] === undefined ? [] : [{ name: match[1].toLowerCase(), value: match[2] ?? '' }];
    });
  }

  all(name: string): string[] {
    return this.pairs.filter((pair) => pair.name === name).map((pair) => pair.value);
  }

  last(name: string): string | null {
    const found = this.all(name);
    return found[found.length - 1] ?? null;
  }

  has(name: string): boolean {
    return this.pairs.some((pair) => pair.name === name);
  }
}
