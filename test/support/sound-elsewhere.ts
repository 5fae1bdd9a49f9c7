import type { ServerSettings } from '../../src/bridges/freeswitch/server.js';

let servers: readonly ServerSettings[] | null = null;

/** What is started from now on has its rooms mixed by these FreeSWITCH servers. */
export function useSoundAt(these: readonly ServerSettings[]): void {
  servers = these;
}

/** The servers to use, or null for the embedded mixer. */
export function soundElsewhere(): readonly ServerSettings[] | null {
  return servers;
}
