import type { Fingerprint } from '../../src/protocol/sdp/fingerprint.js';
import { floorProto, isEncrypted, isStream, type FloorTransport } from '../../src/protocol/sdp/floor-rules.js';

const here = '127.0.0.1';

/** What a raw peer's description says. Direction by line; null leaves the line out. */
export interface Described {
  version?: number;
  audio?: string | null;
  video?: string | null;
  content?: string | null;
  floor?: FloorTransport | null;
  /** The peer insists on being the floor control server, and gives us these numbers. */
  serves?: { confId: number; userId: number; floorId: number };
  /** Of the certificate it shows. */
  fingerprint?: Fingerprint;
  /** Connection address; `0.0.0.0` is hold of old. */
  address?: string;
  /** Codec of the audio line. */
  audioCodec?: string;
  feedback?: boolean;
  /** Far-end camera control. */
  fecc?: string | null;
  /** Events for DTMF. */
  events?: boolean;
  /** Port of our BFCP socket. */
  floorPort?: number;
  /** On streams, actpass and new by default; null leaves it out. */
  setup?: string | null;
  connection?: 'new' | 'existing' | null;
  /** Where it takes WebSockets. */
  websocketUri?: string;
}

/** A description of a room system in few lines: PCMU, H.264 of both modes, slides, BFCP as a client. */
export function describePeer(what: Described = {}): string {
  const { audio = 'sendrecv', video = 'sendrecv', content = null, floor = null, version = 1, address = here } = what;
  const feedback = what.feedback === false ? [] : ['a=rtcp-fb:* nack pli', 'a=rtcp-fb:* ccm fir'];
  const { fecc = null } = what;
  const keys = what.events ? { pt: ' 101', lines: ['a=rtpmap:101 telephone-event/8000'] } : { pt: '', lines: [] };
  const codec = what.audioCodec ?? 'PCMU/8000';
  const pt = codec === 'PCMU/8000' ? 0 : 100;
  const picture = (port: number, label: number, kind: string, direction: string): string[] => [
    `m=video ${port} RTP/AVP 97 98`,
    'a=rtpmap:97 H264/90000',
    'a=fmtp:97 profile-level-id=42e01f;packetization-mode=1',
    'a=rtpmap:98 H264/90000',
    'a=fmtp:98 profile-level-id=42e01f;packetization-mode=0',
    ...feedback,
    `a=label:${label}`,
    `a=content:${kind}`,
    `a=${direction}`,
  ];
  return [
    'v=0',
    `o=peer 77 ${version} IN IP4 ${here}`,
    's=-',
    `c=IN IP4 ${address}`,
    't=0 0',
    ...(audio === null
      ? []
      : [`m=audio 40000 RTP/AVP ${pt}${keys.pt}`, `a=rtpmap:${pt} ${codec}`, ...keys.lines, `a=${audio}`]),
    ...(video === null ? [] : picture(40_002, 11, 'main', video)),
    ...(floor === null ? [] : floorLines(floor, what)),
    ...(content === null ? [] : picture(40_004, 12, 'slides', content)),
    ...(fecc === null ? [] : [`m=application 40006 RTP/AVP 115`, 'a=rtpmap:115 H224/4800', `a=${fecc}`]),
    '',
  ].join('\r\n');
}

function floorLines(transport: FloorTransport, what: Described): string[] {
  const { serves, fingerprint, setup = 'actpass', connection = 'new', floorPort = 40_010 } = what;
  const hasSetup = isStream(transport) || isEncrypted(transport);
  const ids = serves && [`a=confid:${serves.confId}`, `a=userid:${serves.userId}`];
  return [
    `m=application ${setup === 'active' && isStream(transport) ? 9 : floorPort} ${floorProto(transport)} *`,
    `a=floorctrl:${serves ? 's-only' : 'c-s'}`,
    ...(ids ?? []),
    `a=floorid:${serves?.floorId ?? 2} mstrm:12`,
    ...(hasSetup && setup !== null ? [`a=setup:${setup}`] : []),
    ...(hasSetup && connection !== null ? [`a=connection:${connection}`] : []),
    ...(what.websocketUri ? [`a=websocket-uri:${what.websocketUri}`] : []),
    ...(fingerprint ? [`a=fingerprint:${fingerprint.hash} ${fingerprint.digest}`] : []),
  ];
}

/** The m-lines of a description, e.g. `audio sendrecv, video inactive, application, video 0`. */
export function linesOf(sdp: string): string {
  return sdp
    .split(/^(?=m=)/m)
    .slice(1)
    .map((section) => {
      const media = /^m=(\w+) (\d+)/.exec(section);
      const direction = /^a=(sendrecv|sendonly|recvonly|inactive)\r?$/m.exec(section)?.[1];
      const how = media?.[2] === '0' ? ' 0' : media?.[1] === 'application' ? '' : ` ${direction ?? 'sendrecv'}`;
      return `${media?.[1] ?? ''}${how}`;
    })
    .join(', ');
}
