import { MalformedSip } from '../sip-values/errors.js';
import { parseNameAddr, printNameAddr } from '../sip-values/name-addr.js';
import { parseCSeq, parseSeconds } from '../sip-values/numbers.js';
import { withParam } from '../sip-values/params.js';
import { isSipUri, parseSipUri, type SipUri } from '../sip-values/uri.js';
import { Attempts } from '../sip/attempts.js';
import { knownMethods } from '../sip/compose.js';
import { contactUri, differsFromSource, partyOf, recordRoutes, type Dialog } from '../sip/dialog.js';
import { tagOf } from '../sip/envelope.js';
import type { Flow } from '../sip/flow.js';
import type { Incoming } from '../sip/incoming.js';
import { Headers, printMessage, type SipRequest, type SipResponse } from '../sip/message.js';
import type { Target } from '../sip/resolver.js';
import { nextHop, ownVia, type NextHop } from '../sip/routing.js';
import { Call, type CallEffects } from './call.js';
import { dialogIdOf } from './calls.js';
import type { AppMessage } from './commands.js';
import { texts, type Core, type Reply } from './core.js';
import { clean, copyHeaders, finishBody, isReadable, localise, ownContact } from './headers.js';
import { printable, trailOf } from './inbound.js';
import { earlyId, outgoing, type Outgoing, type Outgoings } from './outgoing.js';
import { acceptSession } from './sessions.js';

/** What new requests need of the rest of the engine. */
export interface OutboundEffects extends CallEffects {
  /** A dialog nobody wants (second fork, application gone): acknowledge and end it. */
  unwanted(call: Call, cseq: number): void;
}

/** A request of an application before it is known where it goes. */
interface Draft {
  method: string;
  uri: string;
  message: AppMessage;
  /** Route value, when it goes by way of a proxy that asks for one. */
  route: string | null;
  tag: string;
  callId: string;
  cseq: number;
}

/** Early dialogs one INVITE may make. */
const maxForks = 20;

/** Requests of applications outside dialogs, and what comes back. */
export class Outbound {
  constructor(
    private readonly core: Core,
    private readonly outgoings: Outgoings,
    private readonly effects: OutboundEffects,
  ) {}

  /** Sends a new request. `proxy` is the next hop when it is not the Request-URI. */
  request(reply: Reply, message: AppMessage, proxy: string): void {
    const [method = '', uri = '', version = '', ...rest] = message.start.split(' ');
    if (rest.length > 0 || version !== 'SIP/2.0' || !knownMethods.has(method)) {
      return reply.nok(`invalid request-uri: ${message.start}`);
    }
    if (method === 'ACK') return reply.nok(texts.ackNotNeeded);
    const way = proxy === '' ? (this.core.outboundProxy ?? uri) : proxy;
    const to = this.uriOf(way);
    if (!isSipUri(uri) || to === null) return reply.nok(texts.badRequest);
    const hop = nextHop(to);
    if (hop === null) return reply.nok(texts.noTransport);
    if (
      message.body.length > 0 &&
      !message.headers.has('content-type') &&
      message.body.toString('latin1', 0, 3) !== 'v=0'
    ) {
      return reply.nok('missing content-type');
    }
    const draft = this.draft(method, uri, message, routeOf(to, way, proxy, uri));
    const known = this.core.contacts.find(uri, proxy === '' ? null : hop);
    if (known) return this.send(reply, draft, hop, [], known);
    const refusal = this.refusal(uri, way, hop);
    if (refusal !== null) return reply.nok(refusal);
    const targets = this.core.paths.targets(to);
    if (!(targets instanceof Promise)) return this.send(reply, draft, hop, targets);
    void targets.then((found) => this.send(reply, draft, hop, found));
  }

