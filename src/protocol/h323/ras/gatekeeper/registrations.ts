import type { Endpoint } from '../../../../base/net.js';
import { sourceOf } from '../../../../base/source.js';
import { endpointText } from '../../addresses.js';
import { aliasKey } from '../../aliases.js';
import type { Registration } from './registration.js';

/** Who is registered. What is put in must not change its keys without `put` again. */
export interface RegistrationStore {
  readonly size: number;
  byIdentifier(endpointIdentifier: string): Registration | undefined;
  byAlias(text: string): Registration | undefined;
  /** The one with the longest prefix of this number that still takes calls. */
  byPrefix(text: string): Registration | undefined;
  bySignalling(address: Endpoint): Registration | undefined;
  /** How many came from this source. */
  fromSource(address: string): number;
  put(registration: Registration): void;
  remove(registration: Registration): void;
  all(): readonly Registration[];
}

/** What a registration is found by. */
interface Keys {
  aliases: string[];
  prefixes: string[];
  signalling: string[];
  source: string;
}

/** Longest prefix that is looked for. */
const longestPrefix = 32;

/** Registrations of this process. */
export class MemoryRegistrations implements RegistrationStore {
  private readonly identifiers = new Map<string, Registration>();
  private readonly aliases = new Map<string, Registration>();
  private readonly prefixes = new Map<string, Set<Registration>>();
  private readonly addresses = new Map<string, Registration>();
  private readonly sources = new Map<string, number>();
  private readonly keys = new Map<Registration, Keys>();

  get size(): number {
    return this.identifiers.size;
  }

  byIdentifier(endpointIdentifier: string): Registration | undefined {
    return this.identifiers.get(endpointIdentifier);
  }

  byAlias(text: string): Registration | undefined {
    return this.aliases.get(aliasKey(text));
  }

  byPrefix(text: string): Registration | undefined {
    const key = aliasKey(text);
    for (let length = Math.min(key.length, longestPrefix); length > 0; length--) {
      for (const one of this.prefixes.get(key.slice(0, length)) ?? []) if (!one.exhausted) return one;
    }
    return undefined;
  }

  bySignalling(address: Endpoint): Registration | undefined {
    return this.addresses.get(endpointText(address));
  }

  fromSource(address: string): number {
    return this.sources.get(sourceOf(address)) ?? 0;
  }

  all(): readonly Registration[] {
    return [...this.identifiers.values()];
  }

  put(registration: Registration): void {
    this.remove(registration);
    const keys: Keys = {
      aliases: registration.aliases.map(aliasKey),
      prefixes: registration.prefixes.map(aliasKey).filter((prefix) => prefix.length <= longestPrefix),
      // Behind NAT several may seem to have the same.
      signalling: registration.traversal ? [] : registration.signalling.map(endpointText),
      source: sourceOf(registration.ras.address),
    };
    this.keys.set(registration, keys);
    this.identifiers.set(registration.endpointIdentifier, registration);
    for (const key of keys.aliases) this.aliases.set(key, registration);
    for (const key of keys.signalling) this.addresses.set(key, registration);
    for (const key of keys.prefixes) this.prefixes.set(key, (this.prefixes.get(key) ?? new Set()).add(registration));
    this.sources.set(keys.source, (this.sources.get(keys.source) ?? 0) + 1);
  }

  remove(registration: Registration): void {
    const keys = this.keys.get(registration);
    if (!keys) return;
    this.keys.delete(registration);
    this.identifiers.delete(registration.endpointIdentifier);
    for (const key of keys.aliases) if (this.aliases.get(key) === registration) this.aliases.delete(key);
    for (const key of keys.signalling) if (this.addresses.get(key) === registration) this.addresses.delete(key);
    for (const key of keys.prefixes) {
      const set = this.prefixes.get(key);
      set?.delete(registration);
      if (set?.size === 0) this.prefixes.delete(key);
    }
    const left = (this.sources.get(keys.source) ?? 1) - 1;
    if (left > 0) this.sources.set(keys.source, left);
    else this.sources.delete(keys.source);
  }
}
