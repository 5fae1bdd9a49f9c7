import { join, vector } from './bytes.js';
import { wholeMessage, type HandshakeMessage } from './flights.js';
import { checkFinished, KeyExchange } from './key-exchange.js';
import {
  handshakeTypes as types,
  readCertificate,
  readCertificateRequest,
  readHelloVerifyRequest,
  readServerHello,
  readServerKeyExchange,
  writeCertificate,
  writeClientHello,
  writeSignature,
  type ServerHello,
} from './messages.js';
import { alerts, DtlsPeer, HandshakeFailed, type FlightPart } from './peer.js';
import { masterSecret, protections, suites, transcriptHash, verifyData, type Suite } from './secrets.js';
import { isSignedBy, kindOf } from './signatures.js';

/** HelloVerifyRequests that are answered: one may be made up, or the server's secret change meanwhile. */
const mostVerifications = 3;

/** What came of the server's flight so far, in its order. */
interface Progress {
  suite: Suite;
  hello: ServerHello;
  certificate: Uint8Array | null;
  point: Uint8Array | null;
  /** Signature schemes that the server takes; null when it asks for no certificate. */
  asked: number[] | null;
}

/**
 * The client, RFC 6347 §4.2.4:
 *
 *     start --> hello -- HelloVerifyRequest --> hello with cookie
 *               hello -- ServerHello .. ServerHelloDone --> Certificate .. Finished -- Finished --> open
 */
export class DtlsClient extends DtlsPeer {
  private readonly random = Buffer.from(this.config.chance.hex(32), 'hex');
  private progress: Progress | null = null;
  private master: Uint8Array | null = null;
  private verifications = 0;

  protected override get onlyFinished(): boolean {
    return this.master !== null;
  }

  /** Sends the first flight. */
  start(now: number): void {
    this.sayHello(new Uint8Array(), now);
  }

  protected override message(message: HandshakeMessage, now: number): void {
    const { progress } = this;
    if (this.master) return this.finish(message);
    if (message.type === types.helloVerifyRequest && !progress && this.verifications < mostVerifications) {
      this.verifications += 1;
      return this.sayHello(readHelloVerifyRequest(message.body), now);
    }
    this.transcript.push(wholeMessage(message));
    if (!progress) this.begin(message);
    else if (message.type === types.certificate && !progress.certificate) this.certificate(progress, message.body);
    else if (message.type === types.serverKeyExchange && progress.certificate && !progress.point) {
      this.keyExchange(progress, message.body);
    } else if (message.type === types.certificateRequest && progress.point && !progress.asked) {
      progress.asked = readCertificateRequest(message.body);
    } else if (message.type === types.serverHelloDone && progress.point) this.answer(progress, progress.point, now);
    else throw unexpected(message);
  }

  private sayHello(cookie: Uint8Array, now: number): void {
    this.transcript = [];
    const ids = suites.map(({ id }) => id);
    const message = this.compose(types.clientHello, writeClientHello(this.random, cookie, ids));
    this.fly([{ message, sealed: false }], now, true);
  }

  private begin(message: HandshakeMessage): void {
    if (message.type !== types.serverHello) throw unexpected(message);
    const hello = readServerHello(message.body);
    const suite = suites.find(({ id }) => id === hello.suite);
    if (!suite) throw new HandshakeFailed(alerts.handshakeFailure, 'a cipher suite that was not offered');
    this.progress = { suite, hello, certificate: null, point: null, asked: null };
  }

  private certificate(progress: Progress, body: Uint8Array): void {
    const certificate = readCertificate(body);
    const why = this.config.refusal(certificate);
    if (why !== null || !certificate) throw new HandshakeFailed(alerts.badCertificate, why ?? 'no certificate');
    progress.certificate = certificate;
  }

  private keyExchange({ suite, hello, certificate }: Progress, body: Uint8Array): void {
    const { point, parameters, scheme, signature } = readServerKeyExchange(body);
    const signed = join(this.random, hello.random, parameters);
    if (!certificate || kindOf(scheme) !== suite.signs || !isSignedBy(certificate, scheme, signature, signed)) {
      throw new HandshakeFailed(alerts.decryptError, 'the key is not signed by the certificate of the other end');
    }
    if (this.progress) this.progress.point = point;
  }

  private answer({ suite, hello, asked }: Progress, point: Uint8Array, now: number): void {
    const { own } = this.config;
    const keys = new KeyExchange();
    const flight: FlightPart[] = [];
    const say = (type: number, body: Uint8Array): void => {
      flight.push({ message: this.compose(type, body), sealed: false });
    };
    if (asked) say(types.certificate, writeCertificate(own.certificate));
    say(types.clientKeyExchange, vector(1, keys.point));
    const randoms = { client: this.random, server: hello.random };
    const session = hello.extendedMasterSecret ? transcriptHash(suite, this.transcript) : null;
    const master = masterSecret(suite, keys.shared(point), randoms, session);
    if (asked) say(types.certificateVerify, writeSignature(this.signed(asked)));
    const { client, server } = protections(suite, master, randoms);
    [this.seals, this.opens, this.master] = [client, server, master];
    const finished = this.compose(types.finished, verifyData(suite, master, 'client', this.transcript));
    this.fly([...flight, 'changeCipherSpec', { message: finished, sealed: true }], now, true);
  }

  private signed(asked: readonly number[]): { scheme: number; signature: Uint8Array } {
    const signed = this.config.own.sign(join(...this.transcript), asked);
    if (!signed) throw new HandshakeFailed(alerts.handshakeFailure, 'no signature that the other end takes');
    return signed;
  }

  private finish(message: HandshakeMessage): void {
    const { progress, master } = this;
    if (message.type !== types.finished || !progress || !master) throw unexpected(message);
    checkFinished(message.body, verifyData(progress.suite, master, 'server', this.transcript));
    this.fly([], 0, false);
    this.established();
  }
}

function unexpected({ type }: HandshakeMessage): HandshakeFailed {
  return new HandshakeFailed(alerts.unexpectedMessage, `message ${type} came out of turn`);
}
