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

/** Who may authenticate. */
export interface Accounts {
  /** By name or alias. */
  find(name: string): Promise<User | null>;
  /**
   * The secret behind what a device wrote as `username`, H(username:realm:password) by this algorithm in lower-case
   * hexadecimal; null where there is none.
   */
  secret(username: string, algorithm: DigestAlgorithm): Promise<{ user: User; ha1: string } | null>;
}
