import type { Chance } from '../../base/ids.js';
import { Unreadable } from './bytes.js';
import { cutMessage, Inbox, wholeMessage, type HandshakeMessage } from './flights.js';
import { contentTypes, pack, readRecords, ReplayWindow, writeRecord, type DtlsRecord } from './records.js';
import type { Protection } from './secrets.js';
import type { Signer } from './signatures.js';

/** What one end of an association is made from. */
export interface DtlsConfig {
  own: Signer;
  /** Why the certificate of the other end (DER; null when it showed none) is not the right one; null when it is. */
  refusal(certificate: Uint8Array | null): string | null;
  chance: Chance;
}

/** Where an association puts what it produces. */
export interface DtlsSink {
  send(datagram: Uint8Array): void;
  /** The handshake is through and the certificate of the other end the right one. */
  connected(): void;
  /** One datagram of the application. */
  data(bytes: Uint8Array): void;
  /** Once, last: the other end closed it, or something failed. */
  closed(why: string): void;
}

/** Alerts, RFC 5246 §7.2. */
export const alerts = {
  closeNotify: 0,
  unexpectedMessage: 10,
  handshakeFailure: 40,
  badCertificate: 42,
  decodeError: 50,
  decryptError: 51,
  protocolVersion: 70,
} as const;

/** A handshake that cannot go on; thrown by the handlers of messages, caught in `receive`. */
export class HandshakeFailed extends Error {
  constructor(
    readonly alert: number,
    why: string,
  ) {
    super(why);
  }
}

/** What a flight consists of; `sealed` parts go out in epoch 1. */
export type FlightPart = { message: HandshakeMessage; sealed: boolean } | 'changeCipherSpec';

/** Octets of a datagram; it fits any path that carries IPv6 or a VPN. */
const datagramLimit = 1200;
/** Record header, explicit nonce and tag. */
const overhead = 13 + 24;
/** RFC 6347 §4.2.4.1. */
const firstWaitMs = 1000;
const transmissions = 6;

/**
 * One end of a DTLS 1.2 association (RFC 6347, RFC 5246) with certificates on both sides, for two who know each other by
 * fingerprint. Suites: ephemeral ECDH with AES-GCM (RFC 5289), extended master secret (RFC 7627). No resumption, no
 * renegotiation. No sockets and no clock: give it datagrams, and call `tick` when `due` has come.
 *
 *     shaking -- both Finished --> open -- close_notify / close --> closed
 *     shaking -- alert, bad message, wrong certificate, no answer --> closed
 */
export abstract class DtlsPeer {
  protected readonly inbox = new Inbox();
  /** Messages of the handshake so far, as they count. */
  protected transcript: Uint8Array[] = [];
  protected seals: Protection | null = null;
  protected opens: Protection | null = null;
  /** message_seq of our next message. */
  protected nextMessage = 0;
  /** Sequence numbers of our next records. */
  protected readonly nextRecord: [number, number] = [0, 0];
  private state: 'shaking' | 'open' | 'closed' = 'shaking';
  private flight: FlightPart[] = [];
  private sent = 0;
  private dueAt: number | null = null;
  private readonly window = new ReplayWindow();
  /** The other end knows that we use keys now. */
  private announced = false;

  constructor(
    protected readonly config: DtlsConfig,
    protected readonly sink: DtlsSink,
  ) {}

  /** When `tick` has work to do, or null. */
  get due(): number | null {
    return this.dueAt;
  }

  get open(): boolean {
    return this.state === 'open';
  }

  get closed(): boolean {
    return this.state === 'closed';
  }

  /** Takes one datagram of the other end. What is not genuine is dropped without a word. */
  receive(datagram: Uint8Array, now: number): void {
    for (const record of readRecords(datagram)) {
      if (this.state === 'closed') return;
      try {
        this.record(record, now);
      } catch (error) {
        if (error instanceof HandshakeFailed) this.fail(error.message, error.alert);
        else if (error instanceof Unreadable)
          this.fail(`a message cannot be read: ${error.message}`, alerts.decodeError);
        else throw error;
      }
    }
  }

  /** Sends one datagram of the application; dropped while the handshake is not through. */
  write(bytes: Uint8Array): void {
    if (this.state === 'open') this.sink.send(this.sealed(contentTypes.data, bytes));
  }

  /** Repeats a flight that was not answered, or gives up. */
  tick(now: number): void {
    if (this.dueAt === null || now < this.dueAt || this.state === 'closed') return;
    if (this.sent >= transmissions) return this.fail('no answer to the DTLS handshake', null);
    this.transmit();
    this.dueAt = now + firstWaitMs * 2 ** (this.sent - 1);
  }

  /** Says that it is over; idempotent. `sink.closed` is not told. */
  close(): void {
    if (this.state === 'closed') return;
    if (this.state === 'open') this.sendAlert(1, alerts.closeNotify);
    this.over();
  }

