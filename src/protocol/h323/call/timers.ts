/**
 * Times of a call, milliseconds. Q.931 §9 has T303 of 4 s and T310 of 10 s for networks that answer by themselves; devices
 * ask a gatekeeper first, and gateways another network, so they get longer.
 */
export interface CallTimes {
  /** TCP to the peer. */
  connect: number;
  /** Setup until any answer. */
  T303: number;
  /** CallProceeding until Alerting or Connect. */
  T310: number;
  /** Alerting until Connect. */
  T301: number;
  /** As callee: Setup until we say CallProceeding although nobody has decided anything. */
  proceeding: number;
  /** As callee: Setup until we answer or refuse. */
  answer: number;
  /** Connect until H.245 is open. */
  control: number;
  /** Waits for the peer's H.245 connection until it is asked again, or made by us. */
  controlAgain: number;
  /** EndSession, or the loss of the H.245 connection, until ReleaseComplete. */
  endSession: number;
  /** A device behind NAT is to connect to us. */
  dialBack: number;
}

export const usualTimes: CallTimes = {
  connect: 10_000,
  T303: 10_000,
  T310: 60_000,
  T301: 180_000,
  proceeding: 500,
  answer: 240_000,
  control: 30_000,
  controlAgain: 3000,
  endSession: 3000,
  dialBack: 10_000,
};

/** Bounds and times of connections. */
export interface ConnectionLimits {
  /** Accepted connections in all, and of one source. */
  connections: number;
  perSource: number;
  /** Calls on one connection. */
  callsPerConnection: number;
  /** Calls in all. */
  calls: number;
  /** Messages that make no sense, on one connection, before it is closed. */
  faults: number;
  /**
   * What one source may send on all its connections, a second and at once: a packet counts one and one more for every 512
   * octets, a tunnelled message of H.245 one.
   */
  unitsPerSecond: number;
  unitsBurst: number;
  /** Octets that wait for a peer that does not read. */
  queued: number;
  /** Accepted, and no Setup so far. */
  silentMs: number;
  /** A begun packet must be whole within this. */
  partialMs: number;
  /** Kept without a call, where the peer asked for it (maintainConnection). */
  idleMs: number;
  /** A peer that does not close its end after ours is cut off. */
  lingerMs: number;
  /** Empty packets on connections through NAT (H.460.18). */
  keepAliveMs: number;
}

export const usualLimits: ConnectionLimits = {
  connections: 2000,
  perSource: 200,
  callsPerConnection: 100,
  calls: 2000,
  faults: 10,
  unitsPerSecond: 4000,
  unitsBurst: 20_000,
  queued: 1 << 20,
  silentMs: 10_000,
  partialMs: 5000,
  idleMs: 60_000,
  lingerMs: 5000,
  keepAliveMs: 19_000,
};
