import { createHmac, timingSafeEqual } from 'node:crypto';
import { join, Reader, Unreadable } from './bytes.js';
import { wholeMessage, type HandshakeMessage } from './flights.js';
import { checkFinished, KeyExchange } from './key-exchange.js';
import {
  handshakeTypes as types,
  keyParameters,
  readCertificate,
  readClientHello,
  readSignature,
  writeCertificate,
  writeCertificateRequest,
  writeHelloVerifyRequest,
  writeServerHello,
  writeServerKeyExchange,
  type ClientHello,
} from './messages.js';
import { alerts, DtlsPeer, HandshakeFailed, type DtlsConfig, type DtlsSink, type FlightPart } from './peer.js';
import { contentTypes, dtls12, readRecords, writeRecord, type DtlsRecord } from './records.js';
import { masterSecret, protections, suites, transcriptHash, verifyData, type Suite } from './secrets.js';
import { isSignedBy } from './signatures.js';

/** What came of the client's flight so far, in its order. */
interface Progress {
  suite: Suite;
  extended: boolean;
  randoms: { client: Uint8Array; server: Uint8Array };
  keys: KeyExchange;
  certificate: Uint8Array | null;
  master: Uint8Array | null;
  /** The client proved that the certificate is its own. */
  proved: boolean;
}

/** A ClientHello in one piece. */
interface Opening {
  message: HandshakeMessage;
  hello: ClientHello;
}

