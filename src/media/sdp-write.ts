import { familyOf } from '../protocol/sdp/address.js';
import { LOW_LABELS } from '../protocol/sdp/streams.js';
import { printH264 } from './h264.js';
import { printOtherVideo } from './other-video.js';
import { encodingName } from './passed-sound.js';
import type { OurLine } from './settle.js';
import type { LocalLine } from './sdp-locals.js';
import type { Format, StreamName } from './vocabulary.js';

/** Our RFC 4574 labels; room systems of one large vendor use the same ones. */
export const LABELS = { video: '11', content: '12', ...LOW_LABELS } as const;

/** Everything that one active RTP section of ours says. */
export interface LineText {
  name: StreamName;
  /** As the m-line says it. */
  media: string;
  proto: string;
  local: LocalLine;
  our: OurLine;
  /** What we want to receive at most, kbit/s. */
  maxKbps: number | null;
  /** Write rtcp-fb for all formats (`*`) rather than for each. */
  wildcard: boolean;
  /** Say which video line is which. */
  named: boolean;
  mid: string | null;
  /** c= of the session; the section repeats it only when its own differs. */
  sessionAddress: string;
}

/** c= value of an IP literal. */
export function connectionLine(address: string): string {
  return `c=IN ${familyOf(address) ?? 'IP4'} ${address}`;
}

/** A refused or switched off section: its m-line as it was, with port 0 (RFC 3264 §6). */
export function refusedLine(media: string, proto: string, formats: readonly string[]): string {
  return `m=${media} 0 ${proto} ${formats.join(' ') || '0'}`;
}

/** Lines of an active audio or video section. */
export function activeLines(text: LineText): string[] {
  const { name, local, our } = text;
  const { fec } = our;
  const rtx = (our.rtx ?? []).filter(({ apt }) => apt === fec?.red || our.formats.some(({ pt }) => pt === apt));
  const protection = fec ? [fec.red, fec.ulpfec] : [];
  const numbers = [...our.formats, ...rtx, ...our.events].map(({ pt }) => pt).concat(protection);
  const lines = [`m=${text.media} ${local.rtpPort} ${text.proto} ${numbers.join(' ')}`];
  if (local.address !== text.sessionAddress) lines.push(connectionLine(local.address));
  if (text.maxKbps !== null) lines.push(`b=TIAS:${text.maxKbps * 1000}`);
  if (local.rtcpPort !== local.rtpPort + 1) lines.push(`a=rtcp:${local.rtcpPort}`);
  if (text.mid !== null) lines.push(`a=mid:${text.mid}`);
  for (const format of our.formats) lines.push(...formatLines(format));
  for (const { pt, apt } of rtx) lines.push(`a=rtpmap:${pt} rtx/90000`, `a=fmtp:${pt} apt=${apt}`);
  if (fec) lines.push(`a=rtpmap:${fec.red} red/90000`, `a=rtpmap:${fec.ulpfec} ulpfec/90000`);
  for (const { pt, clock } of our.events) {
    lines.push(`a=rtpmap:${pt} telephone-event/${clock}`, `a=fmtp:${pt} 0-15`);
  }
  if (name === 'audio') lines.push('a=ptime:20');
  else lines.push(...feedbackLines(text));
  if (name !== 'audio' && (name !== 'video' || text.named)) {
    const content = name === 'content' ? 'slides' : name === 'video' ? 'main' : 'alt';
    lines.push(`a=content:${content}`, `a=label:${LABELS[name]}`);
  }
  if (rtx.length > 0) lines.push(...senderLines(local));
  if (our.rtcpMux) lines.push('a=rtcp-mux');
  lines.push(`a=${our.direction}`);
  return lines;
}

function formatLines(format: Format): string[] {
  if (format.kind === 'video' && format.name !== 'H264') {
    const params = printOtherVideo(format);
    return [`a=rtpmap:${format.pt} ${format.name}/90000`, ...(params === '' ? [] : [`a=fmtp:${format.pt} ${params}`])];
  }
  if (format.kind === 'video') {
    return [`a=rtpmap:${format.pt} H264/90000`, `a=fmtp:${format.pt} ${printH264(format)}`];
  }
  const channels = format.channels > 1 ? `/${format.channels}` : '';
  const params = Object.entries(format.params).map(([key, value]) => (value === '' ? key : `${key}=${value}`));
  const lines = [`a=rtpmap:${format.pt} ${encodingName(format.name)}/${format.clock}${channels}`];
  if (params.length > 0) lines.push(`a=fmtp:${format.pt} ${params.join(';')}`);
  return lines;
}

/** Which of our streams repeats which (RFC 4588 §8.6, RFC 5576 §4). */
function senderLines({ sender }: LocalLine): string[] {
  if (!sender) return [];
  const { ssrc, resendSsrc, cname } = sender;
  return [`a=ssrc-group:FID ${ssrc} ${resendSsrc}`, ...[ssrc, resendSsrc].map((own) => `a=ssrc:${own} cname:${cname}`)];
}

function feedbackLines(text: LineText): string[] {
  const { pli, fir, nack, remb, tmmbr = false } = text.our.feedback;
  const all = [pli && 'nack pli', fir && 'ccm fir', nack && 'nack', remb && 'goog-remb', tmmbr && 'ccm tmmbr'];
  const values = all.filter((value) => value !== false);
  const targets = text.wildcard ? ['*'] : text.our.formats.map(({ pt }) => String(pt));
  return targets.flatMap((target) => values.map((value) => `a=rtcp-fb:${target} ${value}`));
}
