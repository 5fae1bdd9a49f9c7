import type { Chance } from '../../../base/ids.js';
import { bitsOf, type Bits } from '../../asn1/octets.js';
import { dhGroups, HalfKey, numberOf, parametersOf, type DhGroup } from './groups.js';
import { KeyFault } from './key-fault.js';
import type { ClearToken, DHset } from './schema.js';

// Half keys of Diffie-Hellman go in clearTokens (`tokens`) of call signalling: those of the caller in its Setup, one token for
// each group it has; that of the callee in Connect, or in a message before it, for the group that it chose. A token
// without a half key says that the media keys that follow in H.245 are of the third version of H.235.

/** "V3-KEY" of H.235.6: key material of H.245 is V3KeySyncMaterial. */
export const thirdVersion = '0.0.8.235.0.3.24';

/** Groups that calls of ours offer: the longest that a Setup has room for beside others, and the one that all devices have. */
const offered: readonly string[] = ['DH2048', 'DH1024'];

/** What both sides know after the exchange and nobody else. */
export interface SharedSecret {
  group: DhGroup;
  /** As long as the prime. */
  octets: Buffer;
}

/** A caller's side: half keys for its Setup. */
export class KeyOffer {
  private readonly halves: readonly HalfKey[];

  constructor(chance: Chance) {
    this.halves = dhGroups.filter(({ name }) => offered.includes(name)).map((group) => new HalfKey(group, chance));
  }

  get tokens(): ClearToken[] {
    return tokensOf(this.halves);
  }

  /**
   * The secret by the callee's answer; null where it has no keys for us.
   * @throws KeyFault
   */
  answered(tokens: readonly ClearToken[]): SharedSecret | null {
    for (const half of this.halves) {
      const theirs = halfKeyIn(tokens, half.group);
      if (theirs) return { group: half.group, octets: half.shared(theirs) };
    }
    return null;
  }
}

/** A callee's answer. */
export interface KeyAnswer {
  tokens: ClearToken[];
  secret: SharedSecret;
}

/**
 * Answers a caller's half keys by the longest group that both have; null where it has none for us.
 * @throws KeyFault
 */
export function answerKeys(tokens: readonly ClearToken[], chance: Chance): KeyAnswer | null {
  for (const group of dhGroups) {
    const theirs = halfKeyIn(tokens, group);
    if (!theirs) continue;
    const half = new HalfKey(group, chance);
    return { tokens: tokensOf([half]), secret: { group, octets: half.shared(theirs) } };
  }
  return null;
}

/** Whether a peer's tokens say that its media can be encrypted, whatever its groups. */
export function offersKeys(tokens: readonly ClearToken[]): boolean {
  return tokens.some(({ tokenOID }) => tokenOID === thirdVersion);
}

function tokensOf(halves: readonly HalfKey[]): ClearToken[] {
  return [...halves.map(tokenOf), { tokenOID: thirdVersion }];
}

function tokenOf({ group, open }: HalfKey): ClearToken {
  const none = bitsOf(Buffer.alloc(0));
  const { prime, generator } = parametersOf(group);
  const dhkey: DHset = {
    halfkey: bitsOf(open),
    modSize: group.told ? bitsOf(prime) : none,
    generator: group.told ? bitsOf(generator) : none,
  };
  return { tokenOID: group.oid, dhkey };
}

/** Half key of a group; null where there is none, or none of the third version. @throws KeyFault */
function halfKeyIn(tokens: readonly ClearToken[], group: DhGroup): Buffer | null {
  const dhkey = offersKeys(tokens) ? tokens.find(({ tokenOID }) => tokenOID === group.oid)?.dhkey : undefined;
  if (!dhkey || dhkey.halfkey.length === 0) return null;
  const { prime, generator } = parametersOf(group);
  // a prime of the peer's own could be one whose secrets it knows how to find, or has let be found
  if (!agrees(dhkey.modSize, prime) || !agrees(dhkey.generator, generator)) {
    throw new KeyFault('changed_dh_group', `the peer has another ${group.name} than the Recommendation`);
  }
  return dhkey.halfkey.octets;
}

/** Not told, or the same number. */
function agrees(told: Bits, ours: Buffer): boolean {
  return told.length === 0 || numberOf(told.octets) === numberOf(ours);
}
