import { join, resolve } from 'node:path';
import { isLoopback } from './rooms/policy.js';
import type { RoomRecordings } from './compose-rooms.js';
import type { ServerSettings } from './bridges/freeswitch/server.js';
import type { Config } from './config.js';

/** The FreeSWITCH servers that mix; null where the gateway does it itself. */
export function audioOf({ audio, audioSecrets }: Config): readonly ServerSettings[] | null {
  if (audio.bridge === 'embedded') return null;
  return audio.freeswitch.servers.map(({ name, esl, sip, membersPerConference }) => ({
    name,
    esl: { address: esl.host, port: esl.port },
    password: audioSecrets.get(name) ?? '',
    sip,
    membersPerConference,
    profile: audio.freeswitch.profile,
  }));
}

/** How rooms are recorded; null where nothing is. */
export function recordingsOf({ audio, dataDir }: Config): RoomRecordings | null {
  const { who, maxMinutes: minutes, maxRecordings, maxMegabytes, keepDays: days, directory } = audio.recordings;
  if (who === 'nobody') return null;
  const most = { recordings: maxRecordings, bytes: maxMegabytes * 1_000_000, minutes, days };
  return {
    who,
    directory: resolve(directory ?? join(dataDir, 'recordings')),
    servers: foldersOf({ audio, dataDir }),
    most,
  };
}

/** Where FreeSWITCH servers write, and where the gateway sees that. */
function foldersOf({ audio, dataDir }: Pick<Config, 'audio' | 'dataDir'>): RoomRecordings['servers'] {
  if (audio.bridge === 'embedded') return null;
  const directory = audio.freeswitch.recordings ?? resolve(dataDir, 'freeswitch/recordings');
  const seen = new Map<string, string>();
  for (const { name, esl, recordings } of audio.freeswitch.servers) {
    const here = esl.host === 'localhost' || isLoopback(esl.host) ? directory : null;
    const folder = recordings ?? here;
    if (folder !== null) seen.set(name, resolve(folder));
  }
  return { directory, seen };
}
