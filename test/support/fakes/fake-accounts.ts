import { digestAlgorithms, digestSecret, type DigestAlgorithm } from '../../../src/protocol/sip-values/digest.js';
import type { Accounts, User } from '../../../src/rooms/store.js';

/** Users of one realm by name, with their password. */
export function fakeAccounts(
  realm: string,
  users: Record<string, string>,
  algorithms: readonly DigestAlgorithm[] = digestAlgorithms,
): Accounts {
  const userOf = (name: string): User | null => (name in users ? { name, display: null, aliases: [] } : null);
  return {
    find: (name) => Promise.resolve(userOf(name)),
    secret({ username, realm: asked, algorithm }) {
      const user = userOf(username.replace(`@${realm}`, ''));
      if (!user || asked !== realm || algorithm === 'H.235' || !algorithms.includes(algorithm))
        return Promise.resolve(null);
      return Promise.resolve({ user, ha1: digestSecret(algorithm, username, realm, users[user.name] ?? '') });
    },
  };
}
