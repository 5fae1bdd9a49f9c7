import { parseRAck, parseSeconds } from '../sip-values/numbers.js';
import { MalformedSip } from '../sip-values/errors.js';
import { allow, plainResponse } from '../sip/compose.js';
import { contactUri, differsFromSource } from '../sip/dialog.js';
import { tagOf } from '../sip/envelope.js';
import type { Incoming } from '../sip/incoming.js';
import { printMessage, type SipMessage, type SipRequest } from '../sip/message.js';
import type { ServerTransaction } from '../sip/server-transaction.js';
import { minimumSession } from '../sip/session-timer.js';
import type { App } from './apps.js';
import type { Answers } from './answers.js';
import type { Call } from './call.js';
import type { Core } from './core.js';
import { protocolOf, type Trail } from './leaders.js';
import type { Pending, Pendings } from './pendings.js';
import type { Proxies } from './proxies.js';
import { isTooBrief } from './sessions.js';

/** Extensions a peer may require; others are refused with 420. */
const extensions = new Set([
  '100rel',
  'timer',
  'replaces',
  'norefersub',
  'path',
  'outbound',
  'gruu',
  'from-change',
  'histinfo',
  'tdialog',
  'answermode',
]);

/** An INVITE the application never answers, milliseconds. */
const inviteSilenceMs = 64_000;
/** Any other request: the answer must still reach the peer's timer F. */
const silenceMs = 31_500;

/** What received requests need of the rest of the engine. */
export interface InboundEffects {
  /** Requests that are passed on rather than answered. */
  proxies: Pick<Proxies, 'takes' | 'ack' | 'cancel'>;
  /** The peer cancelled an INVITE that we accepted already. */
  cancelledLate(call: Call): void;
  /** A NOTIFY before the answer to our SUBSCRIBE: the dialog it belongs to. */
  subscribed(incoming: Incoming<SipRequest>): Call | null;
}

/** Requests of the network on their way to an application. */
export class Inbound {
  constructor(
    private readonly core: Core,
    private readonly pendings: Pendings,
    private readonly answers: Answers,
    private readonly effects: InboundEffects,
  ) {}

  request(transaction: ServerTransaction): void {
    const { request, incoming } = transaction;
    if (request.method === 'CANCEL') return this.cancel(transaction);
    if (request.method === 'INVITE') transaction.respond(plainResponse(request, 100, null));
    const tagged = tagOf(incoming.envelope.to) !== null;
    const call = tagged ? (this.core.calls.match(incoming.envelope) ?? this.expected(incoming)) : null;
    if (call) return this.inDialog(call, transaction);
    if (tagged && this.effects.proxies.takes(transaction)) return;
    const needsDialog = ['BYE', 'UPDATE', 'PRACK'].includes(request.method) || (tagged && request.method === 'INVITE');
    if (needsDialog) return this.refuse(transaction, 481);
    this.fresh(transaction);
  }

  /** ACK of a 2xx: stops its repetition and goes to the application. */
  ack(incoming: Incoming<SipRequest>): void {
    const { envelope } = incoming;
    const call = this.core.calls.match(envelope);
    if (!call && this.effects.proxies.ack(incoming)) return;
    if (!call) return this.core.metrics.count('dualstream_sip_stray_acks_total');
    const cseq = envelope.cseq.number;
    call.guards.get(cseq)?.stop();
    call.guards.delete(cseq);
    const id = cseq === call.inviteCseq ? call.inviteId : this.core.chance.uuid();
    const trail = { ...trailOf(incoming), protocol: '' };
    this.owner(call)?.send(this.core.leaders.received(trail, id, call.id), printable(incoming.message));
  }

  /** The connection of an application is gone: what it has not answered is answered for it. */
  appClosed(app: App): void {
    for (const pending of this.pendings.ofApp(app)) {
      if (!pending.transaction.answered) this.answers.reject(pending, 503, { 'Retry-After': '2' });
    }
  }

  private fresh(transaction: ServerTransaction): void {
    const { request } = transaction;
    const unsupported = unsupportedOf(request);
    if (unsupported !== '') return this.refuse(transaction, 420, { Unsupported: unsupported });
    if (request.method === 'REGISTER' && isBadUnregister(request)) return this.refuse(transaction, 400);
    const app = this.core.apps.pick(request.method);
    if (!app) {
      const known = request.method === 'REFER' ? 405 : 503;
      return this.refuse(transaction, known, known === 405 ? { Allow: allow.replace(' REFER,', '') } : {});
    }
    const pending = this.open(transaction, app, null, this.core.chance.uuid());
    const { incoming } = transaction;
    const leader = this.core.leaders.arrived(trailOf(incoming), pending.id, incoming.flow.local);
    app.send(leader, printable(request));
    if (request.method === 'INVITE') this.core.cdrs.attempt('network', request);
  }

  private inDialog(call: Call, transaction: ServerTransaction): void {
    const { request, incoming } = transaction;
    const { dialog } = call;
    const cseq = incoming.envelope.cseq.number;
    if (dialog.remoteCseq !== null && cseq < dialog.remoteCseq) return this.refuse(transaction, 500);
    dialog.remoteCseq = cseq;
    dialog.flow = incoming.flow;
    const app = this.owner(call);
    if (!app) {
      if (request.method === 'BYE') this.core.calls.remove(call);
      return this.refuse(transaction, 481);
    }
    if (request.method === 'INVITE' || request.method === 'UPDATE') {
      if (isTooBrief(request)) return this.refuse(transaction, 422, { 'Min-SE': String(minimumSession) });
      refreshTarget(call, incoming);
    }
    const invite = this.pendings.inviteOf(call);
    if (request.method === 'PRACK' && !isExpectedPrack(invite, request)) return this.refuse(transaction, 481);
    const early = request.method === 'UPDATE' && call.state === 'early' && invite !== null;
    const id = early ? invite.id : this.core.chance.uuid();
    const ends = request.method === 'BYE' || endsSubscription(call, request);
    if (ends) this.end(call);
    if (request.method === 'BYE') this.core.cdrs.stop('network', 'normal-release', request);
    const pending = this.open(transaction, app, ends ? null : call, id);
    app.send(this.core.leaders.received(trailOf(incoming), pending.id, call.id), printable(request));
  }

