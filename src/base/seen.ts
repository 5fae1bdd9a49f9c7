import type { Endpoint } from './net.js';

/** How a message travelled; of what is encrypted, the inside is meant. */
export type Way = 'udp' | 'tcp' | 'tls' | 'dtls' | 'tcp-dtls' | 'ws' | 'wss';

/** One whole message as it passed an edge of ours. */
export interface SeenMessage {
  outgoing: boolean;
  way: Way;
  /** Our end; its address is unspecified where the system chose it. */
  local: Endpoint;
  remote: Endpoint;
  /** Lent: whoever keeps them makes a copy. */
  bytes: Uint8Array;
}

/** Told of messages for whoever wants to look at them later; must not throw. */
export type Seen = (message: SeenMessage) => void;
