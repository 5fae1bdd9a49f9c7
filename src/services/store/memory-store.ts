import { NameTaken } from '../../rooms/store-errors.js';
import type { Binding, BindingStore, Secret, Store, User, UserStore } from '../../rooms/store.js';

/** A store that ends with the process: for tests, and where no file can be had. */
export function memoryStore(problem: string | null = null): Store {
  return { users: new MemoryUsers(), bindings: memoryBindings(), problem, close: () => Promise.resolve() };
}

class MemoryUsers implements UserStore {
  private readonly entries = new Map<string, { user: User; secrets: readonly Secret[] }>();

  find(name: string): Promise<User | null> {
    return Promise.resolve(this.owner(name));
  }

  secret(claim: Omit<Secret, 'ha1'>): ReturnType<UserStore['secret']> {
    for (const { user, secrets } of this.entries.values()) {
      const found = secrets.find((one) => isFor(one, claim));
      if (found) return Promise.resolve({ user, ha1: found.ha1 });
    }
    return Promise.resolve(null);
  }

  list(after: string | null, limit: number): Promise<User[]> {
    const names = [...this.entries.keys()].filter((name) => after === null || name > after).sort();
    return Promise.resolve(names.slice(0, limit).flatMap((name) => this.entries.get(name)?.user ?? []));
  }

  put(user: User, secrets: readonly Secret[]): Promise<void> {
    for (const name of [user.name, ...user.aliases]) {
      const owner = this.owner(name);
      if (owner && owner.name !== user.name) return Promise.reject(new NameTaken(name));
    }
    this.entries.set(user.name, { user, secrets });
    return Promise.resolve();
  }

  remove(name: string): Promise<boolean> {
    return Promise.resolve(this.entries.delete(name));
  }

  private owner(name: string): User | null {
    for (const { user } of this.entries.values()) if (user.name === name || user.aliases.includes(name)) return user;
    return null;
  }
}

function isFor(secret: Secret, claim: Omit<Secret, 'ha1'>): boolean {
  return (['username', 'realm', 'algorithm'] as const).every((key) => secret[key] === claim[key]);
}

function memoryBindings(): BindingStore {
  const kept = new Map<string, Binding>();
  return {
    all: () => Promise.resolve([...kept.values()]),
    change({ put, remove }) {
      for (const id of remove) kept.delete(id);
      for (const binding of put) kept.set(binding.id, binding);
      return Promise.resolve();
    },
  };
}