/** Null for all else, and for what cannot be read: who sent it is not known yet. */
function readOpening(record: DtlsRecord): Opening | null {
  try {
    return parseOpening(record);
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}

function parseOpening({ type, epoch, fragment }: DtlsRecord): Opening | null {
  if (type !== contentTypes.handshake || epoch !== 0) return null;
  const reader = new Reader(fragment);
  const [kind, length, sequence, from, size] = [reader.u8(), reader.u24(), reader.u16(), reader.u24(), reader.u24()];
  if (kind !== types.clientHello || from !== 0 || size !== length || reader.left !== size) return null;
  const message = { type: kind, sequence, body: reader.take(size) };
  return { message, hello: readClientHello(message.body) };
}

/** Cookies for one source, RFC 6347 §4.2.1: who returns one receives what is sent there. */
export class Cookies {
  /** `source` names the other end's address; the keys are secret: that of today, and that of yesterday where it changes. */
  constructor(
    private readonly key: Uint8Array,
    private readonly source: string,
    private readonly earlier: Uint8Array = key,
  ) {}

  isRight(hello: ClientHello): boolean {
    return [this.key, this.earlier].some((key) => {
      const right = this.cookieFor(hello, key);
      return right.length === hello.cookie.length && timingSafeEqual(right, hello.cookie);
    });
  }

  /** The HelloVerifyRequest, as a datagram. */
  request({ message, hello }: Opening, { sequence }: DtlsRecord): Uint8Array {
    const body = writeHelloVerifyRequest(this.cookieFor(hello, this.key));
    const request = { type: types.helloVerifyRequest, sequence: message.sequence, body };
    return writeRecord({ type: contentTypes.handshake, epoch: 0, sequence, fragment: wholeMessage(request) });
  }

  /**
   * What to answer to a datagram before there is any state for its source. Where its cookie is right, the `random` of the
   * handshake that it begins or, when it comes again, began. `junk` deserves no answer.
   */
  screen(datagram: Uint8Array): { reply: Uint8Array } | { random: string } | 'junk' {
    const [record] = readRecords(datagram);
    const opening = record && readOpening(record);
    if (!record || !opening) return 'junk';
    if (!this.isRight(opening.hello)) return { reply: this.request(opening, record) };
    return { random: Buffer.from(opening.hello.random).toString('hex') };
  }

  private cookieFor({ random }: ClientHello, key: Uint8Array): Uint8Array {
    return createHmac('sha256', key).update(this.source).update(random).digest().subarray(0, 20);
  }
}

/**
 * The server for one source, RFC 6347 §4.2.1 and §4.2.4. It keeps nothing and sends no more than it got until the client
 * showed a cookie, so that nobody can have it flood somebody else:
 *
 *     listening -- ClientHello --> HelloVerifyRequest, listening
 *     listening -- ClientHello with cookie --> ServerHello .. ServerHelloDone
 *                  -- Certificate .. Finished --> Finished, open
 */
export class DtlsServer extends DtlsPeer {
  private progress: Progress | null = null;

  constructor(
    config: DtlsConfig,
    sink: DtlsSink,
    private readonly cookies: Cookies,
  ) {
    super(config, sink);
  }

  protected override get onlyFinished(): boolean {
    return this.progress?.proved === true;
  }

  protected override stateless(record: DtlsRecord, now: number): boolean {
    if (this.progress) return false;
    const opening = readOpening(record);
    if (!opening) return true;
    const { message, hello } = opening;
    if (this.cookies.isRight(hello)) {
      this.inbox.next = message.sequence + 1;
      this.nextMessage = message.sequence;
      this.nextRecord[0] = record.sequence;
      this.transcript = [wholeMessage(message)];
      this.begin(hello, now);
    } else this.sink.send(this.cookies.request(opening, record));
    return true;
  }

  protected override message(message: HandshakeMessage, now: number): void {
    const { progress } = this;
    if (!progress) throw unexpected(message);
    const { type, body } = message;
    if (type === types.finished && progress.master && progress.proved) {
      return this.finish(progress, progress.master, message, now);
    }
    const before = this.transcript;
    this.transcript = [...before, wholeMessage(message)];
    if (type === types.certificate && !progress.certificate && !progress.master) {
      progress.certificate = this.checked(readCertificate(body));
    } else if (type === types.clientKeyExchange && progress.certificate && !progress.master) {
      this.agree(progress, new Reader(body).vector(1));
    } else if (type === types.certificateVerify && progress.certificate && progress.master && !progress.proved) {
      const { scheme, signature } = readSignature(body);
      progress.proved = isSignedBy(progress.certificate, scheme, signature, join(...before));
      if (!progress.proved)
        throw new HandshakeFailed(alerts.decryptError, 'the certificate is not the other end’s own');
    } else throw unexpected(message);
  }

  private begin(hello: ClientHello, now: number): void {
    const { own, chance } = this.config;
    const isDtls = hello.version >> 8 === dtls12 >> 8;
    if (!isDtls || hello.version > dtls12)
      throw new HandshakeFailed(alerts.protocolVersion, 'the other end knows DTLS 1.0 only');
    const suite = suites.find(({ id, signs }) => signs === own.kind && hello.suites.includes(id));
    if (!suite || !hello.group) throw new HandshakeFailed(alerts.handshakeFailure, 'no cipher suite in common');
    const keys = new KeyExchange();
    const randoms = { client: hello.random, server: Buffer.from(chance.hex(32), 'hex') };
    const parameters = keyParameters(keys.point);
    const signed = own.sign(join(randoms.client, randoms.server, parameters), hello.schemes);
    if (!signed) throw new HandshakeFailed(alerts.handshakeFailure, 'no signature that the other end takes');
    const extended = hello.extendedMasterSecret;
    this.progress = { suite, extended, randoms, keys, certificate: null, master: null, proved: false };
    const answer = { random: randoms.server, suite: suite.id, extendedMasterSecret: extended };
    const bodies: [number, Uint8Array][] = [
      [types.serverHello, writeServerHello(answer, hello)],
      [types.certificate, writeCertificate(own.certificate)],
      [types.serverKeyExchange, writeServerKeyExchange({ parameters, ...signed })],
      [types.certificateRequest, writeCertificateRequest()],
      [types.serverHelloDone, new Uint8Array()],
    ];
    const flight = bodies.map(([type, body]): FlightPart => ({ message: this.compose(type, body), sealed: false }));
    this.fly(flight, now, true);
  }

  private checked(certificate: Uint8Array | null): Uint8Array {
    const why = this.config.refusal(certificate);
    if (why !== null || !certificate) throw new HandshakeFailed(alerts.badCertificate, why ?? 'no certificate');
    return certificate;
  }

  private agree(progress: Progress, point: Uint8Array): void {
    const { suite, extended, randoms, keys } = progress;
    const session = extended ? transcriptHash(suite, this.transcript) : null;
    progress.master = masterSecret(suite, keys.shared(point), randoms, session);
    const { client, server } = protections(suite, progress.master, randoms);
    [this.seals, this.opens] = [server, client];
  }

  private finish({ suite }: Progress, master: Uint8Array, message: HandshakeMessage, now: number): void {
    checkFinished(message.body, verifyData(suite, master, 'client', this.transcript));
    this.transcript.push(wholeMessage(message));
    const finished = this.compose(types.finished, verifyData(suite, master, 'server', this.transcript));
    this.fly(['changeCipherSpec', { message: finished, sealed: true }], now, false);
    this.established();
  }
}

function unexpected({ type }: HandshakeMessage): HandshakeFailed {
  return new HandshakeFailed(alerts.unexpectedMessage, `message ${type} came out of turn`);
}
