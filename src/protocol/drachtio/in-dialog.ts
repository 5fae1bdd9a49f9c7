import { parseRAck, parseSeconds } from '../sip-values/numbers.js';
import { printReason } from '../sip-values/reason.js';
import { isSipUri, parseSipUri } from '../sip-values/uri.js';
import { parseNameAddr } from '../sip-values/name-addr.js';
import { MalformedSip } from '../sip-values/errors.js';
import { routed } from '../sip/dialog.js';
import type { Flow } from '../sip/flow.js';
import type { Incoming } from '../sip/incoming.js';
import { Headers, noBody, printMessage, type SipRequest, type SipResponse } from '../sip/message.js';
import { nextHop, ownVia } from '../sip/routing.js';
import { refreshTarget, saysTerminated, targetRefresh, type Call } from './call.js';
import type { AppMessage } from './commands.js';
import { texts, type Core, type Reply } from './core.js';
import { clean, copyHeaders, finishBody, ownContact } from './headers.js';
import { printable, trailOf } from './inbound.js';
import { protocolOf } from './leaders.js';
import { outgoing, type Outgoing, type Outgoings } from './outgoing.js';
import { Refreshes, type Refreshed } from './refresh.js';
import { acceptSession, offerSession } from './sessions.js';

/** What requests inside dialogs need of the rest of the engine. */
export interface InDialogEffects {
  /** The dialog ends from our side: requests of the peer that are still open in it are answered. */
  abandon(call: Call): void;
}

/** Requests inside dialogs: those of applications, and the BYE, ACK and refresh the engine sends by itself. */
export class InDialog {
  private readonly refreshes: Refreshes;

  constructor(
    private readonly core: Core,
    private readonly outgoings: Outgoings,
    private readonly effects: InDialogEffects,
  ) {
    this.refreshes = new Refreshes(core, outgoings, {
      ask: (call, method, message, answered) => this.ask(call, method, message, answered),
      expired: (call) => this.terminate(call, 'Session timer expired'),
    });
  }

  /** Sends a request of an application inside a dialog. */
  request(reply: Reply, named: Call, message: AppMessage): void {
    const [method = '', uri = ''] = message.start.split(' ');
    const call = method === 'PRACK' ? provisionalOf(named, message) : named;
    if (method === 'ACK') return this.acknowledge(reply, call, message);
    const offers = method === 'INVITE' || (method === 'UPDATE' && message.body.length > 0);
    if (offers && (call.leaving || call.state === 'ended')) return reply.nok(texts.noDialog);
    if (offers && call.refreshing) return void call.held.push(() => this.request(reply, call, message));
    if (
      message.body.length > 0 &&
      !message.headers.has('content-type') &&
      message.body.toString('latin1', 0, 3) !== 'v=0'
    ) {
      return reply.nok('Server error: missing content-type');
    }
    const target = isSipUri(uri) && method !== 'PRACK' && !/^sip:placeholder$/i.test(uri) ? uri : call.dialog.target;
    const cseq = ++call.dialog.localCseq;
    const compose = (over: Flow): SipRequest => this.compose(call, method, target, cseq, over, message);
    this.withCarrier(call, target, compose, (request, flow) => {
      const { localTag } = call.dialog;
      const out = outgoing({ id: this.core.chance.uuid(), app: reply.app, request, flow, localTag, call });
      if (method === 'BYE') this.quiet(call);
      this.outgoings.add(out);
      reply.requestSent(flow, printMessage(request), out.id);
      if (method === 'BYE') this.core.cdrs.stop('application', 'normal-release', request);
      if (!flow.open) return this.failed(out, 503);
      out.transaction = this.core.stack.send(request, flow, {
        response: (incoming) => this.response(out, call, incoming),
        failed: (status) => this.failed(out, status),
      });
      if (method === 'INVITE') call.reinvite = out.transaction;
    });
  }

