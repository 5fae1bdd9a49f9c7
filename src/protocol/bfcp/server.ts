import { messageOf } from '../../base/errors.js';
import { decodeHeader, decodeMessage } from './decode.js';
import type { Desk, DeskTicket } from './desk.js';
import { encode } from './encode.js';
import type { BfcpFault } from './fault.js';
import { fragment, Reassembler } from './fragments.js';
import type { Body, Carriage, Header, Ids, Message, Version } from './message.js';
import { errorCodes, isRequest, primitiveName, primitives, type PrimitiveName } from './names.js';
import { Notices, type Notice } from './notices.js';
import { initialT1, t2Of } from './retransmission.js';
import { ServerPeer, type ServerIds } from './server-peer.js';
import { errorReply, explained, leave, needsDesk, perform, type Reply, type Subscription } from './server-requests.js';

/** Settings of a server machine. */
export interface ServerConfig extends ServerIds {
  carriage: Carriage;
  /** First transaction id of notifications, 1..65535. */
  firstTransactionId: number;
  /** Answers version 1 on datagrams and foreign user ids from the known source (old endpoints do both). */
  lenient: boolean;
  /** FloorStatus also goes to peers that never sent FloorQuery, and keeps the path open. */
  tellUnasked: boolean;
}

/** Where a server machine puts what it produces. */
export interface ServerSink {
  /** One datagram or message to the peer of this association. */
  send(bytes: Uint8Array): void;
  /** Something worth counting, lower case with underscores. */
  count(event: string): void;
  /** The byte stream makes no sense any more and has to be closed, RFC 8855 §6.1. */
  broken(why: string): void;
  /** A peer that acknowledged notifications before did not acknowledge this one, however often it was repeated. */
  unanswered?(): void;
}

interface CachedReply {
  key: string;
  bytes: Uint8Array;
  expires: number;
}

const maxCached = 16;
const maxHeld = 4;
/** Silence in both directions after which the floor is told again so that NAT bindings stay open, milliseconds. */
const keepAliveMs = 10_000;
/** RFC 8855 acknowledgements, and 91 and 93 of pre-standard stacks. */
const acknowledgements: ReadonlySet<number> = new Set([14, 15, 17, 91, 93]);

/**
 * Floor control server for one association, RFC 8855 §13: answers one participant and tells it about the floor. What the
 * floor is, a Desk decides. No sockets and no clock: give it bytes of the peer's own source, and call `tick` when `due`
 * has come. Requests that come before the desk wait for it.
 */
export class BfcpServer {
  private readonly peer: ServerPeer;
  private readonly notices: Notices;
  private readonly reassembler = new Reassembler(t2Of(initialT1));
  private readonly subscription: Subscription = { wanted: null };
  private cache: CachedReply[] = [];
  private held: { key: string; bytes: Uint8Array }[] = [];
  private desk: Desk | null = null;
  private presence: 'unheard' | 'present' | 'gone' = 'unheard';
  private working = false;
  /** Transaction id of the peer's last request. */
  private latest = 0;
  private keepAliveAt: number | null = null;
  /** The peer has just turned up and has not been told who holds the floor. */
  private welcome = false;
  private readonly quirks = new Set<string>();

  /** `version` is used until the peer has spoken. */
  constructor(
    private readonly config: ServerConfig,
    private version: Version,
    private readonly sink: ServerSink,
  ) {
    this.peer = new ServerPeer(config);
    const { carriage, firstTransactionId } = config;
    this.notices = new Notices(
      carriage === 'reliable',
      firstTransactionId,
      (notice, id) => this.writeNotice(notice, id),
      (bytes) => this.emit(bytes),
      () => {
        sink.count('notice_lost');
        if (this.notices.peerAcknowledges) sink.unanswered?.();
      },
    );
  }

  /** When `tick` has work to do, or null. */
  get due(): number | null {
    const { due } = this.notices;
    if (due === null || this.keepAliveAt === null) return due ?? this.keepAliveAt;
    return Math.min(due, this.keepAliveAt);
  }

  /** Version to use until the peer speaks (again). */
  expect(version: Version): void {
    if (this.presence !== 'present') this.version = version;
  }

  /** The participant is in its room now. */
  attach(desk: Desk, name: string, now: number): void {
    this.desk = desk;
    this.peer.name = name;
    for (const { bytes } of this.held.splice(0)) this.receive(bytes, now);
    this.greetNewcomer(now);
  }

  /** Takes one datagram or framed message from the peer's source; false when it was no message of this association. */
  receive(bytes: Uint8Array, now: number): boolean {
    const read = decodeHeader(bytes, this.config.carriage);
    if (!read.ok) return this.refuse(read.fault, bytes);
    const header = read.value;
    if (!this.speaks(header.version)) return this.error(header, errorCodes.unsupportedVersion);
    if (this.isAcknowledgement(header, now)) return true;
    if (header.response || header.primitive === 13) return this.drop('stray_response');
    const whole = this.reassembler.add(bytes, header, now);
    if (whole === null) return true;
    if (whole === 'refused') return this.error(header, errorCodes.incorrectLength);
    return this.request(whole, header, now);
  }

