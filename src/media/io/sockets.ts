import type { ShortWay } from './short-way.js';

/** One bound UDP socket of the io worker. */
export interface MediaSocket {
  readonly port: number;
  /** For sound; sockets that are not the system's own have none. */
  readonly way?: ShortWay | null;
  /**
   * The parts as one datagram, after what was sent before; they are the caller's again on return. Errors are counted, never
   * thrown. What could not be sent at once is dropped.
   */
  send(parts: Uint8Array[], port: number, address: string): void;
  /** What was sent before still goes out. */
  close(): void;
}

/** Takes what arrives; called for every datagram. `data` may be changed, and holds only until it returns: who keeps it copies. */
export type OnDatagram = (data: Buffer, address: string, port: number) => void;

/** Binds sockets; tests have one without a network. */
export interface MediaSockets {
  /** Rejects with the system's error; port 0 lets the system choose. */
  bind(address: string, port: number, onDatagram: OnDatagram): Promise<MediaSocket>;
  /** Tells of what took short ways; it has to be called now and then where there are any. */
  settle?(): void;
}
