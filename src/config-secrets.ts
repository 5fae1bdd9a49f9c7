import { messageOf } from './base/errors.js';
import type { Settings } from './config-schema.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Passwords of trunks, and of registrations by H.323, by name. A string says which one is missing. */
export function trunkSecretsOf({ sip, h323 }: Settings, env: Environment): ReadonlyMap<string, string> | string {
  const secrets = new Map<string, string>();
  const registrations = h323.enabled ? h323.registrations : [];
  for (const [key, list] of Object.entries({ 'sip.trunks': sip.trunks, 'h323.registrations': registrations })) {
    for (const [index, { name, secretEnv }] of list.entries()) {
      if (secretEnv === undefined) continue;
      const secret = env[secretEnv];
      if (secret === undefined) return `${key}.${index}.secretEnv: the environment variable ${secretEnv} is not set`;
      secrets.set(name, secret);
    }
  }
  return secrets;
}

/** Passwords of the event sockets of FreeSWITCH servers, by name. A string says what is wrong. */
export function audioSecretsOf(
  { audio }: Settings,
  env: Environment,
  readFile: (path: string) => string,
): ReadonlyMap<string, string> | string {
  const secrets = new Map<string, string>();
  if (audio.bridge === 'embedded') return secrets;
  for (const [index, { name, secretEnv, secretFile }] of audio.freeswitch.servers.entries()) {
    const key = `audio.freeswitch.servers.${index}.${secretFile === undefined ? 'secretEnv' : 'secretFile'}`;
    const secret = secretFile === undefined ? env[secretEnv] : contentOf(secretFile, readFile);
    if (secret instanceof Error) return `${key}: ${messageOf(secret)}`;
    if (secret === undefined) return `${key}: the environment variable ${secretEnv} is not set`;
    if (!/^[\x21-\x7e]+$/.test(secret)) return `${key}: a password is one word of printable ASCII`;
    secrets.set(name, secret);
  }
  return secrets;
}

function contentOf(path: string, readFile: (path: string) => string): string | Error {
  try {
    return readFile(path).trim();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