  /** A request of this peer changed without its asking. */
  changed(ticket: DeskTicket, now: number): void {
    this.peer.own(ticket);
    this.notices.push({ kind: 'request', ticket });
    this.flush(now);
  }

  /** Somebody else got the floor, or nobody has it. */
  holderChanged(now: number): void {
    if (!this.tellsFloor) return;
    this.notices.push({ kind: 'floor' });
    this.flush(now);
  }

  /** Requests came, went or moved while the holder stayed: told to chairs and to whoever subscribed (RFC 8855 §13.5.2). */
  queueChanged(now: number): void {
    if (this.presence !== 'present' || this.subscription.wanted === false) return;
    if (this.subscription.wanted === null && !this.desk?.chair) return;
    this.notices.push({ kind: 'floor' });
    this.flush(now);
  }

  /** Tells the floor although the peer may not have spoken yet: opens the path through NATs on datagrams. */
  greet(now: number): void {
    if (this.config.carriage === 'reliable' || !this.config.tellUnasked) return;
    this.holderChanged(now);
  }

  /** Gives back all the peer holds or waits for: its connection is gone for good. */
  leave(): void {
    if (this.desk) leave(this.peer, this.desk);
  }

  /** Says Goodbye, where the carriage has one. */
  goodbye(): void {
    if (this.config.carriage === 'reliable') return;
    this.emit(
      this.write(
        'Goodbye',
        {},
        { ...this.config, userId: this.peer.userId, transactionId: this.notices.nextId() },
        false,
      ),
    );
  }

  tick(now: number): void {
    this.notices.tick(now);
    if (this.keepAliveAt !== null && now >= this.keepAliveAt) this.greet(now);
    this.flush(now);
  }

  /** One line for dumps. */
  describe(): string {
    const acks = this.notices.peerAcknowledges;
    const quirks = [...this.quirks].join('+') || 'none';
    return `bfcp v${this.version} user ${this.peer.userId} ${this.presence} subscribed=${this.subscription.wanted ?? 'unasked'} acks=${acks ?? 'unknown'} desk=${this.desk !== null} quirks=${quirks}`;
  }

  private get tellsFloor(): boolean {
    if (this.presence === 'gone') return false;
    const unasked = this.config.tellUnasked && (this.presence === 'present' || this.config.carriage === 'datagram');
    return this.subscription.wanted ?? unasked;
  }

  /** Checks 5 to 11 of the server's list, then the work itself. */
  private request(bytes: Uint8Array, header: Header, now: number): boolean {
    const primitive = primitiveName(header.primitive);
    if (!primitive || !isRequest(primitive)) return this.error(header, errorCodes.unknownPrimitive);
    if (header.conferenceId !== this.config.conferenceId) {
      return this.error(header, errorCodes.conferenceDoesNotExist);
    }
    if (!this.acceptUser(header)) return this.error(header, errorCodes.userDoesNotExist);
    if (primitive === 'Hello') this.begin(header.transactionId);
    this.latest = header.transactionId;
    this.presence = 'present';
    this.version = header.version;
    if (header.version === 1 && this.config.carriage === 'datagram') this.quirk('version_1');
    this.touch(now);
    const key = `${primitive} ${header.transactionId} ${header.userId}`;
    if (this.replay(key, now)) return true;
    const decoded = decodeMessage(bytes, header);
    if (!decoded.ok) return this.refuse(decoded.fault, bytes);
    if (!this.desk && needsDesk(primitive)) return this.hold(key, bytes);
    this.answer(decoded.value, key, now);
    return true;
  }

  /** Numbers of a client grow (RFC 8855 §8.1): one that says Hello with a lower one has begun anew, and repeats nothing. */
  private begin(transactionId: number): void {
    const anew = transactionId < this.latest;
    if (anew) this.cache = [];
    if (anew || this.presence !== 'present') this.welcome = true;
  }

  private answer(message: Message, key: string, now: number): void {
    this.working = true;
    if (message.body.floorIds?.includes(0)) this.quirk('floor_0');
    const reply = this.decide(message);
    this.working = false;
    if (reply?.primitive === 'FloorRequestStatus') this.notices.answered();
    if (reply) {
      if (reply.primitive === 'Error') this.sink.count(`error_${reply.body.error?.code ?? 0}`);
      const bytes = this.write(reply.primitive, reply.body, message, true);
      this.emit(bytes);
      this.remember(key, bytes, now);
    }
    this.greetNewcomer(now);
    this.flush(now);
  }

  /** Many endpoints never query the floor: whoever comes while somebody presents is told so once. */
  private greetNewcomer(now: number): void {
    if (!this.welcome || !this.desk) return;
    this.welcome = false;
    if (this.desk.holder) this.holderChanged(now);
  }

  private decide(message: Message): Reply | null {
    if (message.primitive === 'Goodbye') {
      this.presence = 'gone';
      this.notices.clear();
    }
    try {
      const reply = perform(message, this.peer, this.desk ?? closedDesk, this.subscription);
      return reply && explained(reply);
    } catch (error) {
      this.sink.count('desk_failed');
      return errorReply(errorCodes.generic, [], messageOf(error));
    }
  }

