import type { Disposable } from './disposables.js';

/** Certificate material, PEM: own certificate with its chain, its key, and the authorities that others are checked by. */
export interface TlsMaterial {
  cert: string;
  key: string;
  ca?: string;
}

/** Versions and ciphers. */
export interface TlsRules {
  minVersion: 'TLSv1.2' | 'TLSv1.3';
  /** OpenSSL cipher list. */
  ciphers: string;
}

/** TLS 1.3, and TLS 1.2 with forward secrecy and authenticated encryption (RFC 9325 §4.2). */
export const modernTls: TlsRules = {
  minVersion: 'TLSv1.2',
  ciphers: [
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'TLS_AES_128_GCM_SHA256',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-RSA-CHACHA20-POLY1305',
  ].join(':'),
};

/** Whether clients are asked for a certificate, and turned away without a good one. */
export type ClientCertificates = 'off' | 'optional' | 'required';

/** What a TLS listener shows and asks for. Each handshake takes what is current, so that certificates can be renewed. */
export interface TlsServer {
  /** For the name that a client asks for (SNI), null when it names none. The same object until something changes. */
  materialFor(name: string | null): TlsMaterial;
  /** Told whenever an answer for null has changed. */
  onChange(listener: () => void): Disposable;
  /** With `optional`, a certificate that cannot be verified counts as none. */
  readonly clients: ClientCertificates;
  readonly rules: TlsRules;
}

/** What a TLS client trusts and shows. */
export interface TlsClient {
  /** Authorities (PEM) besides the well-known ones. */
  ca?: string;
  /** Shown to servers that ask for a certificate. */
  own?: TlsMaterial;
  /** Why a verified certificate is not of the one we want; null when it is. By default it must name the host. */
  refusal?: (peer: TlsPeer) => string | null;
  rules?: TlsRules;
}

/** Certificate that the other end showed. */
export interface TlsPeer {
  /** Whether an authority we trust signed it, and it is valid now. */
  readonly verified: boolean;
  /** Common name of its subject, or null. */
  readonly commonName: string | null;
  /** Its alternative names. */
  readonly names: {
    readonly dns: readonly string[];
    readonly uris: readonly string[];
    readonly ips: readonly string[];
  };
  /** SHA-256, `AA:BB:...`. */
  readonly fingerprint: string;
}

/** A listener's certificate that never changes. */
export function fixedTls(material: TlsMaterial, clients: ClientCertificates = 'off'): TlsServer {
  return { materialFor: () => material, onChange: () => ({ dispose: () => undefined }), clients, rules: modernTls };
}

/** Whether a name that a client asks for is one of these; `*.example.org` stands for one more label. */
export function namesHost(names: readonly string[], asked: string): boolean {
  const host = asked.toLowerCase().replace(/\.$/, '');
  return names.some((each) => {
    const name = each.toLowerCase();
    if (!name.startsWith('*.')) return name === host;
    const dot = host.indexOf('.');
    return dot > 0 && host.slice(dot) === name.slice(1);
  });
}

/**
 * Reads the alternative names of a certificate as Node prints them: `DNS:a, URI:sip:b, IP Address:192.0.2.1`. Values
 * that could be misread are quoted there like JSON strings.
 */
export function readAltNames(text: string): TlsPeer['names'] {
  const names = { dns: [] as string[], uris: [] as string[], ips: [] as string[] };
  const entry = /\s*([A-Za-z ]+):(?:"((?:[^"\\]|\\.)*)"|([^,]*))(?:,|$)/gy;
  for (const [, kind, quoted, plain] of text.matchAll(entry)) {
    const value = quoted === undefined ? (plain ?? '').trim() : unquote(quoted);
    if (value === null) continue;
    if (kind === 'DNS') names.dns.push(value);
    else if (kind === 'URI') names.uris.push(value);
    else if (kind === 'IP Address') names.ips.push(value);
  }
  return names;
}

function unquote(text: string): string | null {
  try {
    return String(JSON.parse(`"${text}"`));
  } catch {
    // a name that nobody can read is the name of nobody
    return null;
  }
}
