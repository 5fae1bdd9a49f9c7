import type { Events } from '../../base/events.js';
import type { Disposable } from '../../base/disposables.js';
import type { Endpoint, MessageStream, Net } from '../../base/net.js';
import type { TlsMaterial } from '../../base/tls.js';
import type { Version } from '../../protocol/bfcp/message.js';
import type { IceCredentials, IceTerms } from '../../protocol/ice/agent.js';
import type { Fingerprint } from '../../protocol/sdp/fingerprint.js';
import type { FloorTransport } from '../../protocol/sdp/floor-rules.js';
import type { FloorDesk, FloorParty } from '../../rooms/floor-party.js';
import type { AssociationOptions, PartyIds } from './end.js';
import type { PortSource } from './ports.js';
import type { ChannelEvents, Standing } from './standing.js';

/** What a party is built from. */
export interface BfcpPartyOptions extends AssociationOptions {
  net: Net;
  /** Address to bind to. */
  bind: string;
  ports: PortSource;
  /** What we show on encrypted transports; without it there are none. */
  identity?: FloorIdentity | null;
  /** Where WebSockets come in; without it there are none. */
  web?: { door: WebDoor; place: WebPlace } | null;
  /** Opens a WebSocket to a server of the peer's, which may be connected to; without it none is opened. */
  dialWeb?: ((server: WebServer) => Promise<MessageStream>) | null;
}

/** A server of WebSockets that the peer names in SDP (RFC 8124), with the fingerprints it tells. */
export interface WebServer {
  uri: string;
  fingerprints: Fingerprint[];
}

/** Lets WebSocket clients in by tokens, one for each call. */
export interface WebDoor {
  /** `take` gets every connection that comes with the token, until the ticket is disposed of. */
  admit(take: (stream: MessageStream) => void): WebTicket;
}

/** A token that is good until it is disposed of. */
export interface WebTicket extends Disposable {
  readonly token: string;
}

/** Where WebSocket clients of one call connect to. */
export interface WebPlace {
  port: number;
  /** Without the token. */
  url: string;
}

/** Our certificate for encrypted transports. */
export interface FloorIdentity extends TlsMaterial {
  fingerprint: Fingerprint;
}

/** What the negotiation said of TLS, RFC 8856 §8. */
export interface FloorTls {
  server: boolean;
  /** One of them has to be that of the certificate which the peer shows. */
  fingerprints: Fingerprint[];
}

/** What the negotiation said of the floor line; `setup` is what we do about the TCP connection. */
export interface HowToMeet {
  transport: FloorTransport;
  setup: 'active' | 'passive' | 'actpass';
  version: Version;
  /** The peer serves, and gave us these numbers; absent where we serve. */
  client?: PartyIds;
  /** Where a server that connects to us comes from. */
  host?: string;
  /** A new channel begins (RFC 4145 §5); absent where the one in use is kept. */
  isNew?: boolean;
  /** On encrypted transports. */
  tls?: FloorTls | null;
  /** Where ICE is used. */
  ice?: IceTerms | null;
  /** Where we open a WebSocket. */
  webServer?: WebServer;
}

/**
 * Floor control with the peer of one dialog, on a port of its own: its floor control server, or where the peer insists on
 * being that, its client.
 */
export interface BfcpParty extends FloorParty {
  /** What SDP has to say: our port, whatever `setup` is. */
  readonly local: { transport: FloorTransport; port: number };
  /** Of our certificate, on encrypted transports. */
  readonly fingerprint?: Fingerprint | null;
  /** Names our end of DTLS (RFC 8842 §4). */
  readonly tlsId?: string;
  /** Our ICE credentials, and those for a restart. */
  readonly ice?: { current: IceCredentials; next: IceCredentials };
  /** We open the WebSocket. */
  readonly dials?: boolean;
  /** Where clients of WebSockets connect to (RFC 8124), with a token that is good for this dialog only. */
  readonly websocketUri?: string;
  readonly ids: PartyIds;
  readonly standing: Standing;
  readonly on: Events<ChannelEvents>;
  /** Monotonic milliseconds of the peer's last valid message, of the opening before that. */
  readonly lastHeard: number;
  /** After the leg joined its room. Requests that came before are answered now. */
  attach(desk: FloorDesk, who: { name: string }): void;
  /** After each negotiation. Null and 0.0.0.0 (address unknown, hold) leave everything as it is. */
  setRemote(remote: Endpoint | null, how: HowToMeet): void;
  /** Says Goodbye and frees the port; the floor is freed by the room. Idempotent. */
  close(): void;
  /** One line for dumps. */
  describe(): string;
}
