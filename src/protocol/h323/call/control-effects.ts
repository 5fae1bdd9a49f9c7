import type { Endpoint } from '../../../base/net.js';
import type { ControlEnd } from './contract.js';

/** An H.245 connection. */
export interface ControlChannel {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** One PDU. */
  send(pdu: Buffer): void;
  /** Sends what is left and closes. */
  close(): void;
}

/** What a path asks of the call around it. */
export interface ControlPathEffects {
  /** Sends these in one message of call signalling: the one that is being written, or a Facility. */
  tunnel(pdus: Buffer[]): void;
  /** Asks the peer by Facility (startH245) to connect to `at`. */
  startH245(at: Endpoint): void;
  /** Connects; ends in `connected` or `failed`. */
  dial(to: Endpoint): void;
  /** Listens for one connection; ends in `listening`, and then in `connected`. */
  listen(): void;
  /** Gives up listening and connecting. */
  stop(): void;
  /** Starts a timer that ends in `elapsed`. */
  wait(timer: ControlTimer): void;
  done(timer: ControlTimer): void;
  /** The peer said endSession, or its connection is lost: it has little time to release the call. */
  ending(how: 'endSession' | 'lost'): void;
  closed(end: ControlEnd, why: string): void;
  count(event: string): void;
}

/** `control`: nothing became of it. `controlAgain`: the peer has not connected yet. */
export type ControlTimer = 'control' | 'controlAgain';

/** What a message says of H.245. */
export interface ControlWords {
  /** h245Tunnelling. */
  tunnelling: boolean | undefined;
  /** Leaving it out means no. */
  conclusive: boolean;
  /** h245Address. While tunnelling holds it means nothing without `startH245`. */
  address: Endpoint | null;
  /** Facility startH245. */
  startH245: boolean;
}
