import type { MemberFormats } from '../../media/mixer/mixer.js';
import { isMixed } from '../../media/passed-sound.js';
import type { LineParams } from '../../media/plane.js';

/** What the mixer hears from and sends to a line as it stands; nothing in either direction while it is held. */
export function formatsOf(params: LineParams | null): MemberFormats {
  if (!params || params.held) return { receive: [], send: null };
  const hears = params.direction === 'sendrecv' || params.direction === 'recvonly';
  const sends = params.direction === 'sendrecv' || params.direction === 'sendonly';
  return {
    receive: hears ? params.receive.filter(isMixed) : [],
    send: sends && params.remote !== null ? (params.send.find(isMixed) ?? null) : null,
  };
}
