import { createHash } from 'node:crypto';
import type { Clock } from '../../base/clock.js';
import { messageOf } from '../../base/errors.js';
import type { Chance } from '../../base/ids.js';
import type { Log } from '../../base/log.js';
import type { Metrics } from '../../base/metrics.js';
import type { Seen } from '../../base/seen.js';
import { MalformedSip } from '../sip-values/errors.js';
import { parseNameAddr } from '../sip-values/name-addr.js';
import { branchOf, parseVia, printVia, type Via } from '../sip-values/via.js';
import { ClientTransaction, type ClientHandlers } from './client-transaction.js';
import { allow, knownMethods, plainResponse } from './compose.js';
import { readEnvelope, tagOf, type Envelope } from './envelope.js';
import { type Flow, seenOn } from './flow.js';
import type { Incoming } from './incoming.js';
import { printMessage, type Headers, type SipRequest, type SipResponse } from './message.js';
import { parseMessage, type Parsed } from './parser.js';
import { responseTarget, stampVia } from './routing.js';
import type { Screen, Screened } from './screen.js';
import { ServerTransaction } from './server-transaction.js';
import { standardTimers, type SipTimers } from './timers.js';
import { clientKey, hasCookie, mergeKey, serverKey } from './transaction-keys.js';
import type { Transports } from './transports.js';

/** The user of the transaction layer. */
export interface StackUser {
  /** A new request of any method but ACK; CANCEL included. */
  request(transaction: ServerTransaction): void;
  /** An ACK that belongs to no failed INVITE: that of a 2xx. */
  ack(incoming: Incoming<SipRequest>): void;
  /** Whether a request belongs to a dialog there is. */
  inCall(incoming: Incoming<SipRequest>): boolean;
}

export interface StackOptions {
  clock: Clock;
  chance: Chance;
  log: Log;
  metrics: Metrics;
  /** Most live server transactions; above it new requests get 503. */
  maxTransactions: number;
  timers?: SipTimers;
  /** Looks at requests outside calls before they cost anything. */
  screen?: Screen;
  /** Told of what comes in, but for what is dropped without an answer. */
  seen?: Seen;
}

/** Transaction layer (RFC 3261 §17, §18): bytes in, requests and responses out to the user, and back. */
export class SipStack {
  private readonly servers = new Map<string, ServerTransaction>();
  private readonly merges = new Map<string, ServerTransaction>();
  private readonly clients = new Map<string, ClientTransaction>();
  /** Starts every branch of ours, so that a request of ours is known when it comes back. */
  private readonly branchPrefix: string;
  readonly timers: SipTimers;
  readonly clock: Clock;

  constructor(
    private readonly options: StackOptions,
    private readonly transports: Transports,
    private readonly user: StackUser,
  ) {
    this.branchPrefix = `z9hG4bK${options.chance.hex(4)}`;
    this.timers = options.timers ?? standardTimers;
    this.clock = options.clock;
  }

  newBranch(): string {
    return this.branchPrefix + this.options.chance.hex(8);
  }

  newTag(): string {
    return this.options.chance.hex(7);
  }

  /** Handles one whole message from a flow. Never throws. */
  receive(data: Buffer, flow: Flow): void {
    const parsed = parseMessage(data, flow.transport === 'tcp' || flow.transport === 'tls' ? 'stream' : 'datagram');
    if (!parsed.ok) return this.refuse(parsed, flow);
    const { message } = parsed;
    try {
      const envelope = readEnvelope(message, (method) => knownMethods.has(method));
      const incoming = { message, envelope, flow, bytes: data.length };
      const note = (): void => this.options.seen?.(seenOn(flow, data, false));
      if (isRequest(incoming)) this.receiveRequest(incoming, note);
      else if (isResponse(incoming)) this.receiveResponse(incoming, note);
    } catch (error) {
      if (!(error instanceof MalformedSip)) {
        this.options.metrics.count('dualstream_sip_internal_errors_total');
        this.options.log.error(
          { error: messageOf(error), stack: error instanceof Error ? error.stack : '' },
          'SIP message failed',
        );
        return;
      }
      const start = message.kind === 'request' ? message.method : 'SIP/2.0';
      this.refuse({ ok: false, error, start, headers: message.headers }, flow);
    }
  }

  /** Sends a request whose top Via carries a branch of ours. */
  send(request: SipRequest, flow: Flow, handlers: ClientHandlers): ClientTransaction {
    const branch = branchOf(parseVia(request.headers.get('via') ?? '')) ?? '';
    const key = clientKey(branch, request.method);
    const { clock, timers } = this;
    const ended = (): void => void this.clients.delete(key);
    const transaction = new ClientTransaction(key, request, flow, handlers, { clock, timers, ended });
    this.clients.set(key, transaction);
    transaction.start();
    return transaction;
  }

