import { decodeHeader, decodeMessage } from './decode.js';
import { encode } from './encode.js';
import type { BfcpFault } from './fault.js';
import { fragment, Reassembler } from './fragments.js';
import type { Body, Carriage, FloorRequestInfo, Header, Message, Version } from './message.js';
import { errorCodes, isOngoing, primitiveName, primitives, type PrimitiveName, type RequestState } from './names.js';
import { initialT1, Retransmitter, t2Of } from './retransmission.js';

/** What a client knows of its conference: from SDP or from the web API. */
export interface ClientIds {
  conferenceId: number;
  userId: number;
  floorId: number;
}

/** Settings of a client machine. */
export interface ClientConfig extends ClientIds {
  carriage: Carriage;
  /** 1 on reliable carriage, normally 2 on datagrams. */
  version: Version;
  /** First transaction id, 1..65535; random where answers could be forged. */
  firstTransactionId?: number;
}

/** State of one floor request as the server last told it. */
export interface RequestView {
  requestId: number;
  state: RequestState;
  position: number;
  /** Text for people, '' when there is none. */
  info: string;
}

/** The floor as the server last told it. */
export interface FloorView {
  /** Who holds the floor, or null. `self` when it is this client. */
  holder: { userId: number; name: string; requestId: number; self: boolean } | null;
  /** All requests known to the server, in its order. */
  requests: FloorRequestInfo[];
}

/** What a chair decides on a request. */
export interface Decision {
  state: 'granted' | 'accepted' | 'denied' | 'revoked';
  /** 0 leaves the place to the server. */
  position?: number;
  /** For people. */
  info?: string;
}

/** How an operation of this client ended. */
export type Outcome =
  | { kind: 'answer'; message: Message }
  | { kind: 'error'; code: number; text: string }
  /** No answer in time; the association is broken. */
  | { kind: 'timeout' };

/** Where a client machine puts what it produces. */
export interface ClientSink {
  send(bytes: Uint8Array): void;
  /** Called once for each operation, with the number it returned. */
  done(operation: number, outcome: Outcome): void;
  /** A request of this client changed, by answer or by notification. */
  status(view: RequestView): void;
  floor(view: FloorView): void;
  /** The server said Goodbye. */
  goodbye(): void;
  /** The byte stream makes no sense any more and has to be closed, RFC 8855 §6.1. */
  broken?(why: string): void;
}

interface Operation {
  number: number;
  primitive: PrimitiveName;
  body: Body;
}

/** What answers a request, RFC 8855 §5.3. */
const answers: Partial<Record<PrimitiveName, PrimitiveName>> = {
  Hello: 'HelloAck',
  FloorRequest: 'FloorRequestStatus',
  FloorRelease: 'FloorRequestStatus',
  FloorRequestQuery: 'FloorRequestStatus',
  FloorQuery: 'FloorStatus',
  UserQuery: 'UserStatus',
  ChairAction: 'ChairActionAck',
  Goodbye: 'GoodbyeAck',
};

/** What acknowledges a message of the server's own accord. */
const acks: Partial<Record<PrimitiveName, PrimitiveName>> = {
  FloorRequestStatus: 'FloorRequestStatusAck',
  FloorStatus: 'FloorStatusAck',
  Goodbye: 'GoodbyeAck',
};

/**
 * Floor participant, RFC 8855 §10 and §8: operations are queued and go out one at a time, server notifications are
 * acknowledged. No sockets and no clock: give it bytes, and call `tick` when `due` has come.
 */
export class BfcpClient {
  private readonly line: Retransmitter;
  private readonly reassembler = new Reassembler(t2Of(initialT1));
  private readonly waiting: Operation[] = [];
  private current: (Operation & { transactionId: number }) | null = null;
  private nextTransaction: number;
  private nextOperation = 1;
  private lastNotification: { primitive: PrimitiveName; transactionId: number } | null = null;
  private requestId: number | null = null;
  /** What the server told of its own accord while an own request waited for its answer. */
  private crossed: Message[] = [];
  /** False for a server whose HelloAck lists the primitives of RFC 4582 only: it would answer acknowledgements with errors. */
  private acknowledges = true;
  /** The server uses the R bit, so an unmarked message is no answer. */
  private marksResponses = false;

  constructor(
    private readonly config: ClientConfig,
    private readonly sink: ClientSink,
  ) {
    this.nextTransaction = config.firstTransactionId ?? 1;
    this.line = new Retransmitter(config.carriage === 'datagram', (bytes) => {
      for (const piece of this.pieces(bytes)) sink.send(piece);
    });
  }

  /** Id of this client's own ongoing request, or null. */
  get ongoing(): number | null {
    return this.requestId;
  }

