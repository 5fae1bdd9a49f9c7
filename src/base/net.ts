import type { Disposable } from './disposables.js';

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
  /** Queues bytes; returns false when the send buffer is over its high-water mark. */
  write(data: Uint8Array | string): boolean;
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
  send(data: Uint8Array | string): void;
  onMessage(listener: (data: Buffer) => void): void;
  onClose(listener: (error?: Error) => void): void;
  close(): void;
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

/** Certificate material, PEM. */
export interface TlsMaterial {
  cert: string;
  key: string;
  ca?: string;
}

/** TCP, or TLS with what its role needs. A client with `verify: false` accepts any certificate. */
export type StreamKind = { type: 'tcp' } | { type: 'tls'; server?: TlsMaterial; verify?: boolean; serverName?: string };

/** A listening socket. */
export interface Listener extends Disposable {
  readonly local: Endpoint;
}

/** The network, handed down so that tests can replace it. */
export interface Net {
  /** Binds a UDP socket; port 0 picks a free one. Rejects with the system's error (EADDRINUSE, ...). */
  udp(at: Endpoint): Promise<Datagrams>;
  /** Listens for streams; port 0 picks a free one. */
  listen(at: Endpoint, kind: StreamKind, on: (stream: ByteStream) => void): Promise<Listener>;
  /** Connects; rejects when `timeoutMs` passes first. */
  connect(to: Endpoint, kind: StreamKind, options?: { localAddress?: string; timeoutMs?: number }): Promise<ByteStream>;
}
