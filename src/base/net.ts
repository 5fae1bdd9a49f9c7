import type { Disposable } from './disposables.js';
import type { TlsClient, TlsPeer, TlsServer } from './tls.js';

/** An IP address literal and a port. */
export interface Endpoint {
  address: string;
  port: number;
}

/** A bound UDP socket. */
export interface Datagrams {
  readonly local: Endpoint;
  /** Sends one datagram; failures are reported through `onError`, never thrown. */
  send(data: Uint8Array, to: Endpoint): void;
  onMessage(listener: (data: Buffer, from: Endpoint) => void): void;
  onError(listener: (error: Error) => void): void;
  close(): void;
}

/** A connected byte stream: TCP, TLS or the inside of an upgraded HTTP connection. */
export interface ByteStream {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** Certificate that the other end of a TLS connection showed; null without one. */
  readonly peer: TlsPeer | null;
  /** Queues bytes; returns false when the send buffer is over its high-water mark. */
  write(data: Uint8Array | string): boolean;
  /** Bytes that were written and are not with the system yet: they grow when the other end does not read. */
  queued(): number;
  onData(listener: (data: Buffer) => void): void;
  /** Called exactly once, with the error that ended it or undefined. */
  onClose(listener: (error?: Error) => void): void;
  /** Flushes and closes. */
  end(): void;
  /** Closes at once. */
  destroy(): void;
}

/** A message-wise connection (one WebSocket). */
export interface MessageStream {
  readonly remote: Endpoint;
  readonly local: Endpoint;
  /** As of a byte stream; left out where there is no TLS. */
  readonly peer?: TlsPeer | null;
  send(data: Uint8Array | string): void;
  /** Bytes that wait to be sent; left out where nothing ever waits. */
  queued?(): number;
  onMessage(listener: (data: Buffer) => void): void;
  onClose(listener: (error?: Error) => void): void;
  close(): void;
  /** Closes at once, without a good-bye; left out where `close` does. */
  destroy?(): void;
}

/** A message-wise connection whose flow can be held up. */
export interface PacedStream extends MessageStream {
  /** `sent` is called once, when the message has left for the network or never will. */
  send(data: Uint8Array | string, sent?: () => void): void;
  /** `text` tells how the message was marked. */
  onMessage(listener: (data: Buffer, text: boolean) => void): void;
  /** Stops reading; what has been read still arrives. */
  pause(): void;
  resume(): void;
}

/**
 * TCP, or TLS with what its role needs: `server` to listen, `client` to connect. A client with `verify: false` accepts
 * any certificate.
 */
export type StreamKind =
  { type: 'tcp' } | { type: 'tls'; server?: TlsServer; verify?: boolean; serverName?: string; client?: TlsClient };

/** A listening socket. */
export interface Listener extends Disposable {
  readonly local: Endpoint;
}

/** How a listener treats connections that are not usable yet. */
export interface ListenOptions {
  /**
   * Asked of each connection before anything is read or decrypted; null refuses it. What it returns is called once, when
   * the connection is gone.
   */
  admit?(remote: Endpoint): (() => void) | null;
  /** Longest TLS (and WebSocket) handshake, milliseconds; default 10 s. */
  handshakeMs?: number;
  /** A handshake that failed. */
  failed?(error: Error, remote: Endpoint): void;
}

/** A multicast group of IPv4 that a socket belongs to. */
export interface MulticastGroup {
  address: string;
  /** Addresses of the interfaces by which it is joined; none leaves the choice to the system. */
  interfaces: readonly string[];
}

/** The network, handed down so that tests can replace it. */
export interface Net {
  /**
   * Binds a UDP socket; port 0 picks a free one. Rejects with the system's error (EADDRINUSE, ...). With a group, it also
   * gets what is sent to that, and shares its port with others on this machine who do; it is enough that one interface can.
   */
  udp(at: Endpoint, group?: MulticastGroup): Promise<Datagrams>;
  /** Listens for streams; port 0 picks a free one. */
  listen(at: Endpoint, kind: StreamKind, on: (stream: ByteStream) => void, how?: ListenOptions): Promise<Listener>;
  /** Connects; rejects when `timeoutMs` passes first. */
  connect(to: Endpoint, kind: StreamKind, options?: { localAddress?: string; timeoutMs?: number }): Promise<ByteStream>;
}

/** Listens for WebSockets of one sub-protocol; handed to engines that have no HTTP of their own. */
export type ListenWebSockets = (
  at: Endpoint,
  kind: StreamKind,
  on: (stream: MessageStream) => void,
  how: ListenOptions,
) => Promise<Listener>;
