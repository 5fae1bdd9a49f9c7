import type { DigestAlgorithm } from '../protocol/sip-values/digest.js';

/** Somebody who has a name and a secret here. */
export interface User {
  /** Unique; what devices authenticate as, and the user part of the address of record. */
  name: string;
  /** What others see; null shows what the device says. */
  display: string | null;
  /** Further user parts that lead to the same person. */
  aliases: readonly string[];
}

/**
 * What a password is kept for: digests of SIP, or H.235.1, which wants its SHA-1 alone. That one has no realm and the
 * user's own name only.
 */
export type SecretAlgorithm = DigestAlgorithm | 'H.235';

/** H(username:realm:password) by one algorithm, lower-case hexadecimal: what is kept in place of a password. */
export interface Secret {
  /** As devices write it: the name, an alias, or either with a domain. */
  username: string;
  realm: string;
  algorithm: SecretAlgorithm;
  ha1: string;
}

/** Who may authenticate. Rejects with StoreUnavailable when it cannot be told. */
export interface Accounts {
  /** By name or alias. */
  find(name: string): Promise<User | null>;
  /** The secret behind what a device claims, and whose it is; null where there is none. */
  secret(claim: Omit<Secret, 'ha1'>): Promise<{ user: User; ha1: string } | null>;
}

/** A device at which a user is reached (RFC 3261 §10), as it is kept over restarts. */
export interface Binding {
  /** Random; names it in the API. */
  id: string;
  /** Name of the user. */
  user: string;
  /** Contact URI as registered. */
  contact: string;
  /** The other parameters of the Contact header as written (`;+sip.instance="..."`), for the answer to a query. */
  params: string;
  /** Preference in thousandths. */
  q: number;
  /** `+sip.instance` with its brackets, or null. */
  instance: string | null;
  /** With `instance`: the flow of an outbound device (RFC 5626), or null. */
  regId: number | null;
  /** Proxies on the way to the device, nearest to us first (RFC 3327), each as it is written in a Route. */
  path: readonly string[];
  agent: string;
  transport: 'udp' | 'tcp' | 'tls' | 'ws' | 'wss';
  /** Where the REGISTER came from. */
  address: string;
  port: number;
  callId: string;
  cseq: number;
  /** Wall-clock milliseconds since 1970. */
  registeredAt: number;
  expiresAt: number;
}

/** Users that were made by command rather than by configuration. Writes reject with StoreUnavailable. */
export interface UserStore extends Accounts {
  /** In order of names, those after `after`. */
  list(after: string | null, limit: number): Promise<User[]>;
  /** Adds a user or puts another in the place of one with this name. */
  put(user: User, secrets: readonly Secret[]): Promise<void>;
  /** False when there is none. */
  remove(name: string): Promise<boolean>;
}

/** Registrations. Rejects with StoreUnavailable. */
export interface BindingStore {
  all(): Promise<Binding[]>;
  /** Everything or nothing. */
  change(change: { put: readonly Binding[]; remove: readonly string[] }): Promise<void>;
}

/** What outlives the process. One contract suite proves every implementation. */
export interface Store {
  readonly users: UserStore;
  readonly bindings: BindingStore;
  /** Why nothing is kept, or null. */
  readonly problem: string | null;
  /** Idempotent. */
  close(): Promise<void>;
}
