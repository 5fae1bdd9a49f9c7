import type { Disposable } from '../../base/disposables.js';
import type { Endpoint } from '../../base/net.js';

export type TransportName = 'udp' | 'tcp' | 'tls' | 'ws' | 'wss';

/**
 * A way to one peer: a connection, or a UDP socket with a remote address. Messages are sent down the flow they belong to.
 */
export interface Flow {
  readonly transport: TransportName;
  readonly reliable: boolean;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** What Via and Contact say of our end. */
  readonly advertised: Endpoint;
  readonly open: boolean;
  /** Queues bytes; a closed flow drops them. */
  send(data: Buffer): void;
  /** Called once when a connection ends; never for UDP. */
  onClose(listener: () => void): Disposable;
  /** Ends the connection when what was queued is sent; nothing for UDP. */
  close(): void;
  /** Ends the connection at once; nothing for UDP. */
  abort(): void;
}

/** Receives every whole message (or what should be one). */
export type FlowReceiver = (data: Buffer, flow: Flow) => void;

/** Shared list of close listeners. */
export class Closers {
  private readonly listeners = new Set<() => void>();
  private done = false;

  add(listener: () => void): Disposable {
    if (this.done) listener();
    else this.listeners.add(listener);
    return { dispose: () => void this.listeners.delete(listener) };
  }

  run(): void {
    if (this.done) return;
    this.done = true;
    for (const listener of [...this.listeners]) listener();
    this.listeners.clear();
  }
}