  /** The INVITE a CANCEL aims at, if it is still known. */
  cancelled(cancel: Incoming<SipRequest>): ServerTransaction | null {
    return this.servers.get(serverKey(cancel.message, cancel.envelope, 'INVITE')) ?? null;
  }

  /** Sends a response outside a transaction. */
  transmit(data: Buffer, { flow, envelope }: Incoming<SipRequest>): void {
    if (flow.transport === 'udp') {
      this.transports.redirect(flow, responseTarget(envelope.via, flow)).send(data);
    } else if (flow.open) flow.send(data);
    else if (flow.transport === 'tcp' || flow.transport === 'tls') this.transmitAnew(data, envelope, flow);
  }

  dispose(): void {
    for (const each of [...this.servers.values(), ...this.clients.values()]) each.dispose();
    this.servers.clear();
    this.merges.clear();
    this.clients.clear();
  }

  describe(): string[] {
    return [...this.servers.values(), ...this.clients.values()].map((each) => each.describe());
  }

  private receiveRequest(incoming: Incoming<SipRequest>, note: () => void): void {
    const { message: request, envelope } = incoming;
    this.options.metrics.count('dualstream_sip_requests_total', {
      method: knownMethods.has(request.method) ? request.method : 'other',
    });
    stamp(incoming);
    const key = serverKey(request, envelope);
    const known = this.servers.get(key);
    if (request.method === 'ACK') {
      note();
      if (known && (known.final?.status ?? 0) >= 300 && acknowledges(incoming, known)) known.ack();
      else this.user.ack(incoming);
      return;
    }
    if (known) {
      note();
      return known.again();
    }
    const screened = this.screen(incoming);
    if (screened === 'drop') return;
    note();
    if (this.servers.size >= this.options.maxTransactions) {
      this.options.metrics.count('dualstream_sip_overload_total');
      return this.reject(incoming, 503, { 'Retry-After': '5' });
    }
    if (request.method !== 'CANCEL' && this.isOwnLoop(envelope)) return this.reject(incoming, 482);
    const initial = tagOf(envelope.to) === null && request.method !== 'CANCEL';
    const merge = mergeKey(request, envelope);
    if (initial && this.merges.has(merge)) return this.reject(incoming, 482);
    const transaction = new ServerTransaction(key, incoming, {
      clock: this.clock,
      timers: this.timers,
      transmit: (data, to) => this.transmit(data, to),
      ended: (ended) => this.forget(ended, merge),
    });
    this.servers.set(key, transaction);
    if (initial) this.merges.set(merge, transaction);
    if (!knownMethods.has(request.method))
      transaction.respond(plainResponse(request, 501, this.newTag(), { Allow: allow }));
    else if (!/^(sips?|tel):/i.test(request.uri)) transaction.respond(plainResponse(request, 416, this.newTag()));
    else if (screened !== 'take')
      transaction.respond(plainResponse(request, screened.status, this.newTag(), screened.headers));
    else this.user.request(transaction);
    this.measure();
  }

  /** Requests of calls, and a CANCEL of what was taken, are nobody's business but the call's. */
  private screen(incoming: Incoming<SipRequest>): Screened {
    const { screen } = this.options;
    const { message, flow } = incoming;
    if (!screen || this.user.inCall(incoming)) return 'take';
    if (message.method === 'CANCEL' && this.cancelled(incoming)) return 'take';
    const agent = message.headers.get('user-agent') ?? '';
    return screen.screen({ address: flow.remote.address, transport: flow.transport, method: message.method, agent });
  }

  private receiveResponse(incoming: Incoming<SipResponse>, note: () => void): void {
    note();
    const { via, vias, cseq } = incoming.envelope;
    const branch = branchOf(via) ?? '';
    const transaction = this.clients.get(clientKey(branch, cseq.method));
    if (transaction && vias.length > 1 === transaction.forwards) transaction.receive(incoming);
    else this.options.metrics.count('dualstream_sip_stray_responses_total');
  }

  private forget(transaction: ServerTransaction, merge: string): void {
    this.servers.delete(transaction.key);
    if (this.merges.get(merge) === transaction) this.merges.delete(merge);
    this.measure();
  }

  private measure(): void {
    this.options.metrics.gauge('dualstream_sip_transactions', this.servers.size + this.clients.size);
  }

