import { digestAlgorithms, digestSecret } from '../protocol/sip-values/digest.js';
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