  /** A NOTIFY that comes before the answer to its SUBSCRIBE makes the dialog (RFC 6665 §4.1.2.4). */
  subscribed(incoming: Incoming<SipRequest>): Call | null {
    const { envelope, message, flow } = incoming;
    const out = this.outgoings.subscription(envelope.callId, tagOf(envelope.to) ?? '');
    const target = contactUri(message.headers);
    if (!out || target === null) return null;
    const routes = recordRoutes(message.headers);
    return this.makeCall(out, tagOf(envelope.from) ?? '', { target, routes, flow });
  }

  /** A next hop as applications write it: a URI, one in brackets, or only a host. Null when it cannot be read. */
  private uriOf(hop: string): SipUri | null {
    const plain = /<([^>]*)>/.exec(hop)?.[1] ?? hop;
    try {
      return parseSipUri(isSipUri(plain) ? plain : `sip:${plain}`);
    } catch (error) {
      if (error instanceof MalformedSip) return null;
      throw error;
    }
  }

  /** Nothing is sent to ourselves, through a proxy neither. */
  private refusal(uri: string, way: string, hop: NextHop): string | null {
    const own = way === uri ? null : this.uriOf(uri);
    const final = own && nextHop(own);
    return (
      this.outgoings.refusalFor(hop) ?? (final && this.outgoings.refusalFor(final) === texts.self ? texts.self : null)
    );
  }

  /** Sends a request to its targets, one after the other, or down a flow that leads there. */
  private send(reply: Reply, draft: Draft, hop: NextHop, targets: Target[], flow: Flow | null = null): void {
    const { stack, paths, transports } = this.core;
    const lost = flow ?? transports.unreachable(hop.transport, hop.host, hop.port);
    let out: Outgoing | null = null;
    const begin = (request: SipRequest, over: Flow): Outgoing => {
      const id = this.core.chance.uuid();
      const begun = outgoing({ id, app: reply.app, request, flow: over, localTag: draft.tag, call: null });
      this.outgoings.add(begun);
      reply.requestSent(over, printMessage(request), id);
      if (draft.method === 'INVITE') this.core.cdrs.attempt('application', request);
      return (out = begun);
    };
    const attempts = new Attempts(stack, paths, targets, {
      compose: (over) => this.compose(draft, over),
      sent: (request, over) => {
        if (out) Object.assign(out, { request, flow: over, transaction: null, provisional: false });
        else begin(request, over);
      },
      started: (transaction) => out && (out.transaction = transaction),
      response: (incoming) => out && this.response(out, incoming),
      failed: (status) => this.outgoings.fabricate(out ?? begin(this.compose(draft, lost), lost), status),
      wanted: () => out === null || out.cancel === 'no',
    });
    if (flow) attempts.startOn(flow);
    else attempts.start();
  }

  /** What stays the same however often and wherever the request is sent. */
  private draft(method: string, uri: string, message: AppMessage, route: string | null): Draft {
    const given = message.headers;
    const from = given.get('from');
    const tag = from !== null && isReadable('from', from) ? tagOf(parseNameAddr(clean(from))) : null;
    return {
      method,
      uri,
      message,
      route,
      tag: tag ?? this.core.stack.newTag(),
      callId: given.get('call-id') ?? this.core.chance.uuid(),
      cseq: this.cseq(given.get('cseq')),
    };
  }

  private compose({ method, uri, message, route, tag, callId, cseq }: Draft, flow: Flow): SipRequest {
    const given = message.headers;
    const headers = new Headers([{ name: 'Via', value: ownVia(flow, this.core.stack.newBranch()) }]);
    if (route !== null) headers.add('Route', route);
    headers.add('Max-Forwards', given.get('max-forwards') ?? '70');
    headers.add('From', this.from(given.get('from'), flow, tag));
    const to = given.get('to');
    headers.add('To', to !== null && isReadable('to', to) ? localise('to', clean(to), flow) : `<${uri}>`);
    headers.add('Call-ID', callId);
    headers.add('CSeq', `${cseq} ${method}`);
    if ((method === 'INVITE' || method === 'SUBSCRIBE') && !given.has('contact')) {
      headers.add('Contact', ownContact(flow, false));
    }
    copyHeaders(given, headers, flow);
    if (this.core.userAgent !== '' && !headers.has('user-agent')) headers.add('User-Agent', this.core.userAgent);
    finishBody(message, headers);
    return { kind: 'request', method, uri, headers, body: message.body };
  }

