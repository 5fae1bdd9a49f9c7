import { mkdirSync } from 'node:fs';
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

/** For `recordings.servers` of a gateway: all of them record into this folder, which is made; null for the embedded mixer. */
export function recordingsAt(directory: string): { directory: string; seen: Map<string, string> } | null {
  if (!servers) return null;
  mkdirSync(directory, { recursive: true });
  return { directory, seen: new Map(servers.map(({ name }) => [name, directory])) };
}

/**
 * The same for a configuration file: `{ audio }`, or nothing for the embedded mixer. Passwords go by the environment of this
 * process, which programs that are started inherit.
 */
export function audioInConfig(these = servers): { audio?: object } {
  if (!these) return {};
  const list = these.map(({ name, esl, sip, password, membersPerConference }, index) => {
    const secretEnv = `FREESWITCH_OF_TEST_${index}`;
    process.env[secretEnv] = password;
    return { name, esl: { host: esl.address, port: esl.port }, sip, secretEnv, membersPerConference };
  });
  return { audio: { bridge: 'freeswitch', freeswitch: { servers: list } } };
}
