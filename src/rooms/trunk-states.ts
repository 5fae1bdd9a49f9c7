/** One server of a trunk, as shown to administrators. */
export interface TrunkServerState {
  /** Where it takes calls, e.g. `sip:192.0.2.7:5060;transport=tcp`, or where a gatekeeper is, `h323:192.0.2.9:1719`. */
  uri: string;
  /** `aside`: it asked to be left alone (503 with Retry-After). Calls go to `down` and `aside` only after the others. */
  state: 'unknown' | 'up' | 'down' | 'aside';
  /** Why it is down or aside, else null. */
  reason: string | null;
  /** Until when it is aside, in wall-clock milliseconds since 1970, else null. */
  asideUntil: number | null;
}

/** One way to other telephone systems. */
export interface TrunkState {
  name: string;
  /** Calls that go out through it now, and how many may; null where nothing limits them. */
  calls: number;
  maxCalls: number | null;
  /** Whether we are registered there; null where we do not register. */
  registered: boolean | null;
  /** In the order of the configuration. */
  servers: TrunkServerState[];
}

/** How trunks are. */
export interface TrunkStates {
  list(): TrunkState[];
}

/** Trunks of several kinds as one list. */
export function statesOf(...kinds: readonly TrunkStates[]): TrunkStates {
  return { list: () => kinds.flatMap((kind) => kind.list()) };
}