  /** The next message of the handshake, in order. */
  protected abstract message(message: HandshakeMessage, now: number): void;

  /** All that is missing of the other end is its Finished, which is sealed. */
  protected abstract get onlyFinished(): boolean;

  /** A handshake record before the handshake has state of its own (servers); true when it was taken. */
  protected stateless(_record: DtlsRecord, _now: number): boolean {
    return false;
  }

  /** Adds a message of ours to the transcript and gives it its number. */
  protected compose(type: number, body: Uint8Array): HandshakeMessage {
    const message = { type, sequence: this.nextMessage++, body };
    this.transcript.push(wholeMessage(message));
    return message;
  }

  /** Sends a flight; `awaits` an answer, else it goes out again only when the other end repeats its own. */
  protected fly(parts: FlightPart[], now: number, awaits: boolean): void {
    this.flight = parts;
    this.sent = 0;
    this.transmit();
    this.dueAt = awaits ? now + firstWaitMs : null;
  }

  protected established(): void {
    this.state = 'open';
    this.inbox.end();
    this.sink.connected();
  }

  private record(record: DtlsRecord, now: number): void {
    if (record.epoch === 0) this.plain(record, now);
    else if (record.epoch === 1 && this.opens && this.window.isNew(record.sequence)) {
      const fragment = this.opens.open(record);
      if (!fragment) return;
      this.window.note(record.sequence);
      this.genuine(record.type, fragment, now);
    }
  }

  /** Nothing but the handshake is in the plain, and an alert that ends it: later on anybody could have sent it. */
  private plain(record: DtlsRecord, now: number): void {
    if (this.state !== 'shaking') return;
    if (record.type === contentTypes.alert) this.alert(record.fragment);
    // ChangeCipherSpec says nothing that the epoch does not
    if (record.type !== contentTypes.handshake || this.onlyFinished || this.stateless(record, now)) return;
    this.handshake(record.fragment, false, now);
  }

  private genuine(type: number, fragment: Uint8Array, now: number): void {
    if (type === contentTypes.handshake) this.handshake(fragment, true, now);
    else if (type === contentTypes.alert) this.alert(fragment);
    else if (type === contentTypes.data && this.state === 'open') this.sink.data(fragment);
  }

  private handshake(fragment: Uint8Array, sealed: boolean, now: number): void {
    const old = this.collect(fragment, sealed);
    // the other end repeats its flight: the last one of ours was lost (RFC 6347 §4.2.4)
    if (old && this.state === 'open' && this.flight.length > 0) this.transmit();
    for (;;) {
      const message = this.state === 'shaking' ? this.inbox.take() : null;
      if (!message) return;
      this.message(message, now);
    }
  }

  /** Whether the other end repeats its flight. Fragments in the plain that make no sense may be anybody's. */
  private collect(fragment: Uint8Array, sealed: boolean): boolean {
    try {
      return this.inbox.add(fragment, sealed).old;
    } catch (error) {
      if (sealed || !(error instanceof Unreadable)) throw error;
      return false;
    }
  }

  private alert(fragment: Uint8Array): void {
    const [level, description] = fragment;
    if (description === alerts.closeNotify) {
      this.close();
      this.sink.closed('the other end closed the DTLS association');
    } else if (level === 2 && description !== undefined) this.end(`DTLS alert ${description} of the other end`);
  }

  private transmit(): void {
    this.sent += 1;
    this.announced ||= this.flight.includes('changeCipherSpec');
    const records = this.flight.flatMap((part) => {
      if (part === 'changeCipherSpec') return [this.written(contentTypes.changeCipherSpec, new Uint8Array([1]), false)];
      const pieces = cutMessage(part.message, datagramLimit - overhead);
      return pieces.map((piece) => this.written(contentTypes.handshake, piece, part.sealed));
    });
    for (const datagram of pack(records, datagramLimit)) this.sink.send(datagram);
  }

  private written(type: number, fragment: Uint8Array, sealed: boolean): Uint8Array {
    return sealed
      ? this.sealed(type, fragment)
      : writeRecord({ type, epoch: 0, sequence: this.nextRecord[0]++, fragment });
  }

  private sealed(type: number, fragment: Uint8Array): Uint8Array {
    if (!this.seals) throw new Error('no keys yet');
    return writeRecord(this.seals.seal({ type, epoch: 1, sequence: this.nextRecord[1]++, fragment }));
  }

  private fail(why: string, alert: number | null): void {
    if (alert !== null) this.sendAlert(2, alert);
    this.end(why);
  }

  private sendAlert(level: number, description: number): void {
    this.sink.send(this.written(contentTypes.alert, new Uint8Array([level, description]), this.announced));
  }

  private end(why: string): void {
    this.over();
    this.sink.closed(why);
  }

  private over(): void {
    this.state = 'closed';
    this.dueAt = null;
    this.flight = [];
  }
}
