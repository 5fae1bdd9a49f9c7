import { createDiffieHellman, getDiffieHellman, type DiffieHellman } from 'node:crypto';
import type { Chance } from '../../../base/ids.js';
import { KeyFault } from './key-fault.js';

/** A group of Diffie-Hellman by its tokenOID. All are safe primes with generator 2 (RFC 2409 §6.2, RFC 3526). */
export interface DhGroup {
  /** tokenOID of the ClearToken that has a half key of it. */
  oid: string;
  /** For dumps. */
  name: string;
  /** Octets of the prime. */
  octets: number;
  /** Prime and generator go with the half key: devices of the first days do not know even the common group by its name. */
  told: boolean;
}

interface KnownGroup extends DhGroup {
  modp: string;
}

/** In order of preference. What fits into a DHset only: longer half keys have another token. */
const known: readonly KnownGroup[] = [
  { oid: '0.0.8.235.0.3.45', name: 'DH2048', octets: 256, told: false, modp: 'modp14' },
  { oid: '0.0.8.235.0.3.44', name: 'DH1536', octets: 192, told: false, modp: 'modp5' },
  { oid: '0.0.8.235.0.3.43', name: 'DH1024', octets: 128, told: true, modp: 'modp2' },
];
export const dhGroups: readonly DhGroup[] = known;

/** Every group has this generator. */
const generator = 2n;
/** Octets of a private key: twice the strength of the largest group and more. */
const privateOctets = 64;

/** A group at work: OpenSSL proves the prime whenever one is made, which takes some 30 ms of the 1024-bit group. */
interface Engine {
  prime: Buffer;
  /** Its private key is set before each use. */
  dh: DiffieHellman;
}
const engines = new Map<string, Engine>();

function engineOf({ oid }: DhGroup): Engine {
  let engine = engines.get(oid);
  if (!engine) {
    const modp = known.find((one) => one.oid === oid)?.modp;
    if (modp === undefined) throw new RangeError(`no group ${oid}`);
    const prime = getDiffieHellman(modp).getPrime();
    engine = { prime, dh: createDiffieHellman(prime, Number(generator)) };
    engines.set(oid, engine);
  }
  return engine;
}

/** Prime and generator as octets, both as long as the prime. */
export function parametersOf(group: DhGroup): { prime: Buffer; generator: Buffer } {
  const two = Buffer.alloc(group.octets);
  two[group.octets - 1] = Number(generator);
  return { prime: engineOf(group).prime, generator: two };
}

/** Our half of an exchange in one group. */
export class HalfKey {
  private readonly secret: Buffer;
  /** As long as the prime. */
  readonly open: Buffer;

  constructor(
    readonly group: DhGroup,
    chance: Chance,
  ) {
    this.secret = Buffer.from(chance.hex(privateOctets), 'hex');
    const { dh } = engineOf(group);
    dh.setPrivateKey(this.secret);
    this.open = padded(dh.generateKeys(), group.octets);
  }

  /**
   * The shared secret, as long as the prime.
   * @throws KeyFault for a half key that gives everybody the same secret: 0, 1, the prime less one, or more
   */
  shared(theirs: Buffer): Buffer {
    const { group } = this;
    const value = numberOf(theirs);
    const { dh, prime } = engineOf(group);
    if (value <= 1n || value >= numberOf(prime) - 1n)
      throw new KeyFault('weak_dh_key', 'the half key of the peer is no secret');
    dh.setPrivateKey(this.secret);
    return padded(dh.computeSecret(padded(bytesOf(value), group.octets)), group.octets);
  }
}

/** Octets as a number, the highest first; 0 where there are none. */
export function numberOf(octets: Uint8Array): bigint {
  return octets.length === 0 ? 0n : BigInt(`0x${Buffer.from(octets).toString('hex')}`);
}

function bytesOf(value: bigint): Buffer {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
}

function padded(octets: Buffer, length: number): Buffer {
  return octets.length >= length ? octets : Buffer.concat([Buffer.alloc(length - octets.length), octets]);
}