  /** When `tick` has work to do, or null. */
  get due(): number | null {
    return this.line.due;
  }

  hello(now: number): number {
    return this.queue('Hello', {}, now);
  }

  /** Asks for the floor; the outcome's message is a FloorRequestStatus. */
  request(now: number, reason = ''): number {
    const body: Body = { floorIds: [this.config.floorId] };
    if (reason !== '') body.providedInfo = reason;
    return this.queue('FloorRequest', body, now);
  }

  /** Releases or cancels a request, by default the own ongoing one. */
  release(now: number, requestId = this.requestId ?? 0): number {
    return this.queue('FloorRelease', { floorRequestId: requestId }, now);
  }

  /** Subscribes to the floor; the answer and later notifications come to `sink.floor`. */
  query(now: number): number {
    return this.queue('FloorQuery', { floorIds: [this.config.floorId] }, now);
  }

  /** Ends the subscription. */
  unsubscribe(now: number): number {
    return this.queue('FloorQuery', {}, now);
  }

  /** As a chair: decides on a request of anybody (RFC 8855 §11.1). `position` is the place in the queue for accepted. */
  decide(now: number, requestId: number, decision: Decision): number {
    const { state, position = 0, info = '' } = decision;
    const status = { id: this.config.floorId, status: { state, position }, ...(info === '' ? {} : { info }) };
    return this.queue('ChairAction', { floorRequests: [{ id: requestId, floors: [status] }] }, now);
  }

  queryRequest(now: number, requestId: number): number {
    return this.queue('FloorRequestQuery', { floorRequestId: requestId }, now);
  }

  queryUser(now: number, userId?: number): number {
    return this.queue('UserQuery', userId === undefined ? {} : { beneficiaryId: userId }, now);
  }

  /** Leaves; on reliable carriage there is nothing to send and closing the connection is enough (RFC 8855 §6.1). */
  goodbye(now: number): number {
    return this.queue('Goodbye', {}, now);
  }

  /** Takes one datagram or one framed message. Anything wrong is ignored on datagrams (RFC 8855 §6.2) and ends streams. */
  receive(bytes: Uint8Array, now: number): void {
    const header = decodeHeader(bytes, this.config.carriage);
    if (!header.ok) return this.refuse(header.fault);
    if (!this.forUs(header.value)) return;
    const whole = this.reassembler.add(bytes, header.value, now);
    if (whole === null || whole === 'refused') return;
    const decoded = decodeMessage(whole, header.value);
    if (decoded.ok) this.handle(decoded.value, now);
    else this.refuse(decoded.fault);
  }

  /** Repeats and gives up what is due. */
  tick(now: number): void {
    const failed = this.line.tick(now);
    if (failed !== null) this.finish({ kind: 'timeout' }, now);
  }

  /** Ends everything that waits as timed out: the connection is gone. */
  abandon(now: number): void {
    this.line.abandon();
    const lost = [...(this.current ? [this.current] : []), ...this.waiting.splice(0)];
    this.current = null;
    for (const operation of lost) this.sink.done(operation.number, { kind: 'timeout' });
    this.next(now);
  }

  /** Attributes that are missing or not known leave a stream readable. */
  private refuse({ kind, message }: BfcpFault): void {
    const readable = kind === 'missing-attribute' || kind === 'unknown-mandatory';
    if (this.config.carriage === 'reliable' && !readable) this.sink.broken?.(message);
  }

  private forUs(header: Header): boolean {
    return header.conferenceId === this.config.conferenceId && primitiveName(header.primitive) !== undefined;
  }

  private handle(message: Message, now: number): void {
    if (message.userId !== this.config.userId) return;
    this.marksResponses ||= message.response;
    if (this.isAnswer(message)) {
      this.line.answered(message.transactionId, now);
      this.noteServer(message);
      const newer = this.supersedes(message);
      if (!newer) this.observe(message);
      this.finish(outcomeOf(newer ?? message), now);
      return;
    }
    if (message.response || message.primitive === 'Error') return;
    const repeated = this.acknowledge(message);
    if (repeated) return;
    if (this.current) this.crossed.push(message);
    this.observe(message);
    if (message.primitive === 'Goodbye') this.sink.goodbye();
  }

  /** Ids decide (RFC 8855 §10.1.2), and the R bit where the server knows it: old ones leave it out. */
  private isAnswer({ transactionId, response, primitive }: Message): boolean {
    if (this.current?.transactionId !== transactionId) return false;
    if (this.marksResponses && !response) return false;
    return primitive === 'Error' || primitive === answers[this.current.primitive];
  }

