/** One server of audio conferences, as shown to administrators. */
export interface AudioServerState {
  name: string;
  /** Where it is controlled, host:port. */
  address: string;
  /** `draining` takes no new conferences. */
  state: 'up' | 'draining' | 'down';
  /** Why it is down; null while it is up. */
  problem: string | null;
  conferences: number;
  members: number;
}

/** Servers of audio conferences; none with the embedded mixer. */
export interface AudioServers {
  list(): AudioServerState[];
  /**
   * Takes a server out of service, or back into it: it gets no new conferences, and with `move` those that run there go on
   * on others. False when there is no such server.
   */
  drain(name: string, on: boolean, move: boolean): boolean;
}