  /** Ends a dialog by a BYE of ours and tells its application why. */
  terminate(call: Call, why: string): void {
    if (call.state === 'ended') return;
    this.bye(call, why, (flow, bye) => {
      const trail = { bytes: bye.length, protocol: protocolOf(flow), at: flow.local };
      call.app.send(this.core.leaders.unsolicited(trail, call.id), bye);
    });
  }

  /** Acknowledges and ends a dialog the application never hears of. */
  discard(call: Call, cseq: number): void {
    this.withFlow(call, call.dialog.target, (flow) => {
      const ack = this.ackBytes(call, cseq, flow, null);
      call.accept(cseq, { ack, flow, cancelled: false });
      if (flow.open) flow.send(ack);
    });
    this.bye(call, 'Call completed elsewhere', () => undefined);
  }

  /** Refreshes the session, as RFC 4028 asks for. */
  refresh(call: Call): void {
    this.refreshes.refresh(call);
  }

  /** Sends a request of the engine itself; `answered` hears of its end once, and every 2xx to an INVITE is acknowledged. */
  private ask(call: Call, method: string, message: AppMessage, answered: (outcome: Refreshed) => void): void {
    const cseq = ++call.dialog.localCseq;
    const { target } = call.dialog;
    const compose = (over: Flow): SipRequest => this.compose(call, method, target, cseq, over, message);
    this.withCarrier(call, target, compose, (request, flow) => {
      if (!flow.open) return answered(503);
      let done = false;
      const once = (outcome: Refreshed): void => {
        if (!done) answered(outcome);
        done = true;
      };
      this.core.stack.send(request, flow, {
        response: (incoming) => {
          const { status } = incoming.message;
          if (method === 'INVITE' && status >= 200 && status < 300) this.acknowledgeOwn(call, incoming, flow);
          if (status >= 200) once(incoming);
        },
        failed: once,
      });
    });
  }

  private acknowledgeOwn(call: Call, { envelope }: Incoming<SipResponse>, flow: Flow): void {
    const cseq = envelope.cseq.number;
    const ack = call.accepted.get(cseq)?.ack ?? this.ackBytes(call, cseq, flow, null);
    call.accept(cseq, { ack, flow, cancelled: false });
    flow.send(ack);
  }

  private acknowledge(reply: Reply, call: Call, message: AppMessage): void {
    const open = [...call.accepted].find(([, each]) => each.ack === null);
    if (!open) return reply.nok(texts.ackNotNeeded);
    const [cseq, accepted] = open;
    const compose = (over: Flow): SipRequest => this.compose(call, 'ACK', call.dialog.target, cseq, over, message);
    // with the answer to a late offer it may be long
    this.withCarrier(call, call.dialog.target, compose, (request, flow) => {
      const ack = printMessage(request);
      accepted.ack = ack;
      accepted.flow = flow;
      call.lifetime?.cancel();
      if (flow.open) flow.send(ack);
      reply.requestSent(flow, ack, this.core.chance.uuid());
      if (message.body.length > 0) {
        call.session = { type: message.headers.get('content-type') ?? 'application/sdp', body: message.body };
      }
      if (accepted.cancelled) this.terminate(call, 'ACK-BYE due to cancel race condition');
    });
  }

  private ackBytes(call: Call, cseq: number, flow: Flow, message: AppMessage | null): Buffer {
    const given = message ?? { start: '', headers: new Headers(), body: noBody };
    return printMessage(this.compose(call, 'ACK', call.dialog.target, cseq, flow, given));
  }

