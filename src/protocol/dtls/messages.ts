import { join, num, Reader, Unreadable, vector } from './bytes.js';
import { dtls12 } from './records.js';
import { schemeIds } from './signatures.js';

/** RFC 5246 §7.4. */
export const handshakeTypes = {
  clientHello: 1,
  serverHello: 2,
  helloVerifyRequest: 3,
  certificate: 11,
  serverKeyExchange: 12,
  certificateRequest: 13,
  serverHelloDone: 14,
  certificateVerify: 15,
  clientKeyExchange: 16,
  finished: 20,
} as const;

const extensions = {
  groups: 10,
  pointFormats: 11,
  signatures: 13,
  extendedMasterSecret: 23,
  renegotiation: 0xff01,
} as const;

/** What a server may answer to (RFC 5246 §7.4.1.4); renegotiation is offered as a cipher suite (RFC 5746 §3.3). */
const offered: readonly number[] = Object.values(extensions);

/** secp256r1: what everybody has. */
export const group = 23;
const namedCurve = 3;
const emptyRenegotiationInfo = 0x00ff;

export interface ClientHello {
  version: number;
  random: Uint8Array;
  session: Uint8Array;
  cookie: Uint8Array;
  suites: number[];
  extendedMasterSecret: boolean;
  /** It knows secp256r1; true where it does not say (RFC 8422 §4). */
  group: boolean;
  schemes: number[];
  /** It sent ec_point_formats: only then it may be answered. */
  pointFormats: boolean;
  secureRenegotiation: boolean;
}

export interface ServerHello {
  random: Uint8Array;
  suite: number;
  extendedMasterSecret: boolean;
}

export interface ServerKeyExchange {
  point: Uint8Array;
  /** What is signed, the randoms apart. */
  parameters: Uint8Array;
  scheme: number;
  signature: Uint8Array;
}

export function writeClientHello(random: Uint8Array, cookie: Uint8Array, suites: readonly number[]): Uint8Array {
  const list = [...suites, emptyRenegotiationInfo].map((id) => num(id, 2));
  return join(
    ...[num(dtls12, 2), random, vector(1), vector(1, cookie), vector(2, ...list), vector(1, num(0, 1))],
    vector(
      2,
      extension(extensions.groups, vector(2, num(group, 2))),
      extension(extensions.pointFormats, vector(1, num(0, 1))),
      extension(extensions.signatures, vector(2, ...schemeIds.map((id) => num(id, 2)))),
      extension(extensions.extendedMasterSecret),
    ),
  );
}

export function readClientHello(body: Uint8Array): ClientHello {
  const reader = new Reader(body);
  const version = reader.u16();
  const random = reader.take(32);
  const [session, cookie] = [reader.vector(1), reader.vector(1)];
  const suites = u16s(reader.vector(2));
  if (!reader.vector(1).includes(0)) throw new Unreadable('no null compression');
  const found = reader.left > 0 ? readExtensions(reader.vector(2)) : new Map<number, Uint8Array>();
  const listed = (type: number): number[] | null => {
    const data = found.get(type);
    return data ? u16s(new Reader(data).vector(2)) : null;
  };
  return {
    ...{ version, random, session, cookie, suites },
    extendedMasterSecret: found.has(extensions.extendedMasterSecret),
    group: listed(extensions.groups)?.includes(group) ?? true,
    schemes: listed(extensions.signatures) ?? [],
    pointFormats: found.has(extensions.pointFormats),
    secureRenegotiation: found.has(extensions.renegotiation) || suites.includes(emptyRenegotiationInfo),
  };
}

export function writeHelloVerifyRequest(cookie: Uint8Array): Uint8Array {
  return join(num(dtls12, 2), vector(1, cookie));
}

export function readHelloVerifyRequest(body: Uint8Array): Uint8Array {
  const reader = new Reader(body);
  reader.u16();
  return reader.vector(1);
}

