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
  }));
}
