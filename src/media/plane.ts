import type { Disposable } from '../base/disposables.js';
import type { Events } from '../base/events.js';
import type { MediaCipher } from '../protocol/h323/h235/media-keys.js';
import type {
  Direction,
  FecFormat,
  Feedback,
  Format,
  MediaAddress,
  ResendFormat,
  TelephoneEventFormat,
} from './vocabulary.js';

/** Unique among the lines of a process: `<leg id>/<line name>`. */
export type LineId = string;

/** What a line carries; `data` is opaque frames (far-end camera control). */
export type LineKind = 'audio' | 'video' | 'data';

/** A key of payloads (H.235.6), and by what number packets are known that are enciphered with it. */
export interface PayloadKey {
  cipher: MediaCipher;
  /** 16 or 32 octets. */
  key: Uint8Array;
  /** On the wire. */
  payloadType: number;
  /** Number of the format in `receive` or `send` that is in them. */
  format: number;
}

/**
 * Keys of a line's two directions; a direction without is in the plain, one with takes and sends nothing else. Keys of the
 * telephone (`events`) are enciphered like the sound, under their own numbers.
 */
export interface LineKeys {
  /** More than one while a new key is coming into use. */
  receive?: PayloadKey[];
  send?: PayloadKey;
}

/** What a line does at the moment; given again after every answer. */
export interface LineParams {
  /** Our direction: sendonly, recvonly, ... as we stated it. */
  direction: Direction;
  /** Where the peer wants its media; null until known (late offer), or while it is on hold with 0.0.0.0. */
  remote: MediaAddress | null;
  /** Formats the peer may send, numbered as it will number them. */
  receive: Format[];
  /** Formats we may send, numbered as the peer wants them, the preferred one first. */
  send: Format[];
  /** Numbers for what is sent again (RFC 4588), ours and the peer's; absent where it goes under the media's own. */
  rtx?: { receive: ResendFormat[]; send: ResendFormat[] };
  /** Numbers of FEC, ours and the peer's; absent where only one side has it. */
  fec?: { receive: FecFormat; send: FecFormat };
  /** RFC 4733 events in each direction, null where not negotiated. */
  events: { receive: TelephoneEventFormat[]; send: TelephoneEventFormat[] };
  /** Packets without payload show where the peer is: devices send them to open their NAT. Absent: they show nothing. */
  empties?: boolean;
  /** The peer is behind NAT, by H.460.19; absent where that was not agreed on. */
  traversal?: LineTraversal;
  /** Payload numbers of a data line, ours and the peer's. */
  data?: { receive: number; send: number };
  /** Encrypts payloads; absent is plain. SRTP is not here: its keys are the anchor's. */
  keys?: LineKeys;
  /** Feedback that the peer reacts to. All false: `keyframeWanted` is raised instead and the leg uses its own means. */
  feedback: Feedback;
  /** SDES CNAME of our sending half: one per participant whose media this line carries to the peer. */
  cname: string;
  /** What we may send at most, kbit/s; null is unlimited. */
  maxKbps: number | null;
  /** What the peer wants on all its lines together, kbit/s; null or absent is unlimited. */
  callKbps?: number | null;
  /**
   * Shows the peer that we are there, by an empty packet under a number that nothing else has, where nothing else went out
   * for so long, milliseconds, whatever the direction (RFC 6263 §4.6). Absent: it is not shown.
   */
  signsOfLife?: { pt: number; everyMs: number };
  /** True for legs whose silence is normal (hold, mute of both directions): the silence watch rests. */
  held: boolean;
}

/** Media with a peer behind NAT (H.460.19): it goes to where signs of life and media come from. */
export interface LineTraversal {
  /** Payload type of the peer's signs of life; null where it named none. */
  keepAlive: number | null;
  /** What the peer writes before each packet that it sends to shared ports of ours, 1..2^32-1; null where it does not. */
  receiveAs: number | null;
  /** What the peer wants before each packet; null for nothing. */
  sendAs: number | null;
}

/** Ports that lines share. */
export interface SharedPorts {
  rtpPort: number;
  rtcpPort: number;
}

/** Figures of one line; counters run from the line's opening. */
export interface LineStats {
  packetsIn: number;
  bytesIn: number;
  packetsOut: number;
  bytesOut: number;
  /** Packets missing by sequence number on our receiving half. */
  lostIn: number;
  /** RFC 3550 §6.4.1 interarrival jitter, milliseconds. */
  jitterMs: number;
  /** Loss the peer reported of what we send, 0..1; null before its first report. */
  lossOut: number | null;
  /** From LSR/DLSR, milliseconds; null before the first. */
  roundTripMs: number | null;
  /** Over the last second, kbit/s. */
  kbpsIn: number;
  kbpsOut: number;
  /** Packets dropped because they came from an address other than the latched one. */
  strangers: number;
  /** Packets sent once more because the peer missed them. */
  resentOut: number;
  /** Packets that FEC brought back of those missing on our receiving half. */
  recoveredIn: number;
  /** FEC packets sent. */
  protectionOut: number;
  /** Pictures left out of what is sent, because the peer takes less than comes. */
  thinnedOut: number;
  /** What the peer takes at present, kbit/s, by its description and by its requests; null is unlimited. */
  takesKbps: number | null;
  /** What the peer was told to send at most, kbit/s; null while nothing but its description says so. */
  toldKbps: number | null;
  /** The peer gets a low encoding of what is routed to it. */
  lowOut: boolean;
}

