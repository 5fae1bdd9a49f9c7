import type { Fingerprint } from '../protocol/sdp/fingerprint.js';
import type { FloorTransport, OfferedSide } from '../protocol/sdp/floor-rules.js';
import type { IceCandidate } from '../protocol/sdp/ice.js';
import type { Abilities, FeccAnswer, LineAnswer, MediaAnswer } from './negotiate.js';
import type { AudioCodecName, Direction, StreamName } from './vocabulary.js';

/** Where one of our lines receives; ports are bound already. */
export interface LocalLine {
  /** Address to advertise, an IP literal. */
  address: string;
  rtpPort: number;
  rtcpPort: number;
  /** What we send under: the media, and what is sent again where that goes apart. */
  sender?: { ssrc: number; resendSsrc: number; cname: string };
}

/** Our end of the floor control channel. */
export interface LocalFloor {
  transport: FloorTransport;
  address: string;
  /** Listening port; for TCP also where we connect out ourselves (the description then says port 9). */
  port: number;
  /** What we give to the client: 0..4294967295, 0..65535, 0..65535. */
  confId: number;
  userId: number;
  floorId: number;
  /** What our own offers state; default actpass. Answers follow the offer (RFC 4145 §4.1). */
  setup?: 'passive' | 'active' | 'actpass';
  /** The TCP connection is to be made anew: the next description says `connection:new`. */
  renew?: boolean;
  /** Which side offers of ours make us; absent is server. Answers follow the offer. */
  side?: OfferedSide;
  /** Version over UDP where the peer's description names none; default 2. */
  silentVersion?: 1 | 2;
  /** Of the certificate we show on an encrypted transport. */
  fingerprint?: Fingerprint | null;
  /** Where clients of WebSockets connect to (RFC 8124). */
  websocketUri?: string | null;
  /** We open the WebSocket, to a server of the peer's. */
  dials?: boolean;
  /** Names our end of a DTLS association (RFC 8842 §4). */
  tlsId?: string | null;
  /** Our ICE credentials, and those for when the peer restarts ICE; absent is without ICE. */
  ice?: { current: IceCredentials; next: IceCredentials } | null;
}

/** What we bring into one exchange; null refuses or switches off the line. */
export interface Locals {
  audio: LocalLine | null;
  video: LocalLine | null;
  content: LocalLine | null;
  floor: LocalFloor | null;
  /** Far-end camera control; absent is refused. */
  fecc?: LocalLine | null;
  /** Low encodings of the peer's main picture and content; absent is refused. */
  lowVideo?: LocalLine | null;
  lowContent?: LocalLine | null;
  abilities: Abilities;
  /** What we wish at most; default sendrecv. */
  direction?: Partial<Record<StreamName, Direction>>;
  /** Of our next offer: sound in these codecs alone, of those that we can. Absent is what is in use. */
  sounds?: readonly AudioCodecName[];
}

/** One agreed line; maps onto LineParams of the media plane. */
export type NegotiatedLine = LineAnswer;

/** The agreed floor control channel. */
export interface NegotiatedFloor {
  transport: FloorTransport;
  /** Where the peer receives (UDP) or listens (TCP passive); null when it connects to us. */
  remote: { address: string; port: number } | null;
  weAre: 'server' | 'client';
  /** Where a server that connects to us comes from; absent where `remote` says it or we serve. */
  host?: string;
  /** Our side of TCP: passive listens, active connects, none for UDP and holdconn. */
  setup: 'passive' | 'active' | 'none';
  /** A new channel begins with this exchange (RFC 4145 §5); false keeps the one in use. */
  isNew: boolean;
  /** Highest version both understand: 1 on TCP, 2 on UDP unless the peer only lists 1. */
  bfcpVersion: 1 | 2;
  /** In force: ours when we are the server, the peer's when it is. */
  confId: number;
  userId: number;
  floorId: number;
  /**
   * On an encrypted transport only: whether we are the server of TLS or DTLS, whoever connects and whoever serves the floor
   * (RFC 8856 §8), and which certificate the peer has to show.
   */
  tls?: { server: boolean; fingerprints: Fingerprint[]; tlsId: string | null };
  /** Where we open a WebSocket. */
  webServer?: { uri: string; fingerprints: Fingerprint[] };
  /** ICE is used: the address above is only one of those where the peer may be. */
  ice?: NegotiatedIce;
}

/** Short-term credentials of one side (RFC 8839 §5.4). */
export interface IceCredentials {
  ufrag: string;
  pwd: string;
}

/** What an exchange agreed of ICE. */
export interface NegotiatedIce {
  ours: IceCredentials;
  theirs: IceCredentials;
  candidates: IceCandidate[];
  /** We nominate. */
  controlling: boolean;
}

/** Outcome of one completed exchange. */
export interface Negotiated {
  lines: Partial<Record<StreamName, NegotiatedLine>>;
  /** Why lines came to nothing; absent where none did. */
  refused?: MediaAnswer['refused'];
  floor: NegotiatedFloor | null;
  fecc: FeccAnswer | null;
  /** Our description of this exchange: the answer to send, or the offer that was answered. */
  sdp: string;
}
