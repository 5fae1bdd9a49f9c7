import type { Line } from '../../../media/plane.js';
import type { ChannelMedia } from '../../../protocol/h323/control/contract.js';
import type { SignalledCall } from '../../../protocol/h323/call/contract.js';
import type { CallReport, SessionReport } from '../../../protocol/h323/ras/contract.js';
import type { H323Leg } from '../h323-leg.js';

/** What a gatekeeper is told of a call: its connections, and the media that flows at the moment. */
export function reportOf(call: SignalledCall | null, leg: H323Leg | null): CallReport {
  const path = call?.path;
  const h245 = call?.control.path;
  const connectedAt = leg && answeredAt(leg);
  return {
    ...(path ? { signalling: path } : {}),
    ...(h245 ? { h245 } : {}),
    ...(connectedAt === null ? {} : { connectedAt }),
    ...(leg ? mediaOf(leg) : {}),
  };
}

/** On the wall. */
function answeredAt({ connectedAt, parts: { clock } }: H323Leg): number | null {
  return connectedAt === null ? null : clock.wall() - (clock.now() - connectedAt);
}

function mediaOf(leg: H323Leg): Pick<CallReport, 'audio' | 'video' | 'data'> {
  const { audio, video, content } = leg.lines;
  const sessions = (line: Line | null, kind: ChannelMedia['kind']): SessionReport[] => {
    const channel = leg.parts.session.channels.find(
      ({ state, opening }) => state === 'open' && opening.forward?.media.kind === kind,
    );
    return line && channel ? [sessionOf(line, channel.sessionId)] : [];
  };
  return {
    audio: sessions(audio, 'audio'),
    video: [...sessions(video, 'video'), ...sessions(content, 'content')],
    data: sessions(leg.fecc, 'h224'),
  };
}

function sessionOf({ local, params, ssrc }: Line, sessionId: number): SessionReport {
  const remote = params?.remote ?? null;
  return {
    ...{ sessionId, ssrc, cname: params?.cname ?? '' },
    local: {
      rtp: { address: local.address, port: local.rtpPort },
      rtcp: { address: local.address, port: local.rtcpPort },
    },
    remote: remote && {
      rtp: { address: remote.address, port: remote.rtpPort },
      rtcp: { address: remote.address, port: remote.rtcpPort },
    },
  };
}
