import { createHash, X509Certificate } from 'node:crypto';
import { modernTls, type TlsRules } from '../../base/tls.js';
import type { Fingerprint } from '../../protocol/sdp/fingerprint.js';

/** RFC 8855 §7 wants TLS_RSA_WITH_AES_128_CBC_SHA for old peers; it comes last. */
export const floorTlsRules: TlsRules = {
  minVersion: modernTls.minVersion,
  ciphers: `${modernTls.ciphers}:ECDHE-RSA-AES128-SHA:AES128-SHA`,
};

/** What a=fingerprint says of a certificate (DER). */
export function fingerprintOf(certificate: Uint8Array, hash = 'sha-256'): Fingerprint {
  const digest = createHash(hash.replace('-', '')).update(certificate).digest('hex').toUpperCase();
  return { hash, digest: (digest.match(/../g) ?? []).join(':') };
}

/** The same of a certificate in PEM. */
export function fingerprintOfPem(certificate: string): Fingerprint {
  return fingerprintOf(new X509Certificate(certificate).raw);
}

/**
 * Why a certificate is not the one that the negotiation told, or null (RFC 8122 §6.2): of fingerprints with several hash
 * functions those of the strongest one count.
 */
export function wrongCertificate(certificate: Uint8Array | null, told: readonly Fingerprint[]): string | null {
  if (!certificate) return 'the peer shows no certificate';
  const bits = ({ hash }: Fingerprint): number => (hash === 'sha-1' ? 160 : Number(hash.slice(4)));
  const strongest = Math.max(...told.map(bits));
  const right = told.some(
    (one) => bits(one) === strongest && fingerprintOf(certificate, one.hash).digest === one.digest,
  );
  return right ? null : 'the certificate of the peer is not that of its fingerprint';
}
