import type { Clock } from '../../base/clock.js';
import type { Chance } from '../../base/ids.js';
import type { Log } from '../../base/log.js';
import type { Metrics } from '../../base/metrics.js';
import type { ListenWebSockets, Net } from '../../base/net.js';
import type { Seen } from '../../base/seen.js';
import type { TlsMaterial, TlsPeer, TlsRules, TlsServer } from '../../base/tls.js';
import type { Flow, TransportName } from './flow.js';

/**
 * One address to listen on. `advertise` is what peers are told instead of the bound address: always the same, or chosen
 * by the peer's address and the one of ours that it has reached (undefined when that is not known).
 */
export interface ListenAt {
  transport: TransportName;
  address: string;
  port: number;
  /** By default transport and port, e.g. `udp-5060`. */
  name?: string;
  advertise?: string | ((peer: string, via: string | undefined) => string);
  /** For `tls` and `wss`. */
  tls?: TlsServer;
  /** For `ws` and `wss`: opens the listener. */
  open?: ListenWebSockets;
}

/** Bounds of the transport layer. */
export interface TransportLimits {
  /** Bytes of one message. */
  message: number;
  /** Connections accepted at one time, WebSockets included. */
  connections: number;
  /** Of these, from one source. */
  connectionsPerSource: number;
  /** Bytes that wait for a peer that does not read. */
  queued: number;
  /** Seconds until a connection without traffic, dialog and registration is closed. */
  idleSeconds: number;
  /** Seconds until an accepted connection without one whole message is closed. */
  silentSeconds: number;
  /** Seconds of a TLS or WebSocket handshake. */
  handshakeSeconds: number;
}

/** Bounds that suit a gateway on the open internet. */
export const defaultLimits: TransportLimits = {
  message: 65_536,
  connections: 4000,
  connectionsPerSource: 500,
  queued: 1 << 20,
  idleSeconds: 600,
  silentSeconds: 60,
  handshakeSeconds: 10,
};

/** How TLS servers are called. */
export interface OutgoingTls {
  /** Whether their certificates are checked. */
  verify: boolean;
  /** Authorities besides the well-known ones, and the certificate that we show: asked at each connection. */
  current?: () => { ca?: string; own?: TlsMaterial };
  /** Whether `*.example.org` is taken for a domain, against RFC 5922. */
  wildcards?: boolean;
  rules?: TlsRules;
}

export interface TransportOptions {
  net: Net;
  clock: Clock;
  chance: Chance;
  log: Log;
  metrics: Metrics;
  limits: TransportLimits;
  tls: OutgoingTls;
  /** How often connections that we made and need are pinged; 0 never. */
  keepAliveSeconds: number;
  /** Whether a dialog or a registration goes by this connection. */
  inUse(flow: Flow): boolean;
  /** Told of what is sent. */
  seen?: Seen;
}

/** What is known of where a request came in. */
export interface Arrival {
  /** Name of the listener; null for WebSockets of the web listener. */
  listener: string | null;
  transport: TransportName;
  /** Certificate of the caller, verified or not; null without. */
  peer: TlsPeer | null;
  /** Address that callers of this listener are told always, or null. */
  advertise: string | null;
}