  /** The peer ended the dialog: what is still open in it gets 487 (RFC 3261 §15.1.2). */
  private end(call: Call): void {
    const open = [...call.open];
    this.core.calls.remove(call);
    for (const transaction of open) {
      const pending = this.pendings.of(transaction);
      if (pending && !transaction.answered) this.answers.reject(pending, 487);
    }
  }

  private open(transaction: ServerTransaction, app: App, call: Call | null, id: string): Pending {
    const { request, incoming } = transaction;
    const invite = request.method === 'INVITE';
    const toTag = tagOf(incoming.envelope.to);
    const pending: Pending = { id, transaction, app, call, toTag, reliable: null, timer: null };
    pending.timer = this.core.clock.after(invite ? inviteSilenceMs : silenceMs, () => {
      this.core.metrics.count('dualstream_sip_unanswered_requests_total', { method: request.method });
      this.answers.reject(pending, invite ? 480 : 500);
    });
    this.pendings.add(pending);
    call?.open.add(transaction);
    return pending;
  }

  private cancel(transaction: ServerTransaction): void {
    const { request, incoming } = transaction;
    const invite = this.core.stack.cancelled(incoming);
    if (!invite) return this.refuse(transaction, 481);
    if (this.effects.proxies.cancel(invite, request)) {
      return void transaction.respond(plainResponse(request, 200, this.core.stack.newTag()));
    }
    const pending = this.pendings.of(invite);
    const call =
      pending?.call ??
      this.core.calls.exact(incoming.envelope.callId, tagIn(invite), tagOf(incoming.envelope.from) ?? '');
    const tag = pending?.toTag ?? (tagIn(invite) || this.core.stack.newTag());
    transaction.respond(plainResponse(request, 200, tag));
    if (!invite.answered && pending) {
      pending.toTag = tag;
      const leader = this.core.leaders.received(trailOf(incoming), pending.id, call?.id ?? '');
      pending.app.send(leader, printable(request));
      this.answers.reject(pending, 487);
      if (call?.state !== 'confirmed') this.core.cdrs.stop('network', 'call-canceled', invite.request);
    } else if (call && call.guards.size > 0 && call.guards.has(invite.incoming.envelope.cseq.number)) {
      this.effects.cancelledLate(call);
    }
  }

  private expected(incoming: Incoming<SipRequest>): Call | null {
    return incoming.message.method === 'NOTIFY' ? this.effects.subscribed(incoming) : null;
  }

  private refuse(transaction: ServerTransaction, status: number, extra: Record<string, string> = {}): void {
    transaction.respond(plainResponse(transaction.request, status, this.core.stack.newTag(), extra));
  }

  /** The call's application, or another live one when its connection is gone. */
  private owner(call: Call): App | null {
    if (call.app.open) return call.app;
    const heir = this.core.apps.any();
    if (heir) call.app = heir;
    return heir;
  }
}

/** Bytes shown to applications; a message bounded by its datagram gets the length the library cuts the body by. */
export function printable(message: SipMessage): Buffer {
  if (message.body.length > 0 && !message.headers.has('content-length')) {
    message.headers.add('Content-Length', String(message.body.length));
  }
  return printMessage(message);
}

/** Leader values of a received message. */
export function trailOf({ bytes, flow }: Incoming): Trail {
  return { bytes, protocol: protocolOf(flow), at: flow.remote };
}

/** The Contact of a target refresh request replaces where the dialog leads (RFC 3261 §12.2.2). */
export function refreshTarget(call: Call, { message, flow }: Incoming): void {
  const contact = contactUri(message.headers);
  if (contact === null) return;
  call.dialog.target = contact;
  call.dialog.behindNat = differsFromSource(contact, call.dialog.routes, flow);
  const allows = message.headers.joined('allow');
  if (allows !== null) call.peerAllows = allows;
}

function tagIn(invite: ServerTransaction): string {
  const match = /;\s*tag=([^;>\s]+)\s*(?:;|$)/i.exec(invite.final?.headers.get('to') ?? '');
  return match?.[1] ?? '';
}

function unsupportedOf(request: SipRequest): string {
  const required = request.headers.joined('require') ?? '';
  return required
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '' && !extensions.has(each.toLowerCase()))
    .join(', ');
}

/** `Contact: *` is for leaving only (RFC 3261 §10.2.2). */
function isBadUnregister(request: SipRequest): boolean {
  return request.headers.joined('contact')?.trim() === '*' && parseSeconds(request.headers.get('expires')) !== 0;
}

function endsSubscription(call: Call, request: SipRequest): boolean {
  return (
    call.kind === 'subscribe' &&
    request.method === 'NOTIFY' &&
    /^\s*terminated/i.test(request.headers.get('subscription-state') ?? '')
  );
}

function isExpectedPrack(invite: Pending | null, request: SipRequest): boolean {
  try {
    const { rseq, cseq } = parseRAck(request.headers.get('rack') ?? '');
    return invite?.transaction.incoming.envelope.cseq.number === cseq && (invite.reliable?.acknowledged(rseq) ?? false);
  } catch (error) {
    if (error instanceof MalformedSip) return false;
    throw error;
  }
}
