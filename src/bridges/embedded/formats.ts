import type { MemberFormats } from '../../media/mixer/mixer.js';
import type { LineParams } from '../../media/plane.js';
import type { AudioFormat, Format } from '../../media/vocabulary.js';

/** What the mixer hears from and sends to a line as it stands; nothing in either direction while it is held. */
export function formatsOf(params: LineParams | null): MemberFormats {
  if (!params || params.held) return { receive: [], send: null };
  const hears = params.direction === 'sendrecv' || params.direction === 'recvonly';
  const sends = params.direction === 'sendrecv' || params.direction === 'sendonly';
  return {
    receive: hears ? params.receive.filter(isAudio) : [],
    send: sends && params.remote !== null ? (params.send.find(isAudio) ?? null) : null,
  };
}

function isAudio(format: Format): format is AudioFormat {
  return format.kind === 'audio';
}