/** A packet that a line remembers. */
export interface TracedPacket {
  /** Wall-clock milliseconds since 1970, with fractions. */
  at: number;
  outgoing: boolean;
  /** Our port. */
  port: number;
  remote: { address: string; port: number };
  /** RTCP whole, of RTP the header only. */
  bytes: Uint8Array;
  /** Bytes that it had. */
  length: number;
}

/** Raised by one line. */
export interface LineEvents {
  /** A receiver needs a keyframe and the peer knows no RTCP feedback: ask by INFO or H.245. */
  keyframeWanted: undefined;
  /** A keyframe arrived from the peer. */
  keyframe: undefined;
  /** One RFC 4733 digit (0-9 * # A-D), once per event. */
  digit: { digit: string; durationMs: number };
  /** Neither RTP nor RTCP arrived for this long (raised once, at 15 s); `alive` follows when it comes back. */
  silent: { ms: number };
  alive: undefined;
  /** The peer's first media packet arrived. */
  flowing: undefined;
  /** What the peer sends should change to this rate, kbit/s, and it takes no RTCP for it: tell it by signalling. */
  rateWanted: { kbps: number };
  /** A low encoding of what the peer sends is needed at this rate, kbit/s; null is not any more. */
  lowWanted: { kbps: number | null };
  /** The peer gets the low encoding of what is routed to it, or the full one again. */
  tier: { low: boolean };
  /** What is routed to this line cannot be sent to it, e.g. FU-A to a packetization-mode 0 receiver; null clears it. */
  unforwardable: { reason: string | null; transcodable?: boolean };
  /** Sound comes in a codec of ours that the line it is passed on to does not have: once in each description. */
  unpassed: undefined;
  /** The line is closed, by its owner; with the RTCP that it remembered. */
  closed: { trace: TracedPacket[] };
}

/** One RTP/RTCP port pair, owned by the io worker, seen from the main thread. */
export interface Line {
  readonly id: LineId;
  readonly kind: LineKind;
  /** Number of the line on the frame rings. */
  readonly slot: number;
  /** SSRC of our sending half. */
  readonly ssrc: number;
  /** SSRC of what we send again where that goes apart. */
  readonly resendSsrc?: number;
  /** What we sign as our address, and the ports bound. */
  readonly local: MediaAddress;
  readonly params: LineParams | null;
  readonly on: Events<LineEvents & { params: LineParams }>;
  /** Applies the outcome of a negotiation; idempotent. */
  update(params: LineParams): void;
  /** Asks the peer for a keyframe now, debounced per source. */
  refresh(): void;
  /**
   * Presses keys towards the peer by RFC 4733, after those pressed before: 0-9 * # A-D, others are left out. False where no
   * events were negotiated.
   */
  press(digits: string, durationMs: number): boolean;
  stats(): Promise<LineStats>;
  /** The latest RTCP; with `rtpMs`, also headers of RTP from now on for so long, and the answer comes after that. */
  trace(rtpMs: number): Promise<TracedPacket[]>;
  /** Sends RTCP BYE and frees the ports; idempotent. */
  close(): void;
}

/** What to open. */
export interface OpenLine {
  id: LineId;
  kind: LineKind;
  /** Address to bind. */
  bind: string;
  /** Address to write into descriptions (behind a NAT it differs from `bind`). */
  advertise: string;
}

/** The media threads as seen from the main thread. */
export interface MediaPlane extends Disposable {
  /** Binds an RTP/RTCP pair; rejects with OutOfPorts. */
  open(spec: OpenLine): Promise<Line>;
  /**
   * Binds a port pair that lines share (`LineTraversal`), once for each address. RTCP is one above; port 0 lets the system
   * choose. Rejects with CannotBind.
   */
  share(bind: string, port: number): Promise<SharedPorts>;
  /** Video: what `source` receives goes out on `sink` from its next keyframe on; null stops it. */
  route(sink: Line, source: Line | null): void;
  /**
   * What `full` receives comes on `low` in a low encoding, which receivers are given that take less; null and `possible`: it
   * comes when that is wanted of the peer.
   */
  lower(full: Line, low: Line | null, possible: boolean): void;
  /**
   * Data and sound: what `source` receives goes out on `sink` as it is; null stops it. Many lines of data may feed one sink.
   * Sound that is passed on so does not reach the audio bridge, and goes in the codecs that both lines have; keys do not go
   * with it. What the audio bridge asks for (`by`) counts where the room asks for nothing: a member may be passed on to another
   * one before the bridge has let it go.
   */
  feed(source: Line, sink: Line | null, by?: 'room' | 'bridge'): void;
  /** Every route as a printed chain, e.g. `leg1/video H264(97) -> leg2/video H264(109)`, sorted. */
  chains(): string[];
}
