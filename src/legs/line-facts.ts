import type { Line } from '../media/plane.js';
import type { Format } from '../media/vocabulary.js';
import type { FormatFacts, LineFacts } from '../rooms/call-diagnosis.js';

/** A line for those who look at its call. */
export function lineFacts(line: LineFacts['line'], { params, local }: Line, label: string | null): LineFacts {
  const { direction = 'inactive', held = false, remote = null, send = [], receive = [], maxKbps = null } = params ?? {};
  return {
    line,
    direction,
    held,
    sends: send[0] ? formatFacts(send[0]) : null,
    receives: receive.map(formatFacts),
    local: { address: local.address, port: local.rtpPort },
    remote: remote && { address: remote.address, port: remote.rtpPort },
    maxKbps,
    label,
  };
}

function formatFacts(format: Format): FormatFacts {
  const { name: codec, pt: payloadType, clock } = format;
  if (format.name !== 'H264') return { codec, payloadType, clock, packetizationMode: null, profileLevelId: null };
  const { mode, profileIdc, profileIop, levelIdc } = format;
  const profileLevelId = Buffer.of(profileIdc, profileIop, levelIdc).toString('hex');
  return { codec, payloadType, clock, packetizationMode: mode, profileLevelId };
}
