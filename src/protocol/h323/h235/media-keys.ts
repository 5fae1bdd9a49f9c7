import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { Chance } from '../../../base/ids.js';
import { decode, encode } from '../../asn1/codec.js';
import type { EncryptionSync } from '../h245/schema.js';
import { KeyFault } from './key-fault.js';
import type { SharedSecret } from './key-exchange.js';
import { H235Key } from './schema.js';

// The master makes a key for each channel, whoever sends on it: it goes in `encryptionSync` of its OpenLogicalChannel, or of
// its acknowledgement of the slave's. Keys are enciphered by the algorithm of the media in CBC with zeros as initial vector;
// the key of that are the last octets of the shared secret (H.235.6 §7.6.1).

/** How media is enciphered. */
export type MediaCipher = 'aes-128-cbc' | 'aes-256-cbc';

/** AES in CBC by object identifier. */
const ciphers: Readonly<Record<string, MediaCipher>> = {
  '2.16.840.1.101.3.4.1.2': 'aes-128-cbc',
  '2.16.840.1.101.3.4.1.42': 'aes-256-cbc',
};
const keyOctets: Readonly<Record<MediaCipher, number>> = { 'aes-128-cbc': 16, 'aes-256-cbc': 32 };
/** Octets of a group whose secret is worth a key of 256 bits. */
const longGroup = 192;

/** Algorithms of ours by object identifier, in order of preference, for what was agreed by this group. */
export function algorithmsFor({ group }: SharedSecret): string[] {
  const [aes128, aes256] = Object.keys(ciphers) as [string, string];
  return group.octets >= longGroup ? [aes256, aes128] : [aes128];
}

/** What the secret of every group is long enough for. */
export const commonAlgorithms: readonly string[] = Object.keys(ciphers).slice(0, 1);

/** The cipher of an object identifier, or null. */
export function cipherOf(algorithm: string): MediaCipher | null {
  return ciphers[algorithm] ?? null;
}

/** The key of one channel. */
export interface MediaKey {
  cipher: MediaCipher;
  key: Buffer;
  /** Payload number that says that this key is used, 96-127. */
  payloadType: number;
}

/** A new key, and what the peer is told of it. */
export interface MadeKey {
  key: MediaKey;
  sync: EncryptionSync;
}

/** A key of ours, as master. @throws RangeError for an algorithm that is not one of ours */
export function makeKey(secret: SharedSecret, algorithm: string, payloadType: number, chance: Chance): MadeKey {
  const cipher = cipherOf(algorithm);
  if (!cipher) throw new RangeError(`no algorithm ${algorithm}`);
  const key = Buffer.from(chance.hex(keyOctets[cipher]), 'hex');
  const encryptedSessionKey = wrap(secret, cipher, key, 'in');
  const h235Key = encode(H235Key, {
    secureSharedSecret: { algorithmOID: algorithm, paramS: {}, encryptedSessionKey },
  });
  return { key: { cipher, key, payloadType }, sync: { synchFlag: payloadType, h235Key } };
}

/**
 * Reads the key that the master made for a channel with this algorithm; `payloadType` is that of the channel, which counts where
 * the key's own is none.
 * @throws KeyFault
 */
export function readKey(
  secret: SharedSecret,
  algorithm: string,
  sync: EncryptionSync | undefined,
  payloadType: number,
): MediaKey {
  const cipher = cipherOf(algorithm);
  if (!sync || !cipher) throw new KeyFault('media_key_missing', 'no key came with an encrypted channel');
  const read = decode(H235Key, sync.h235Key);
  if (!read.ok) throw new KeyFault('media_key_unreadable', `a media key cannot be read: ${read.fault.message}`);
  const material = read.value.secureSharedSecret;
  if (!material) throw new KeyFault('media_key_form', 'a media key is not enciphered by the shared secret');
  const { algorithmOID, encryptedSessionKey, paramS } = material;
  if (algorithmOID !== undefined && algorithmOID !== algorithm) {
    throw new KeyFault('media_key_form', `a media key is for ${algorithmOID}, and its channel for ${algorithm}`);
  }
  if (paramS.iv !== undefined || paramS.iv8 !== undefined || paramS.iv16 !== undefined) {
    throw new KeyFault('media_key_form', 'a media key has an initial vector of its own');
  }
  if (encryptedSessionKey?.length !== keyOctets[cipher]) {
    throw new KeyFault('media_key_unreadable', 'a media key has another length than its algorithm wants');
  }
  const { synchFlag } = sync;
  const number = synchFlag >= 96 && synchFlag <= 127 ? synchFlag : payloadType;
  return { cipher, key: wrap(secret, cipher, encryptedSessionKey, 'out'), payloadType: number };
}

function wrap({ octets }: SharedSecret, cipher: MediaCipher, key: Buffer, way: 'in' | 'out'): Buffer {
  const make = way === 'in' ? createCipheriv : createDecipheriv;
  const engine = make(cipher, octets.subarray(-keyOctets[cipher]), Buffer.alloc(16));
  engine.setAutoPadding(false);
  return Buffer.concat([engine.update(key), engine.final()]);
}
