import { systemChance } from '../../src/base/ids.js';
import type { MixedFormat } from '../../src/media/vocabulary.js';
import { CallSdp } from '../endpoint/sdp/call-sdp.js';
import { generic } from '../endpoint/vendors/others.js';
import type { Vendor } from '../endpoint/vendors/vendor.js';
import { here } from './gateway-process.js';

/** Ports that an offer names. */
export interface OfferPorts {
  audio: number;
  video: number;
  content: number;
  bfcp: number;
}

const allCodecs = new Set(['PCMU', 'PCMA', 'G722', 'OPUS']);

/** Audio, camera, slides and BFCP, as the test endpoint offers them. */
export function roomSystem(ports: OfferPorts, bfcp: 'UDP' | 'TCP' = 'UDP', vendor: Vendor = generic): CallSdp {
  return new CallSdp(vendor, { address: here, ports, codecs: allCodecs, bfcp }, systemChance.int(1, 0x7fffffff));
}

/** One audio line with one format, and nothing else. */
export function voiceOnly(port: number, format: { pt: number; rtpmap: string; fmtp?: string }): string {
  const { pt, rtpmap, fmtp } = format;
  const lines = [
    'v=0',
    `o=- ${systemChance.int(1, 0x7fffffff)} 1 IN IP4 ${here}`,
    's=-',
    `c=IN IP4 ${here}`,
    't=0 0',
    `m=audio ${port} RTP/AVP ${pt}`,
    `a=rtpmap:${pt} ${rtpmap}`,
    ...(fmtp === undefined ? [] : [`a=fmtp:${pt} ${fmtp}`]),
    'a=sendrecv',
  ];
  return `${lines.join('\r\n')}\r\n`;
}

/** The same for a format of the mixer. */
export function voiceIn({ name, clock, channels, pt, params }: MixedFormat, port: number): string {
  const rtpmap = `${name}/${clock}${channels === 2 ? '/2' : ''}`;
  const fmtp = Object.entries(params).map(([key, value]) => `${key}=${value}`);
  return voiceOnly(port, { pt, rtpmap, ...(fmtp.length > 0 ? { fmtp: fmtp.join(';') } : {}) });
}