  private compose(
    call: Call,
    method: string,
    target: string,
    cseq: number,
    flow: Flow,
    message: AppMessage,
  ): SipRequest {
    const { dialog } = call;
    const { uri, routes } = routed(dialog, target);
    const headers = new Headers([{ name: 'Via', value: ownVia(flow, this.core.stack.newBranch()) }]);
    for (const route of routes) headers.add('Route', route);
    headers.add('Max-Forwards', message.headers.get('max-forwards') ?? '70');
    headers.add('From', `${dialog.localParty};tag=${dialog.localTag}`);
    headers.add('To', dialog.remoteTag === '' ? dialog.remoteParty : `${dialog.remoteParty};tag=${dialog.remoteTag}`);
    headers.add('Call-ID', dialog.callId);
    headers.add('CSeq', `${cseq} ${method}`);
    const targets = ['INVITE', 'SUBSCRIBE', 'REFER', 'UPDATE', 'NOTIFY'].includes(method);
    if (targets && !message.headers.has('contact')) headers.add('Contact', call.contact || ownContact(flow, false));
    copyHeaders(message.headers, headers, flow);
    if (method === 'INVITE' || method === 'UPDATE') offerSession(call, headers);
    const type = message.headers.get('content-type');
    if (!finishBody(message, headers)) headers.add('Content-Type', clean(type ?? 'application/octet-stream'));
    return { kind: 'request', method, uri, headers, body: message.body };
  }

  private response(out: Outgoing, call: Call, incoming: Incoming<SipResponse>): void {
    const { status, headers } = incoming.message;
    const { method } = out.request;
    if (status < 200) {
      this.outgoings.provisional(out, status);
      if (status > 100) this.forward(out, call, incoming);
      return;
    }
    this.outgoings.remove(out);
    if (status < 300 && method === 'INVITE') {
      const cseq = incoming.envelope.cseq.number;
      const before = call.accepted.get(cseq);
      if (before) {
        if (before.ack) before.flow.send(before.ack);
        return;
      }
      // Of a dialog that ended meanwhile the application knows nothing any more: nobody else acknowledges.
      const ack = call.state === 'ended' ? this.ackBytes(call, cseq, out.flow, null) : null;
      if (ack) out.flow.send(ack);
      call.accept(cseq, { ack, flow: out.flow, cancelled: false });
    }
    if (call.state !== 'ended') this.settle(out, call, incoming, headers);
    this.forward(out, call, incoming);
  }

  private settle({ request }: Outgoing, call: Call, incoming: Incoming<SipResponse>, headers: Headers): void {
    const { status } = incoming.message;
    const { method } = request;
    if (status < 300) {
      if (targetRefresh.has(method)) refreshTarget(call, incoming);
      if ((method === 'INVITE' || method === 'UPDATE') && call.state === 'confirmed') acceptSession(call, headers);
      const described = method === 'INVITE' || method === 'UPDATE' || method === 'PRACK';
      if (described && request.body.length > 0) {
        call.session = { type: request.headers.get('content-type') ?? '', body: request.body };
      }
    }
    if (method === 'INVITE') call.reinvite = null;
    if (method === 'BYE' && (status === 401 || status === 407)) call.leaving = false;
    else if (method === 'BYE') this.core.calls.remove(call);
    if (call.kind === 'subscribe') this.subscription(call, request, status, headers);
  }

  /** How a subscription goes on after a NOTIFY or a renewal of ours (RFC 6665 §4.1.2.2, §4.2.2). */
  private subscription(call: Call, request: SipRequest, status: number, headers?: Headers): void {
    const { method } = request;
    const over = (): void => this.core.calls.remove(call);
    if (method === 'SUBSCRIBE' && status < 300) {
      call.live((parseSeconds(headers?.get('expires') ?? request.headers.get('expires')) ?? 3600) + 40, over);
    } else if (method === 'SUBSCRIBE' && status === 481) over();
    else if (method === 'NOTIFY' && (status === 408 || status === 481 || saysTerminated(request))) over();
  }

  private failed(out: Outgoing, status: number): void {
    const { call, request } = out;
    if (call && request.method === 'BYE') this.core.calls.remove(call);
    if (call && request.method === 'INVITE') call.reinvite = null;
    if (call?.kind === 'subscribe') this.subscription(call, request, status);
    this.outgoings.fabricate(out, status);
  }

