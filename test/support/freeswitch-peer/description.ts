import type { Line, LineParams } from '../../../src/media/plane.js';
import type { MixedCodecName, MixedFormat, TelephoneEventFormat } from '../../../src/media/vocabulary.js';
import type { MediaSection } from '../../../src/protocol/sdp/description.js';
import { parseSdp } from '../../../src/protocol/sdp/parse.js';

const codecs: Record<MixedCodecName, { pt: number | null; clock: number; channels: number }> = {
  opus: { pt: null, clock: 48_000, channels: 2 },
  G722: { pt: 9, clock: 8000, channels: 1 },
  PCMU: { pt: 0, clock: 8000, channels: 1 },
  PCMA: { pt: 8, clock: 8000, channels: 1 },
};

/** What an offer comes to: the first codec that is known, or null. */
export interface Agreed {
  format: MixedFormat;
  params: LineParams;
  events: TelephoneEventFormat | null;
  /** Sections after the audio line, which are refused. */
  others: readonly MediaSection[];
}

/** Answers an offer; null where nothing in it can be taken. */
export function agreeOn(offer: string): Agreed | null {
  const { media } = parseSdp(offer);
  const audio = media.find((section) => section.media === 'audio');
  if (!audio) return null;
  const format = formatIn(audio);
  if (!format) return null;
  const found = audio.rtpmaps.find(
    ({ name: encoding, clock }) => /^telephone-event$/i.test(encoding) && clock === format.clock,
  );
  const events = found ? { pt: found.pt, clock: found.clock } : null;
  const mirrored = { sendrecv: 'sendrecv', sendonly: 'recvonly', recvonly: 'sendonly', inactive: 'inactive' } as const;
  const address = audio.address ?? '127.0.0.1';
  const params: LineParams = {
    direction: mirrored[audio.direction],
    remote: { address, rtpPort: audio.port, rtcpPort: audio.rtcp?.port ?? audio.port + 1 },
    ...{ receive: [format], send: [format] },
    events: { receive: events ? [events] : [], send: events ? [events] : [] },
    feedback: { pli: false, fir: false, nack: false, remb: false },
    ...{ cname: 'freeswitch', maxKbps: null, held: audio.direction === 'inactive' },
  };
  return { format, params, events, others: media.filter((section) => section !== audio) };
}

/** The description of the answer, in FreeSWITCH's words. */
export function answerText({ format, params, events, others }: Agreed, { local }: Line): string {
  const { name, pt, clock, channels } = format;
  return [
    ...['v=0', `o=FreeSWITCH 1 1 IN IP4 ${local.address}`, 's=FreeSWITCH', `c=IN IP4 ${local.address}`, 't=0 0'],
    `m=audio ${local.rtpPort} RTP/AVP ${[pt, ...(events ? [events.pt] : [])].join(' ')}`,
    `a=rtpmap:${pt} ${name}/${clock}${channels > 1 ? `/${channels}` : ''}`,
    ...(name === 'opus' ? [`a=fmtp:${pt} useinbandfec=1`] : []),
    ...(events ? [`a=rtpmap:${events.pt} telephone-event/${events.clock}`, `a=fmtp:${events.pt} 0-15`] : []),
    ...['a=ptime:20', `a=${params.direction}`, `a=rtcp:${local.rtcpPort} IN IP4 ${local.address}`],
    ...others.map(({ media, proto, formats }) => `m=${media} 0 ${proto} ${formats.join(' ')}`),
    '',
  ].join('\r\n');
}

/** FreeSWITCH takes codecs with a number of their own by that number only. */
function formatIn({ formats, rtpmaps }: MediaSection): MixedFormat | null {
  for (const text of formats) {
    const pt = Number(text);
    const said = rtpmaps.find((map) => map.pt === pt)?.name.toLowerCase();
    for (const [name, { pt: own, clock, channels }] of Object.entries(codecs)) {
      const fits = own === null ? said === name : own === pt;
      if (!fits) continue;
      const params: Record<string, string> = name === 'opus' ? { useinbandfec: '1' } : {};
      return { kind: 'audio', name: name as MixedCodecName, pt, clock, channels, params };
    }
  }
  return null;
}