  /** From with a tag; the application's own tag is kept (a digest retry relies on it). */
  private from(given: string | null, flow: Flow, tag: string): string {
    const text =
      given !== null && isReadable('from', given) ? localise('from', clean(given), flow) : ownContact(flow, false);
    const party = parseNameAddr(text);
    return printNameAddr({ ...party, params: withParam(party.params, 'tag', tag) });
  }

  private cseq(given: string | null): number {
    return given !== null && isReadable('cseq', given) ? parseCSeq(given).number : this.core.chance.int(1, 0x3fffffff);
  }

  private response(out: Outgoing, incoming: Incoming<SipResponse>): void {
    const { status } = incoming.message;
    const { method } = out.request;
    if (status < 200) return this.provisional(out, incoming);
    if (method === 'INVITE' && status < 300) return this.accepted(out, incoming);
    this.outgoings.remove(out);
    if (subscribes(out) && status < 300) this.subscription(out, incoming);
    else for (const call of out.calls) this.core.calls.remove(call);
    if (method === 'INVITE') {
      this.core.cdrs.stop('network', out.cancel === 'no' ? 'call-rejected' : 'call-canceled', incoming.message);
    }
    if (method === 'REGISTER' && status < 300) this.registered(out, incoming);
    this.forward(out, incoming);
  }

  /** A registration of ours needs its connection while it lasts. */
  private registered(out: Outgoing, { message, flow }: Incoming<SipResponse>): void {
    this.core.metrics.count('dualstream_sip_registered_total');
    const told = /;\s*expires\s*=\s*"?(\d{1,9})/i.exec(message.headers.joined('contact') ?? '')?.[1];
    const asked = message.headers.get('expires') ?? out.request.headers.get('expires');
    this.core.transports.need(flow, Number(told ?? parseSeconds(asked) ?? 3600));
  }

  private provisional(out: Outgoing, incoming: Incoming<SipResponse>): void {
    const { message, envelope } = incoming;
    this.outgoings.provisional(out, message.status);
    const tag = tagOf(envelope.to);
    if (
      message.status === 100 ||
      (out.calls.length >= maxForks && !out.calls.some((each) => each.dialog.remoteTag === tag))
    )
      return;
    if (out.request.method === 'INVITE' && tag !== null && !this.early(out, incoming, tag)) return;
    this.forward(out, incoming);
  }

  /** The early dialog of a provisional response becomes the one its name stands for; false for what is not in order. */
  private early(out: Outgoing, incoming: Incoming<SipResponse>, tag: string): boolean {
    const call = this.dialogOf(out, incoming, tag);
    const rseq = parseSeconds(incoming.message.headers.get('rseq'));
    if (rseq !== null) {
      // a copy, or one before which another was lost and comes again (RFC 3262 §4)
      if (call.rseq !== null && rseq !== call.rseq + 1) return false;
      call.rseq = rseq;
    }
    if (incoming.message.status === 199) this.core.calls.remove(call);
    else this.core.calls.add(call);
    return true;
  }

