import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.js';
import { messageOf } from '../../base/errors.js';
import { CertificateUnusable } from './errors.js';

const day = 86_400_000;
/** Browsers refuse server certificates that live longer than 825 days. */
const lifetimeMs = 820 * day;
const renewBeforeMs = 14 * day;

/** A certificate ready to serve. */
export interface Certificate {
  /** PEM. */
  cert: string;
  key: string;
  /** SHA-256, `AA:BB:...`. */
  fingerprint: string;
  /** False when it was made or found unchanged by us. */
  own: boolean;
  /** True when it was made just now, so that people know to trust it anew. */
  fresh: boolean;
}

/** What a certificate must name. */
export interface CertificateNames {
  hosts: readonly string[];
  addresses: readonly string[];
}

/** `localhost`, the machine's name and every address of every interface (link-local IPv6 left out), plus `extra`. */
export function machineNames(extra: Partial<CertificateNames> = {}): CertificateNames {
  const interfaces = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const found = interfaces.map((one) => one.address).filter((address) => !/^fe80:|%/i.test(address));
  const hosts = ['localhost', hostname(), ...(extra.hosts ?? [])].filter((host) => host !== '');
  const addresses = ['127.0.0.1', '::1', ...found, ...(extra.addresses ?? [])];
  return { hosts: [...new Set(hosts)], addresses: [...new Set(addresses)] };
}

/**
 * The self-signed certificate kept in `directory` (key with mode 0600). It is made anew when there is none, when it
 * expires within two weeks, or when it does not name everything in `names`. Throws CertificateUnusable.
 */
export async function selfSigned(directory: string, names: CertificateNames, clock: Clock): Promise<Certificate> {
  const at = { cert: join(directory, 'cert.pem'), key: join(directory, 'key.pem') };
  const kept = await readKept(at);
  if (kept && covers(kept.x509, names, clock.wall())) {
    return { cert: kept.cert, key: kept.key, fingerprint: kept.x509.fingerprint256, own: false, fresh: false };
  }
  const made = await make(names, clock.wall());
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await replace(at.key, made.private, 0o600);
    await replace(at.cert, made.cert, 0o644);
  } catch (error) {
    throw new CertificateUnusable(`the certificate cannot be kept in ${directory} (dataDir): ${messageOf(error)}`);
  }
  const fingerprint = new X509Certificate(made.cert).fingerprint256;
  return { cert: made.cert, key: made.private, fingerprint, own: false, fresh: true };
}

/** One's own certificate (with its chain) and key. Throws CertificateUnusable. */
export async function ownCertificate(certFile: string, keyFile: string): Promise<Certificate> {
  const cert = await read(certFile);
  const key = await read(keyFile);
  const x509 = parse(certFile, () => new X509Certificate(cert));
  const secret = parse(keyFile, () => createPrivateKey(key));
  if (!x509.checkPrivateKey(secret)) throw new CertificateUnusable(`${keyFile} is not the key of ${certFile}`);
  return { cert, key, fingerprint: x509.fingerprint256, own: true, fresh: false };
}

/** Whether it is time for a new one. */
export function endsSoon(x509: X509Certificate, now: number): boolean {
  return Date.parse(x509.validTo) - now < renewBeforeMs;
}

/** Whether the certificate names everything and lives for two more weeks. */
export function covers(x509: X509Certificate, names: CertificateNames, now: number): boolean {
  if (endsSoon(x509, now)) return false;
  return (
    names.hosts.every((host) => x509.checkHost(host) !== undefined) &&
    names.addresses.every((address) => x509.checkIP(address) !== undefined)
  );
}

async function readKept(at: { cert: string; key: string }) {
  try {
    const kept = await ownCertificate(at.cert, at.key);
    return { ...kept, x509: new X509Certificate(kept.cert) };
  } catch (error) {
    // Missing, torn or foreign files are replaced; that is all that can be done about them.
    if (error instanceof CertificateUnusable) return null;
    throw error;
  }
}

// RSA because older room systems know nothing else.
async function make(names: CertificateNames, now: number) {
  // Rarely needed and heavy: some 10 MiB of memory.
  const { generate } = await import('selfsigned');
  return generate([{ name: 'commonName', value: 'Dualstream' }], {
    keyType: 'rsa',
    keySize: 2048,
    algorithm: 'sha256',
    // An hour back, for clocks that are a little behind.
    notBeforeDate: new Date(now - 3_600_000),
    notAfterDate: new Date(now + lifetimeMs),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          ...names.hosts.map((value) => ({ type: 2 as const, value })),
          ...names.addresses.map((ip) => ({ type: 7 as const, ip })),
        ],
      },
    ],
  });
}

async function replace(file: string, content: string, mode: number): Promise<void> {
  const beside = `${file}.new`;
  await writeFile(beside, content, { mode });
  await rename(beside, file);
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new CertificateUnusable(`cannot read ${file}: ${messageOf(error)}`);
  }
}

function parse<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new CertificateUnusable(`${file} is not usable: ${messageOf(error)}`);
  }
}
