import type { MediaSection, RtpMap, SdpDirection, Setup } from '../../../src/protocol/sdp/description.js';
import type { Vendor } from '../vendors/vendor.js';
import type { OwnMedia, Role } from './roles.js';

/** What an answer is made with. */
export interface AnswerContext {
  vendor: Vendor;
  own: OwnMedia;
  /** An earlier description of the other side exists: its floor connection goes on. */
  known: boolean;
}

const mirrored: Record<SdpDirection, SdpDirection> = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive',
};

const setups: Record<Setup, Setup> = {
  active: 'passive',
  passive: 'active',
  actpass: 'active',
  holdconn: 'holdconn',
};

/** Our m-line and attributes for one offered line (RFC 3264 §6). */
export function answerSection(section: MediaSection, role: Role, context: AnswerContext): string[] {
  const refused = [`m=${section.media} 0 ${section.proto} ${section.formats.join(' ')}`];
  if (section.port === 0 || role === 'other') return refused;
  if (role === 'bfcp') return answerFloor(section, context);
  const maps = section.rtpmaps.filter((map) => usable(map, role, context.own));
  if (maps.length === 0) return refused;
  const events = role === 'audio' ? section.rtpmaps.filter((map) => /^telephone-event$/i.test(map.name)) : [];
  const all = [...maps, ...events];
  return [
    `m=${section.media} {${role}} ${section.proto} ${all.map((map) => map.pt).join(' ')}`,
    ...all.flatMap(printMap),
    ...(role === 'audio' ? [] : videoAttributes(section, role)),
    `a=${mirrored[section.direction]}`,
  ];
}

function usable(map: RtpMap, role: Role, own: OwnMedia): boolean {
  const name = map.name.toUpperCase();
  return role === 'audio' ? own.codecs.has(name) : name === 'H264' && map.params['packetization-mode'] !== '2';
}

function printMap(map: RtpMap): string[] {
  const channels = map.channels > 1 ? `/${map.channels}` : '';
  const params = Object.entries(map.params).map(([name, value]) => (value === '' ? name : `${name}=${value}`));
  const lines = [`a=rtpmap:${map.pt} ${map.name}/${map.clock}${channels}`];
  if (params.length > 0) lines.push(`a=fmtp:${map.pt} ${params.join(';')}`);
  return lines;
}

function videoAttributes(section: MediaSection, role: Role): string[] {
  const feedback = section.feedback
    .filter(({ words }) => ['nack pli', 'ccm fir'].includes(words.slice(0, 2).join(' ')))
    .map(({ pt, words }) => `a=rtcp-fb:${pt ?? '*'} ${words.slice(0, 2).join(' ')}`);
  return [...feedback, `a=content:${role === 'content' ? 'slides' : 'main'}`];
}

/** The certificate of encrypted floor control (RFC 8122). */
export function shownBy({ fingerprint }: OwnMedia): string[] {
  return fingerprint ? [`a=fingerprint:${fingerprint.hash} ${fingerprint.digest}`] : [];
}

function answerFloor(section: MediaSection, { vendor, own, known }: AnswerContext): string[] {
  const setup = section.setup ? [`a=setup:${setups[section.setup]}`] : [];
  const reuse = section.connection === 'existing' && known ? 'existing' : 'new';
  const versions = section.floor?.versions.length ? [`a=bfcpver:${section.floor.versions[0]}`] : [];
  return [
    `m=application {bfcp} ${section.proto} *`,
    ...(vendor.answer?.floor ?? ['a=floorctrl:c-only']),
    ...versions,
    ...setup,
    ...(section.connection ? [`a=connection:${reuse}`] : []),
    ...shownBy(own),
  ];
}
