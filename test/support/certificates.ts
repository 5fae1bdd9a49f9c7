import { generate } from 'selfsigned';
import type { TlsMaterial } from '../../src/base/tls.js';

/** A certificate with its key; `ca` is who signed it. */
export interface TestCertificate extends TlsMaterial {
  ca: string;
}

/** What a certificate says. Names are of DNS, `sip:` URIs, or IP addresses. */
export interface Said {
  common?: string;
  names?: readonly string[];
  from?: Date;
  to?: Date;
}

const hour = 3_600_000;

/** An authority that signs certificates. */
export class TestAuthority {
  private constructor(
    readonly cert: string,
    private readonly key: string,
  ) {}

  static async make(common = 'Test authority'): Promise<TestAuthority> {
    const { cert, private: key } = await generate([{ name: 'commonName', value: common }], {
      keyType: 'ec',
      algorithm: 'sha256',
      extensions: [
        { name: 'basicConstraints', cA: true, critical: true },
        { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
      ],
    });
    return new TestAuthority(cert, key);
  }

  async sign(said: Said): Promise<TestCertificate> {
    const made = await generated(said, { key: this.key, cert: this.cert });
    return { ...made, ca: this.cert };
  }
}

/** A certificate that nobody but itself vouches for. */
export async function selfSignedTest(said: Said): Promise<TestCertificate> {
  const made = await generated(said);
  return { ...made, ca: made.cert };
}

/** The same with an RSA key. */
export async function rsaTest(common: string): Promise<TestCertificate> {
  const made = await generate([{ name: 'commonName', value: common }], {
    keyType: 'rsa',
    keySize: 2048,
    algorithm: 'sha256',
  });
  return { cert: made.cert, key: made.private, ca: made.cert };
}

async function generated(
  { common = 'test', names = [], from = new Date(Date.now() - hour), to = new Date(Date.now() + 24 * hour) }: Said,
  ca?: { key: string; cert: string },
): Promise<TlsMaterial> {
  const altNames = names.map((name) => {
    if (/^sips?:/.test(name)) return { type: 6 as const, value: name };
    return /^[\d.]+$|:/.test(name) ? { type: 7 as const, ip: name } : { type: 2 as const, value: name };
  });
  const { cert, private: key } = await generate([{ name: 'commonName', value: common }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: from,
    notAfterDate: to,
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
      ...(altNames.length > 0 ? [{ name: 'subjectAltName' as const, altNames }] : []),
    ],
    ...(ca ? { ca } : {}),
  });
  return { cert, key };
}