  /** RFC 3261 §16.3 step 4 for a gateway: a request that carries a Via of ours has come round. */
  private isOwnLoop({ vias }: Envelope): boolean {
    return vias.some((via) => branchOf(via)?.startsWith(this.branchPrefix) ?? false);
  }

  /** A final answer without keeping state; retransmissions get the same tag. */
  private reject(incoming: Incoming<SipRequest>, status: number, extra: Record<string, string> = {}): void {
    const response = plainResponse(incoming.message, status, statelessTag(incoming.message.headers), extra);
    this.transmit(printMessage(response), incoming);
  }

  /** Answers a malformed request when its Via can be read and drops everything else; streams without framing are closed. */
  private refuse({ error, start, headers }: Extract<Parsed, { ok: false }>, flow: Flow): void {
    this.options.metrics.count('dualstream_sip_malformed_total', { transport: flow.transport });
    this.options.log.debug({ why: error.message, at: error.position, from: flow.remote }, 'malformed SIP message');
    const answer = this.options.screen?.malformed(flow.remote.address, flow.transport) ?? true;
    const method = start.split(' ')[0] ?? '';
    if (answer && headers && !/^(SIP\/|ACK$)/i.test(method)) this.refuseRequest(error, headers, method, flow);
    if (flow.reliable && /Content-Length|empty line/.test(error.message)) flow.close();
  }

  private refuseRequest(error: MalformedSip, headers: Headers, method: string, flow: Flow): void {
    const first = headers.get('via');
    if (first === null) return;
    const request: SipRequest = { kind: 'request', method, uri: '', headers, body: Buffer.alloc(0) };
    const extra = error.verdict.sip === 501 ? { Allow: allow } : {};
    const response = plainResponse(request, error.verdict.sip, statelessTag(headers), extra);
    if (error.verdict.sip === 400) response.reason = `Bad Request (${error.message})`;
    for (const name of ['To', 'From', 'Call-ID', 'CSeq']) if (headers.get(name) === null) response.headers.remove(name);
    const via = readableVia(first, flow);
    if (via) response.headers.set('Via', printVia(via) + restOf(first));
    const to = via && flow.transport === 'udp' ? this.transports.redirect(flow, responseTarget(via, flow)) : flow;
    to.send(printMessage(response));
  }

  /** The connection of a request is gone: a new one to where its Via says (RFC 3261 §18.2.2). */
  private transmitAnew(data: Buffer, envelope: Envelope, flow: Flow): void {
    const { address, port } = responseTarget(envelope.via, flow);
    const lost = (): void => this.options.metrics.count('dualstream_sip_responses_lost_total');
    try {
      Promise.resolve(this.transports.reach(flow.transport, address, port)).then((anew) => anew.send(data), lost);
    } catch {
      lost();
    }
  }
}

function isRequest(incoming: Incoming): incoming is Incoming<SipRequest> {
  return incoming.message.kind === 'request';
}

function isResponse(incoming: Incoming): incoming is Incoming<SipResponse> {
  return incoming.message.kind === 'response';
}

/** Without a branch to go by, the tag says which response an ACK is for (RFC 3261 §17.2.3). */
function acknowledges({ envelope }: Incoming<SipRequest>, { final }: ServerTransaction): boolean {
  if (hasCookie(envelope.via)) return true;
  const to = final?.headers.get('to') ?? '';
  return tagOf(envelope.to) === tagOf(parseNameAddr(to));
}

/** Puts `received` and `rport` into the top Via of the message itself, as the user and the responses show it. */
function stamp({ message, envelope, flow }: Incoming<SipRequest>): void {
  const stamped = stampVia(envelope.via, flow.remote);
  if (stamped === envelope.via) return;
  const line = message.headers.get('via') ?? '';
  message.headers.set('Via', printVia(stamped) + restOf(line));
  envelope.via = stamped;
  envelope.vias[0] = stamped;
}

/** Top Via of a malformed request; null when that is what is malformed, and the answer goes back where it came from. */
function readableVia(line: string, flow: Flow): Via | null {
  try {
    return stampVia(parseVia(line.split(',')[0] ?? ''), flow.remote);
  } catch (error) {
    if (error instanceof MalformedSip) return null;
    throw error;
  }
}

/** What follows the first value of a comma separated Via line; quoted commas do not occur in what we parsed as a Via. */
function restOf(line: string): string {
  const comma = line.indexOf(',');
  return comma < 0 ? '' : line.slice(comma);
}

function statelessTag(headers: Headers): string {
  const text = ['call-id', 'from', 'cseq', 'via'].map((name) => headers.get(name) ?? '').join('|');
  return createHash('sha256').update(text).digest('hex').slice(0, 14);
}