  private forward(out: Outgoing, call: Call, incoming: Incoming<SipResponse>): void {
    out.app.send(this.core.leaders.received(trailOf(incoming), out.id, call.id), printable(incoming.message));
  }

  /** With a BYE nothing is repeated or refreshed any more, our re-INVITE is cancelled and theirs answered. */
  private quiet(call: Call): void {
    call.timer.stop();
    call.leaving = true;
    this.effects.abandon(call);
    for (const guard of call.guards.values()) guard.stop();
    for (const out of this.outgoings.ofCall(call)) if (out.request.method === 'INVITE') this.outgoings.abandon(out);
  }

  private bye(call: Call, why: string, sent: (flow: Flow, bye: Buffer) => void): void {
    const cseq = ++call.dialog.localCseq;
    const reason = printReason({ protocol: 'SIP', cause: 200, text: why });
    const message: AppMessage = { start: '', headers: new Headers([{ name: 'Reason', value: reason }]), body: noBody };
    this.effects.abandon(call);
    this.core.calls.remove(call);
    this.withFlow(call, call.dialog.target, (flow) => {
      const request = this.compose(call, 'BYE', call.dialog.target, cseq, flow, message);
      if (flow.open) this.core.stack.send(request, flow, { response: () => undefined, failed: () => undefined });
      const expired = why === 'Session timer expired';
      this.core.cdrs.stop('application', expired ? 'session-expired' : 'system-initiated-termination', request);
      sent(flow, printMessage(request));
    });
  }

  /** Runs `use` with the way to the peer: the connection it opened, where its packets came from, or its next hop. */
  private withFlow(call: Call, target: string, use: (flow: Flow) => void): void {
    const way = this.wayTo(call, target);
    if (!(way instanceof Promise)) return use(way);
    way.then(use, () => use(call.dialog.flow.open ? this.core.transports.unreachable('tcp', '', 0) : call.dialog.flow));
  }

  /** The same for a request, by TCP when it is too long for UDP. */
  private withCarrier(
    call: Call,
    target: string,
    compose: (flow: Flow) => SipRequest,
    use: (request: SipRequest, flow: Flow) => void,
  ): void {
    this.withFlow(call, target, (flow) => this.core.paths.carry(flow, compose, use));
  }

  private wayTo(call: Call, target: string): Flow | Promise<Flow> {
    const { flow, routes, behindNat } = call.dialog;
    if (flow.reliable && flow.open) return flow;
    const known = this.core.contacts.find(target);
    if (known) return known;
    if (behindNat) return flow;
    const { paths, transports } = this.core;
    try {
      const first = routes[0];
      const uri = parseSipUri(first === undefined ? target : parseNameAddr(first).uri);
      const next = paths.resolver.direct(uri);
      const hop = nextHop(uri);
      // what hung on a WebSocket that is gone is nowhere (RFC 7118 §5)
      if (!hop || hop.transport === 'ws' || hop.transport === 'wss') return flow;
      if (!next) return paths.first(uri, flow);
      const { transport, address, port } = next;
      if (transport === 'udp' && flow.transport === 'udp') return transports.redirect(flow, { address, port });
      return paths.reach(next);
    } catch (error) {
      if (!(error instanceof MalformedSip)) this.core.metrics.count('dualstream_sip_unreachable_total');
      return flow;
    }
  }
}

/** The early dialog a PRACK belongs to: all forks of an INVITE have one name, but not one RSeq (RFC 3262 §4). */
function provisionalOf(named: Call, message: AppMessage): Call {
  try {
    const { rseq } = parseRAck(message.headers.get('rack') ?? '');
    return named.forks.find((each) => each.rseq === rseq) ?? named;
  } catch (error) {
    if (error instanceof MalformedSip) return named;
    throw error;
  }
}
