import type { Clock } from './base/clock.js';
import { messageOf } from './base/errors.js';
import type { Chance } from './base/ids.js';
import type { Log } from './base/log.js';
import type { Metrics } from './base/metrics.js';
import type { Config } from './config.js';
import { realmOf } from './config-users-schema.js';
import { Authenticator } from './legs/sip/authenticator.js';
import { KeepOpen } from './legs/sip/keep-open.js';
import { KeptBindings } from './legs/sip/kept-bindings.js';
import { Locations, type RegistrationLimits } from './legs/sip/locations.js';
import type { WayOfPaths } from './legs/sip/reach.js';
import { Registrar } from './legs/sip/registrar.js';
import type { Signalling } from './legs/sip/srf.js';
import { digestAlgorithms, type DigestAlgorithm } from './protocol/sip-values/digest.js';
import { accountsInMemory, devicePasswords, firstOf, secretsOf } from './rooms/accounts.js';
import type { DevicePasswords } from './rooms/device-passwords.js';
import type { Accounts, Secret, Store, User } from './rooms/store.js';
import { databaseFile } from './services/store/file.js';
import { memoryStore } from './services/store/memory-store.js';
import { openSqliteStore } from './services/store/sqlite-store.js';

/** Who our users are, and how their devices register. */
export interface UserSettings {
  /** Those of the configuration; they go before those of the store. */
  configured: readonly { user: User; secrets: readonly Secret[]; password?: string }[];
  realm: string;
  /** Further host names by which this machine is meant. */
  domains: readonly string[];
  algorithms: readonly DigestAlgorithm[];
  nonceMs: number;
  limits: RegistrationLimits;
  /** The database file, or null where nothing is to be kept. */
  file: string | null;
}

/** Nobody, for gateways that have no users. */
export const noUsers: UserSettings = {
  configured: [],
  realm: 'dualstream',
  domains: [],
  algorithms: ['SHA-256', 'MD5'],
  nonceMs: 300_000,
  limits: { least: 60, usual: 600, most: 3600, contactsPerUser: 10 },
  file: null,
};

/** Users and their registered devices. */
export interface Users {
  store: Store;
  accounts: Accounts;
  /** For devices of H.323. */
  passwords: DevicePasswords;
  authenticator: Authenticator;
  registrar: Registrar;
  locations: Locations;
  /** Stops asking devices, writes what is not written, closes the store; idempotent. */
  close(): Promise<void>;
}

/** What the configuration says about users. */
export function userSettingsOf({ sip, store, dataDir }: Config): UserSettings {
  const { algorithms, nonceSeconds, leastSeconds, usualSeconds, mostSeconds, contactsPerUser } = sip.registrar;
  const realm = realmOf(sip);
  const configured = sip.users.map(({ name, display = null, aliases, password, ha1Md5, ha1Sha256, ha1Sha512256 }) => {
    const user = { name, display, aliases };
    if (password !== undefined) return { user, password, secrets: secretsOf(user, password, realm, sip.domains) };
    const hashes = { MD5: ha1Md5, 'SHA-256': ha1Sha256, 'SHA-512-256': ha1Sha512256 };
    const secrets = digestAlgorithms.flatMap((algorithm) => {
      const ha1 = hashes[algorithm];
      return ha1 === undefined ? [] : [{ username: name, realm, algorithm, ha1 }];
    });
    return { user, secrets };
  });
  return {
    ...{ configured, realm, domains: sip.domains, algorithms, nonceMs: nonceSeconds * 1000 },
    limits: { least: leastSeconds, usual: usualSeconds, most: mostSeconds, contactsPerUser },
    file: store.kind === 'sqlite' ? databaseFile(dataDir) : null,
  };
}

type Tools = { clock: Clock; chance: Chance; log: Log; metrics: Metrics };

/** Opens the store and takes up the registrations in it. What is wrong with the file is said, and ends nothing. */
export async function openUsers(
  settings: UserSettings,
  tools: Tools & { signalling: Signalling },
  way: WayOfPaths,
): Promise<Users> {
  const { realm, domains, algorithms, nonceMs, limits } = settings;
  const store = await openStore(settings.file, tools);
  const accounts = firstOf(accountsInMemory(settings.configured), store.users);
  const plain = settings.configured.flatMap(({ user, password }): [string, string][] =>
    password === undefined ? [] : [[user.name, password]],
  );
  const passwords = devicePasswords(accounts, new Map(plain));
  const authenticator = new Authenticator({ ...tools, accounts, realm, domains, algorithms, nonceMs });
  const locations = new Locations(limits, tools, new KeptBindings(store.bindings, tools), way);
  await locations.restore();
  const keepOpen = new KeepOpen(locations, tools.signalling, tools);
  const registrar = new Registrar({ ...tools, accounts, authenticator, locations });
  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    keepOpen.close();
    await locations.close();
    await store.close();
  };
  return { store, accounts, passwords, authenticator, registrar, locations, close: () => (closing ??= close()) };
}

/** The database; where it cannot be had, a store in memory that says why. */
async function openStore(file: string | null, { log, metrics }: Tools): Promise<Store> {
  if (file === null) return memoryStore();
  try {
    return await openSqliteStore(file);
  } catch (error) {
    metrics.count('dualstream_store_failures_total', { reason: 'open' });
    log.error(
      { error: messageOf(error) },
      'Users of the database are not known, registrations are kept in memory only',
    );
    return memoryStore(messageOf(error));
  }
}