  private speaks(version: Version): boolean {
    if (this.config.carriage === 'reliable') return version === 1;
    return version === 2 || this.config.lenient;
  }

  /** Ids decide before the R bit: some stacks leave it out, or have acknowledgements of their own numbers. */
  private isAcknowledgement(header: Header, now: number): boolean {
    if (this.config.carriage === 'reliable') return acknowledgements.has(header.primitive);
    if (header.primitive > primitives.GoodbyeAck && acknowledgements.has(header.primitive)) this.quirk('old_ack');
    const looksLike = header.response || acknowledgements.has(header.primitive);
    if (
      looksLike &&
      header.conferenceId === this.config.conferenceId &&
      this.notices.acknowledged(header.transactionId, now)
    ) {
      this.touch(now);
      this.flush(now);
      return true;
    }
    return acknowledgements.has(header.primitive);
  }

  /** A peer that uses the user id of its own SDP is known by its source: the caller only hands in bytes from there. */
  private acceptUser({ userId }: Header): boolean {
    if (userId === this.config.userId) this.peer.userId = userId;
    else if (!this.config.lenient || userId === 0) return false;
    else {
      this.peer.userId = userId;
      this.quirk('user_id');
    }
    return true;
  }

  /** Something that the standard does not foresee but the peer does: told once. */
  private quirk(name: string): void {
    if (this.quirks.has(name)) return;
    this.quirks.add(name);
    this.sink.count(`quirk_${name}`);
  }

  /** RFC 8855 §8.3.3: a repeated request gets the same answer and is not done twice. */
  private replay(key: string, now: number): boolean {
    this.cache = this.cache.filter((entry) => entry.expires > now);
    const known = this.cache.find((entry) => entry.key === key);
    if (!known) return false;
    this.emit(known.bytes);
    return true;
  }

  private remember(key: string, bytes: Uint8Array, now: number): void {
    if (this.config.carriage === 'reliable') return;
    if (this.cache.length >= maxCached) this.cache.shift();
    this.cache.push({ key, bytes, expires: now + t2Of(this.notices.t1) });
  }

  private hold(key: string, bytes: Uint8Array): boolean {
    if (this.held.some((other) => other.key === key)) return true;
    if (this.held.length >= maxHeld) return this.drop('held_overflow');
    this.held.push({ key, bytes: bytes.slice() });
    return true;
  }

  private refuse(fault: BfcpFault, bytes: Uint8Array): boolean {
    this.sink.count(`fault_${fault.verdict.label}`);
    const answering = this.config.carriage === 'datagram' && ((bytes[0] ?? 0) & 0x10) !== 0;
    if (!fault.ids || answering || bytes[1] === 13) return false;
    if (this.config.carriage === 'reliable' && fault.kind === 'malformed') {
      this.sink.broken(fault.message);
      return false;
    }
    const details = fault.types.map((type) => type << 1);
    const { primitive, body } = errorReply(fault.verdict.bfcp, details);
    this.emit(this.write(primitive, body, fault.ids, true, fault.header?.version));
    return false;
  }

  private error(header: Header, code: number): false {
    this.sink.count(`error_${code}`);
    const { primitive, body } = errorReply(code);
    this.emit(this.write(primitive, body, header, true, header.version));
    return false;
  }

  private drop(event: string): false {
    this.sink.count(event);
    return false;
  }

  private flush(now: number): void {
    if (!this.working) this.notices.flush(now, this.presence === 'present');
    if (this.keepAliveAt === null || now >= this.keepAliveAt) this.touch(now);
  }

  private touch(now: number): void {
    if (this.config.carriage === 'datagram' && this.config.tellUnasked) this.keepAliveAt = now + keepAliveMs;
  }

  private writeNotice(notice: Notice, transactionId: number): Uint8Array {
    const ids = { conferenceId: this.config.conferenceId, userId: this.peer.userId, transactionId };
    if (notice.kind === 'floor') return this.write('FloorStatus', this.peer.floorStatus(this.desk), ids, false);
    const body = { floorRequests: [this.peer.requestInfo(notice.ticket)] };
    return this.write('FloorRequestStatus', body, ids, false);
  }

  /** Answers in the version of the question where we speak it, otherwise in our own. */
  private write(primitive: PrimitiveName, body: Body, ids: Ids, response: boolean, asked?: Version): Uint8Array {
    const { conferenceId, transactionId, userId } = ids;
    const version = asked && this.speaks(asked) ? asked : this.version;
    const message = { version, response, primitive, conferenceId, transactionId, userId, body };
    return encode(message, this.config.carriage);
  }

  private emit(bytes: Uint8Array): void {
    if (this.config.carriage === 'reliable') this.sink.send(bytes);
    else for (const piece of fragment(bytes)) this.sink.send(piece);
  }
}

/** Stands in before the participant has a room: nothing is held and nothing can be had. */
const closedDesk: Desk = {
  holder: null,
  request: () => ({ id: 0, who: 0, name: '', state: 'denied', position: 0, info: '' }),
  release: () => null,
  ticket: () => null,
  tickets: () => [],
};
