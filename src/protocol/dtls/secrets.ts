import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto';
import { join, num } from './bytes.js';
import { dtls12, type DtlsRecord } from './records.js';

/** A cipher suite of RFC 5289: ephemeral ECDH, AES-GCM. */
export interface Suite {
  id: number;
  /** Kind of certificate. */
  signs: 'rsa' | 'ec';
  cipher: 'aes-128-gcm' | 'aes-256-gcm';
  keyLength: 16 | 32;
  hash: 'sha256' | 'sha384';
}

/** In our order of preference. */
export const suites: readonly Suite[] = [
  { id: 0xc02b, signs: 'ec', cipher: 'aes-128-gcm', keyLength: 16, hash: 'sha256' },
  { id: 0xc02f, signs: 'rsa', cipher: 'aes-128-gcm', keyLength: 16, hash: 'sha256' },
  { id: 0xc02c, signs: 'ec', cipher: 'aes-256-gcm', keyLength: 32, hash: 'sha384' },
  { id: 0xc030, signs: 'rsa', cipher: 'aes-256-gcm', keyLength: 32, hash: 'sha384' },
];

/** RFC 5246 §5. */
export function prf(hash: Suite['hash'], secret: Uint8Array, label: string, seed: Uint8Array, length: number): Buffer {
  const whole = join(Buffer.from(label, 'latin1'), seed);
  const hmac = (data: Uint8Array): Buffer => createHmac(hash, secret).update(data).digest();
  const blocks: Buffer[] = [];
  let a: Uint8Array = whole;
  for (let size = 0; size < length;) {
    a = hmac(a);
    const block = hmac(join(a, whole));
    blocks.push(block);
    size += block.length;
  }
  return Buffer.concat(blocks).subarray(0, length);
}

/** Both randoms of a handshake. */
export interface Randoms {
  client: Uint8Array;
  server: Uint8Array;
}

/** RFC 5246 §8.1, or with the hash of the session RFC 7627 §4. */
export function masterSecret(suite: Suite, shared: Uint8Array, randoms: Randoms, session: Uint8Array | null): Buffer {
  if (session) return prf(suite.hash, shared, 'extended master secret', session, 48);
  return prf(suite.hash, shared, 'master secret', join(randoms.client, randoms.server), 48);
}

export function transcriptHash(suite: Suite, messages: Uint8Array[]): Buffer {
  const hash = createHash(suite.hash);
  for (const message of messages) hash.update(message);
  return hash.digest();
}

/** verify_data of a Finished message, RFC 5246 §7.4.9. */
export function verifyData(suite: Suite, master: Uint8Array, who: 'client' | 'server', messages: Uint8Array[]): Buffer {
  return prf(suite.hash, master, `${who} finished`, transcriptHash(suite, messages), 12);
}

/** Protects records of one direction, RFC 5288 §3. */
export class Protection {
  constructor(
    private readonly suite: Suite,
    private readonly key: Uint8Array,
    private readonly salt: Uint8Array,
  ) {}

  seal(record: DtlsRecord): DtlsRecord {
    const explicit = explicitNonce(record);
    const cipher = createCipheriv(this.suite.cipher, this.key, join(this.salt, explicit));
    cipher.setAAD(additional(record, record.fragment.length));
    const sealed = Buffer.concat([cipher.update(record.fragment), cipher.final()]);
    return { ...record, fragment: join(explicit, sealed, cipher.getAuthTag()) };
  }

  /** Null for what was not sealed by the peer. */
  open(record: DtlsRecord): Uint8Array | null {
    const { fragment } = record;
    if (fragment.length < 24) return null;
    const nonce = join(this.salt, fragment.subarray(0, 8));
    const decipher = createDecipheriv(this.suite.cipher, this.key, nonce);
    decipher.setAAD(additional(record, fragment.length - 24));
    decipher.setAuthTag(fragment.subarray(-16));
    try {
      return Buffer.concat([decipher.update(fragment.subarray(8, -16)), decipher.final()]);
    } catch {
      // what does not verify is dropped without a word (RFC 6347 §4.1.2.7)
      return null;
    }
  }
}

/** Keys of both directions, RFC 5246 §6.3. */
export function protections(
  suite: Suite,
  master: Uint8Array,
  randoms: Randoms,
): Record<'client' | 'server', Protection> {
  const { keyLength } = suite;
  const seed = join(randoms.server, randoms.client);
  const block = prf(suite.hash, master, 'key expansion', seed, 2 * keyLength + 8);
  const key = (from: number): Buffer => block.subarray(from, from + keyLength);
  const salt = (from: number): Buffer => block.subarray(2 * keyLength + from, 2 * keyLength + from + 4);
  return {
    client: new Protection(suite, key(0), salt(0)),
    server: new Protection(suite, key(keyLength), salt(4)),
  };
}

function explicitNonce({ epoch, sequence }: DtlsRecord): Uint8Array {
  return join(num(epoch, 2), num(sequence, 6));
}

function additional(record: DtlsRecord, length: number): Uint8Array {
  return join(explicitNonce(record), num(record.type, 1), num(dtls12, 2), num(length, 2));
}
