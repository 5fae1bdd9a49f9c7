import { constants, createPrivateKey, sign, verify, X509Certificate, type KeyObject } from 'node:crypto';

/** Signature schemes of RFC 5246 §7.4.1.4.1 (and RSA-PSS of RFC 8446 §4.2.3) in our order of preference. */
interface Scheme {
  id: number;
  kind: 'rsa' | 'ec';
  hash: 'sha256' | 'sha384' | 'sha512';
  pss: boolean;
}

const schemes: readonly Scheme[] = [
  { id: 0x0403, kind: 'ec', hash: 'sha256', pss: false },
  { id: 0x0503, kind: 'ec', hash: 'sha384', pss: false },
  { id: 0x0804, kind: 'rsa', hash: 'sha256', pss: true },
  { id: 0x0401, kind: 'rsa', hash: 'sha256', pss: false },
  { id: 0x0501, kind: 'rsa', hash: 'sha384', pss: false },
  { id: 0x0601, kind: 'rsa', hash: 'sha512', pss: false },
];

/** The kind of key that a scheme signs with; null for a scheme that is not taken. */
export function kindOf(scheme: number): 'rsa' | 'ec' | null {
  return schemes.find(({ id }) => id === scheme)?.kind ?? null;
}

/** What is offered to the peer. */
export const schemeIds: readonly number[] = schemes.map(({ id }) => id);

/** A certificate of ours with its key. */
export class Signer {
  readonly certificate: Uint8Array;
  readonly kind: 'rsa' | 'ec';
  private readonly key: KeyObject;

  /** PEM. */
  constructor(own: { cert: string; key: string }) {
    this.certificate = new X509Certificate(own.cert).raw;
    this.key = createPrivateKey(own.key);
    this.kind = this.key.asymmetricKeyType === 'ec' ? 'ec' : 'rsa';
  }

  /** Signs by the first scheme of ours that the peer takes; null when there is none. */
  sign(data: Uint8Array, taken: readonly number[]): { scheme: number; signature: Uint8Array } | null {
    const scheme = schemes.find(({ id, kind }) => kind === this.kind && taken.includes(id));
    if (!scheme) return null;
    return { scheme: scheme.id, signature: sign(scheme.hash, data, keyFor(this.key, scheme)) };
  }
}

/** Whether the owner of a certificate (DER) signed the data. */
export function isSignedBy(certificate: Uint8Array, scheme: number, signature: Uint8Array, data: Uint8Array): boolean {
  const known = schemes.find(({ id }) => id === scheme);
  if (!known) return false;
  try {
    const { publicKey } = new X509Certificate(certificate);
    return publicKey.asymmetricKeyType === known.kind && verify(known.hash, data, keyFor(publicKey, known), signature);
  } catch {
    // a certificate that cannot be read signed nothing
    return false;
  }
}

function keyFor(key: KeyObject, { pss }: Scheme): Parameters<typeof verify>[2] & Parameters<typeof sign>[2] {
  if (!pss) return key;
  return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
}
