import type { Disposable } from '../../base/disposables.js';
import type { Endpoint } from '../../base/net.js';
import type { SeenMessage } from '../../base/seen.js';
import type { TlsPeer } from '../../base/tls.js';

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
  /** Name of the listener it came in by or, for those we made, of the one it is told to answer to; null without one. */
  readonly listener: string | null;
  /** Certificate the peer showed; null without. */
  readonly peer: TlsPeer | null;
  /** Queues bytes; a closed flow drops them. */
  send(data: Buffer): void;
  /** Called once when a connection ends; never for UDP. */
  onClose(listener: () => void): Disposable;
  /** Ends the connection when what was queued is sent; nothing for UDP. */
  close(): void;
  /** Ends the connection at once; nothing for UDP. */
  abort(): void;
}

/** A message of a flow for those who look on; where the system chose our address, what peers are told stands for it. */
export function seenOn(flow: Flow, bytes: Buffer, outgoing: boolean): SeenMessage {
  const { transport: way, local, remote, advertised } = flow;
  const chosen = local.address === '0.0.0.0' || local.address === '::';
  return { outgoing, way, local: chosen ? advertised : local, remote, bytes };
}

/** Why we end a connection. */
export type DropReason = 'junk' | 'framing' | 'too_long' | 'unfinished' | 'silent' | 'idle' | 'slow_reader' | 'no_pong';

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
