import type { Endpoint } from '../base/net.js';
import type { LineKeys, LineParams, LineTraversal } from './plane.js';
import type { Direction, Format, MediaAddress, TelephoneEventFormat } from './vocabulary.js';

/** A channel on which we send. */
export interface SendingChannel {
  /** Null for opaque data. */
  format: Format | null;
  /** Where the peer receives, as it acknowledged the channel. */
  media: Endpoint | null;
  control: Endpoint | null;
  /** The peer's capability and its flow control, kbit/s. */
  maxKbps: number | null;
}

/** A channel on which the peer sends. */
export interface ReceivingChannel {
  /** Numbered as its opener chose. */
  formats: readonly Format[];
  /** Where the peer takes our RTCP. */
  control: Endpoint | null;
  /** The peer says that nothing useful comes. */
  muted: boolean;
}

/** Both directions of one session, which share our port pair. */
export interface Session {
  sends: SendingChannel | null;
  receives: ReceivingChannel | null;
  /** RFC 4733, what we take and what the peer takes. */
  events: { receive: readonly TelephoneEventFormat[]; send: readonly TelephoneEventFormat[] };
  /** The peer is behind NAT. */
  traversal?: LineTraversal | undefined;
  /** Payload numbers of a line of opaque data. */
  data?: { receive: number; send: number };
  /** Of channels that are encrypted; absent where none is. */
  keys?: LineKeys;
}

/** What a line of the media plane does for the channels that are open now. */
export function paramsOfSession(session: Session, cname: string): LineParams {
  const { sends, receives, events, data, keys, traversal } = session;
  const hears = receives !== null && !receives.muted;
  return {
    direction: directionOf(sends !== null, hears),
    remote: remoteOf(sends, receives),
    receive: receives ? [...receives.formats] : [],
    send: sends?.format ? [sends.format] : [],
    events: { receive: [...events.receive], send: sends ? [...events.send] : [] },
    ...(data ? { data } : {}),
    ...(keys ? { keys } : {}),
    empties: true,
    ...(traversal ? { traversal } : {}),
    // keyframes and rates go by H.245
    feedback: { pli: false, fir: false, nack: false, remb: false },
    maxKbps: sends?.maxKbps ?? null,
    // nobody has to hear from a peer that says it is muted
    held: receives?.muted === true,
    cname,
  };
}

function directionOf(sends: boolean, receives: boolean): Direction {
  if (sends) return receives ? 'sendrecv' : 'sendonly';
  return receives ? 'recvonly' : 'inactive';
}

/** RTP of a channel that we only receive on goes nowhere; its address is that of RTCP, one below (RFC 3550 §11). */
function remoteOf(sends: SendingChannel | null, receives: ReceivingChannel | null): MediaAddress | null {
  const media = sends?.media ?? null;
  const control = sends?.control ?? receives?.control ?? null;
  if (media) {
    const sameHost = control !== null && control.address === media.address;
    return { address: media.address, rtpPort: media.port, rtcpPort: sameHost ? control.port : media.port + 1 };
  }
  return control && { address: control.address, rtpPort: Math.max(1, control.port - 1), rtcpPort: control.port };
}