  private accepted(out: Outgoing, incoming: Incoming<SipResponse>): void {
    const { message, envelope, flow } = incoming;
    const tag = tagOf(envelope.to) ?? '';
    const cseq = envelope.cseq.number;
    const known = this.core.calls.exact(envelope.callId, out.localTag, tag);
    const before = known?.accepted.get(cseq);
    if (known && before) {
      if (before.ack) before.flow.send(before.ack);
      return;
    }
    if (out.answered?.dialog.remoteTag === tag) return;
    const call = this.dialogOf(out, incoming, tag);
    call.state = 'confirmed';
    call.dialog = { ...call.dialog, routes: recordRoutes(message.headers).reverse() };
    const target = contactUri(message.headers) ?? call.dialog.target;
    call.dialog.target = target;
    call.dialog.behindNat = differsFromSource(target, call.dialog.routes, flow);
    call.peerAllows = message.headers.joined('allow') ?? '';
    if (out.answered || !out.app.open) {
      this.effects.unwanted(call, cseq);
      if (out.answered && out.answered.state !== 'ended') this.core.calls.add(out.answered);
      return;
    }
    out.answered = call;
    this.outgoings.remove(out);
    for (const each of out.calls) if (each !== call) this.core.calls.remove(each);
    this.core.calls.add(call);
    call.accept(cseq, { ack: null, flow, cancelled: out.cancel !== 'no' });
    acceptSession(call, message.headers);
    this.core.cdrs.start('network', 'uac', message);
    // An application that does not acknowledge has lost the call: nobody else would end it.
    call.lifetime = this.core.clock.after(64 * this.core.stack.timers.t1, () => this.effects.unwanted(call, cseq));
    this.forward(out, incoming);
  }

  private subscription(out: Outgoing, incoming: Incoming<SipResponse>): void {
    const call = this.dialogOf(out, incoming, tagOf(incoming.envelope.to) ?? '');
    call.state = 'confirmed';
    const seconds = parseSeconds(incoming.message.headers.get('expires')) ?? 3600;
    call.live(seconds + 40, () => this.core.calls.remove(call));
  }

  private dialogOf(out: Outgoing, { message, envelope, flow }: Incoming<SipResponse>, tag: string): Call {
    const known = this.core.calls.exact(envelope.callId, out.localTag, tag);
    if (known) return known;
    const target = contactUri(message.headers) ?? out.request.uri;
    return this.makeCall(out, tag, { target, routes: recordRoutes(message.headers).reverse(), flow });
  }

  private makeCall(out: Outgoing, remoteTag: string, path: Pick<Dialog, 'target' | 'routes' | 'flow'>): Call {
    const { headers, body, method } = out.request;
    const callId = headers.get('call-id') ?? '';
    const dialog: Dialog = {
      ...path,
      role: 'uac',
      callId,
      localTag: out.localTag,
      remoteTag,
      localParty: partyOf(headers.get('from') ?? ''),
      remoteParty: partyOf(headers.get('to') ?? ''),
      localCseq: parseCSeq(headers.get('cseq') ?? '').number,
      remoteCseq: null,
      behindNat: differsFromSource(path.target, path.routes, path.flow),
    };
    const kind = method === 'INVITE' ? 'invite' : 'subscribe';
    const call = new Call(dialogIdOf(callId, out.localTag), kind, dialog, out.app, this.core.clock, this.effects);
    call.contact = headers.get('contact') ?? '';
    if (body.length > 0) call.session = { type: headers.get('content-type') ?? '', body };
    out.calls.push(call);
    call.forks = out.calls;
    this.core.calls.add(call);
    return call;
  }

  private forward(out: Outgoing, incoming: Incoming<SipResponse>): void {
    const dialogId = earlyId(out);
    out.app.send(this.core.leaders.received(trailOf(incoming), out.id, dialogId), printable(incoming.message));
  }
}

/**
 * Route for a next hop (RFC 3261 §8.1.2). A loose router of the configuration is told of by Route, any other is only the
 * next hop. An application's next hop is no Route, as with a drachtio-server, unless it is written as one: in brackets
 * and with `lr`, several of them with commas between.
 */
function routeOf(hop: SipUri, way: string, proxy: string, uri: string): string | null {
  if (way === uri || !hop.params.has('lr')) return null;
  if (proxy === '') return `<${/<([^>]*)>/.exec(way)?.[1] ?? way}>`;
  return proxy.trimStart().startsWith('<') ? proxy.trim() : null;
}

/** Whether NOTIFY will come in a dialog that the request makes: not of a REFER that wants none (RFC 4488 §4). */
function subscribes({ request: { method, headers } }: Outgoing): boolean {
  return method === 'SUBSCRIBE' || (method === 'REFER' && headers.get('refer-sub')?.trim().toLowerCase() !== 'false');
}
