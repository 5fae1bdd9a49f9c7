import { createHash } from 'node:crypto';
import { digestAlgorithms, digestSecret } from '../protocol/sip-values/digest.js';
import type { DevicePasswords } from './device-passwords.js';
import type { Accounts, Secret, User } from './store.js';

/** What a device may write as `username`: each name alone and with each domain. */
export function usernamesOf(user: Pick<User, 'name' | 'aliases'>, domains: readonly string[]): string[] {
  const names = [user.name, ...user.aliases];
  return [...new Set([...names, ...names.flatMap((name) => domains.map((domain) => `${name}@${domain}`))])];
}

/** Secrets of a password, for every algorithm and every way to write the name. */
export function secretsOf(
  user: Pick<User, 'name' | 'aliases'>,
  password: string,
  realm: string,
  domains: readonly string[],
): Secret[] {
  return usernamesOf(user, [realm, ...domains]).flatMap((username) =>
    digestAlgorithms.map((algorithm) => ({
      ...{ username, realm, algorithm },
      ha1: digestSecret(algorithm, username, realm, password),
    })),
  );
}

/** What devices of H.323 prove the password with. It knows no salt: of use to whoever gets it, like the password. */
export function deviceSecretOf({ name }: Pick<User, 'name'>, password: string): Secret {
  const sha1 = createHash('sha1').update(password).digest('hex');
  return { username: name, realm: '', algorithm: 'H.235', ha1: sha1 };
}

/** Passwords of devices out of accounts, and out of those that are known in plain. */
export function devicePasswords(accounts: Accounts, plain: ReadonlyMap<string, string>): DevicePasswords {
  return {
    async of(name) {
      const user = (await accounts.find(name)) ?? (await accounts.find(name.toLowerCase()));
      if (!user) return null;
      const password = plain.get(user.name);
      if (password !== undefined) return { user: user.name, secret: { password } };
      const kept = await accounts.secret({ username: user.name, realm: '', algorithm: 'H.235' });
      return { user: user.name, secret: kept && kept.user.name === user.name ? { sha1: kept.ha1 } : null };
    },
  };
}

/** Accounts held in memory, as those of the configuration. A name is given to the first that has it. */
export function accountsInMemory(entries: Iterable<{ user: User; secrets: readonly Secret[] }>): Accounts {
  const names = new Map<string, User>();
  const secrets = new Map<string, { user: User; ha1: string }>();
  for (const { user, secrets: own } of entries) {
    for (const name of [user.name, ...user.aliases]) if (!names.has(name)) names.set(name, user);
    for (const secret of own) {
      const key = keyOf(secret);
      if (!secrets.has(key)) secrets.set(key, { user, ha1: secret.ha1 });
    }
  }
  return {
    find: (name) => Promise.resolve(names.get(name) ?? null),
    secret: (claim) => Promise.resolve(secrets.get(keyOf(claim)) ?? null),
  };
}

function keyOf({ username, realm, algorithm }: Omit<Secret, 'ha1'>): string {
  return `${algorithm} ${realm} ${username}`;
}

/** The first that knows a name decides about it, also when it has no such secret. */
export function firstOf(...all: readonly Accounts[]): Accounts {
  const find = async (name: string, among = all): Promise<User | null> => {
    for (const accounts of among) {
      const user = await accounts.find(name);
      if (user) return user;
    }
    return null;
  };
  return {
    find: (name) => find(name),
    async secret(claim) {
      for (const [index, accounts] of all.entries()) {
        const found = await accounts.secret(claim);
        if (found && !(await find(found.user.name, all.slice(0, index)))) return found;
      }
      return null;
    },
  };
}