export function writeServerHello(hello: ServerHello, asked: ClientHello): Uint8Array {
  const answers = [
    ...(asked.secureRenegotiation ? [extension(extensions.renegotiation, vector(1))] : []),
    ...(hello.extendedMasterSecret ? [extension(extensions.extendedMasterSecret)] : []),
    ...(asked.pointFormats ? [extension(extensions.pointFormats, vector(1, num(0, 1)))] : []),
  ];
  return join(num(dtls12, 2), hello.random, vector(1), num(hello.suite, 2), num(0, 1), vector(2, ...answers));
}

export function readServerHello(body: Uint8Array): ServerHello {
  const reader = new Reader(body);
  if (reader.u16() !== dtls12) throw new Unreadable('not DTLS 1.2');
  const random = reader.take(32);
  reader.vector(1);
  const suite = reader.u16();
  if (reader.u8() !== 0) throw new Unreadable('compression');
  const found = reader.left > 0 ? readExtensions(reader.vector(2)) : new Map<number, Uint8Array>();
  const stray = [...found.keys()].find((type) => !offered.includes(type));
  if (stray !== undefined) throw new Unreadable('an extension that was not offered');
  // RFC 5746 §3.4: there was no handshake before this one
  const renewed = found.get(extensions.renegotiation);
  if (renewed && new Reader(renewed).vector(1).length > 0) throw new Unreadable('a renegotiation');
  return { random, suite, extendedMasterSecret: found.has(extensions.extendedMasterSecret) };
}

export function writeCertificate(certificate: Uint8Array | null): Uint8Array {
  return vector(3, ...(certificate ? [vector(3, certificate)] : []));
}

/** The first certificate, or null for an empty list. */
export function readCertificate(body: Uint8Array): Uint8Array | null {
  const list = new Reader(new Reader(body).vector(3));
  return list.left > 0 ? list.vector(3) : null;
}

export function keyParameters(point: Uint8Array): Uint8Array {
  return join(num(namedCurve, 1), num(group, 2), vector(1, point));
}

export function writeServerKeyExchange({
  parameters,
  scheme,
  signature,
}: Omit<ServerKeyExchange, 'point'>): Uint8Array {
  return join(parameters, num(scheme, 2), vector(2, signature));
}

export function readServerKeyExchange(body: Uint8Array): ServerKeyExchange {
  const reader = new Reader(body);
  if (reader.u8() !== namedCurve || reader.u16() !== group) throw new Unreadable('a curve that was not offered');
  const point = reader.vector(1);
  const parameters = body.subarray(0, body.length - reader.left);
  return { point, parameters, scheme: reader.u16(), signature: reader.vector(2) };
}

/** RSA and ECDSA certificates of whatever authority. */
export function writeCertificateRequest(): Uint8Array {
  return join(vector(1, num(1, 1), num(64, 1)), vector(2, ...schemeIds.map((id) => num(id, 2))), vector(2));
}

/** The signature schemes that are taken. */
export function readCertificateRequest(body: Uint8Array): number[] {
  const reader = new Reader(body);
  reader.vector(1);
  return u16s(reader.vector(2));
}

export function writeSignature({ scheme, signature }: { scheme: number; signature: Uint8Array }): Uint8Array {
  return join(num(scheme, 2), vector(2, signature));
}

export function readSignature(body: Uint8Array): { scheme: number; signature: Uint8Array } {
  const reader = new Reader(body);
  return { scheme: reader.u16(), signature: reader.vector(2) };
}

function extension(type: number, data: Uint8Array = new Uint8Array()): Uint8Array {
  return join(num(type, 2), vector(2, data));
}

function readExtensions(list: Uint8Array): Map<number, Uint8Array> {
  const found = new Map<number, Uint8Array>();
  for (const reader = new Reader(list); reader.left > 0;) {
    const type = reader.u16();
    if (found.has(type)) throw new Unreadable('an extension twice');
    found.set(type, reader.vector(2));
  }
  return found;
}

function u16s(list: Uint8Array): number[] {
  const numbers: number[] = [];
  for (const reader = new Reader(list); reader.left > 0;) numbers.push(reader.u16());
  return numbers;
}