  /**
   * RFC 8855 §6.2: what the server told while its answer was under way is newer than the answer, which may be a repeated
   * one from before.
   */
  private supersedes({ primitive, body }: Message): Message | undefined {
    const [info] = body.floorRequests ?? [];
    const same = (other: Message): boolean =>
      other.primitive === primitive &&
      (primitive === 'FloorStatus'
        ? sameFloors(other.body.floorIds, body.floorIds)
        : primitive === 'FloorRequestStatus' && info !== undefined && other.body.floorRequests?.[0]?.id === info.id);
    return this.crossed.findLast(same);
  }

  private noteServer({ primitive, body }: Message): void {
    const listed = body.supportedPrimitives;
    if (primitive === 'HelloAck' && listed) this.acknowledges = listed.includes(primitives.FloorRequestStatusAck);
  }

  /** RFC 8855 §8.2: on datagrams every server notification is acknowledged, also a repeated one. */
  private acknowledge({ primitive, transactionId }: Message): boolean {
    const ack = acks[primitive];
    if (this.config.carriage !== 'datagram' || !ack) return false;
    if (this.acknowledges || primitive === 'Goodbye') this.sink.send(this.bytes(ack, {}, transactionId, true));
    // RFC 4582 servers number all their notifications 0, so the number tells no repetition.
    if (transactionId === 0) return false;
    const last = this.lastNotification;
    this.lastNotification = { primitive, transactionId };
    return last?.primitive === primitive && last.transactionId === transactionId;
  }

  private observe({ primitive, body }: Message): void {
    if (primitive === 'FloorRequestStatus') {
      const [info] = body.floorRequests ?? [];
      const view = info && viewOf(info);
      if (view) this.noteRequest(view);
    } else if (primitive === 'FloorStatus' && body.floorIds?.includes(this.config.floorId)) {
      this.sink.floor(this.floorOf(body.floorRequests ?? []));
    }
  }

  private noteRequest(view: RequestView): void {
    const mine = this.current?.primitive === 'FloorRequest' || this.requestId === view.requestId;
    if (isOngoing(view.state)) {
      if (mine) this.requestId = view.requestId;
    } else if (this.requestId === view.requestId) {
      this.requestId = null;
    }
    this.sink.status(view);
  }

  private floorOf(requests: FloorRequestInfo[]): FloorView {
    const holder = requests.find((info) => viewOf(info)?.state === 'granted');
    if (!holder) return { holder: null, requests };
    const userId = holder.beneficiary?.id ?? holder.requestedBy?.id ?? 0;
    const self = holder.id === this.requestId || userId === this.config.userId;
    return { holder: { userId, name: holder.beneficiary?.name ?? '', requestId: holder.id, self }, requests };
  }

  private queue(primitive: PrimitiveName, body: Body, now: number): number {
    const operation = { number: this.nextOperation++, primitive, body };
    this.waiting.push(operation);
    this.next(now);
    return operation.number;
  }

  private next(now: number): void {
    if (this.current) return;
    const operation = this.waiting.shift();
    if (!operation) return;
    const transactionId = this.nextTransaction;
    this.nextTransaction = transactionId === 0xffff ? 1 : transactionId + 1;
    this.current = { ...operation, transactionId };
    this.crossed = [];
    this.line.begin(transactionId, this.bytes(operation.primitive, operation.body, transactionId, false), now);
  }

  private finish(outcome: Outcome, now: number): void {
    const operation = this.current;
    this.current = null;
    if (operation) this.sink.done(operation.number, outcome);
    this.next(now);
  }

  private bytes(primitive: PrimitiveName, body: Body, transactionId: number, response: boolean): Uint8Array {
    const { version, conferenceId, userId, carriage } = this.config;
    return encode({ version, response, primitive, conferenceId, transactionId, userId, body }, carriage);
  }

  private pieces(bytes: Uint8Array): Uint8Array[] {
    return this.config.carriage === 'datagram' ? fragment(bytes) : [bytes];
  }
}

function outcomeOf(message: Message): Outcome {
  if (message.primitive !== 'Error') return { kind: 'answer', message };
  const { error, errorInfo } = message.body;
  return { kind: 'error', code: error?.code ?? errorCodes.generic, text: errorInfo ?? '' };
}

function sameFloors(a: number[] = [], b: number[] = []): boolean {
  return a.length === b.length && a.every((id, index) => id === b[index]);
}

/** Reads the state of a request; the overall status counts, a single floor's own one replaces it when absent. */
export function viewOf(info: FloorRequestInfo): RequestView | null {
  const carrier = info.overall?.status ? info.overall : info.floors.find((floor) => floor.status);
  if (!carrier?.status) return null;
  const { state, position } = carrier.status;
  return { requestId: info.id, state, position, info: carrier.info ?? '' };
}
