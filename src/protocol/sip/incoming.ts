import type { Envelope } from './envelope.js';
import type { Flow } from './flow.js';
import type { SipMessage } from './message.js';

/** A received message with what was read of it and where it came from. */
export interface Incoming<M extends SipMessage = SipMessage> {
  message: M;
  envelope: Envelope;
  flow: Flow;
  /** Bytes on the wire. */
  bytes: number;
}
