import { parseRAck, type RAck, parseSeconds } from '../sip-values/numbers.js';
import { MalformedSip } from '../sip-values/errors.js';
import { parseNameAddr } from '../sip-values/name-addr.js';
import { allow, plainResponse, withTag } from '../sip/compose.js';
import { tagOf } from '../sip/envelope.js';
import type { Incoming } from '../sip/incoming.js';
import { printMessage, type SipMessage, type SipRequest } from '../sip/message.js';
import type { ServerTransaction } from '../sip/server-transaction.js';
import { minimumSession } from '../sip/session-timer.js';
import { hasCookie } from '../sip/transaction-keys.js';
import type { App } from './apps.js';
import type { Answers } from './answers.js';
import { crossesRefresh, saysTerminated, type Call } from './call.js';
import { dialogIdOf } from './calls.js';
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

/** Methods that are taken outside dialogs only where an application routes them, and make little sense inside. */
const optional = new Set(['REGISTER', 'MESSAGE', 'SUBSCRIBE', 'PUBLISH', 'REFER']);

/** An INVITE the application never answers, milliseconds. */
const inviteSilenceMs = 64_000;
/** Any other request: the answer must still reach the peer's timer F. */
const silenceMs = 31_500;

/** What received requests need of the rest of the engine. */
export interface InboundEffects {
  /** Requests that are passed on rather than answered. */
  proxies: Pick<Proxies, 'takes' | 'ack' | 'cancel'>;
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
    const same = tagOf(incoming.envelope.to) === null ? this.untagged(incoming) : null;
    if (typeof same === 'number') return this.refuse(transaction, same);
    const call = same ?? this.core.calls.match(incoming.envelope) ?? this.expected(incoming);
    const tagged = tagOf(incoming.envelope.to) !== null;
    if (!call && tagged && this.effects.proxies.takes(transaction)) return;
    const unsupported = unsupportedOf(request);
    if (unsupported !== '') return this.refuse(transaction, 420, { Unsupported: unsupported });
    if (isIncomplete(request)) return this.refuse(transaction, 400);
    if (call) return this.inDialog(call, transaction);
    const needsDialog = ['BYE', 'UPDATE', 'PRACK'].includes(request.method) || (tagged && request.method === 'INVITE');
    if (needsDialog) return this.refuse(transaction, 481);
    this.fresh(transaction);
  }

  /**
   * The dialog that a request without a To tag means: peers of RFC 2543 may leave it out also inside a dialog, for which
   * the tag is then put in. From any other peer an INVITE like that would make a second dialog of the same name: it is a
   * late copy of the first (482), or answered as drachtio does (491).
   */
  private untagged({ message, envelope }: Incoming<SipRequest>): Call | 482 | 491 | null {
    const call = this.core.calls.find(dialogIdOf(envelope.callId, tagOf(envelope.from) ?? ''));
    if (call?.dialog.role !== 'uas') return null;
    if (message.method === 'INVITE' && envelope.cseq.number === call.inviteCseq) return 482;
    if (!call.old || hasCookie(envelope.via)) return message.method === 'INVITE' ? 491 : null;
    const to = withTag(message.headers.get('to') ?? '', call.dialog.localTag);
    message.headers.set('To', to);
    envelope.to = parseNameAddr(to);
    return call;
  }

  /** ACK of a 2xx: stops its repetition and goes to the application. */
  ack(incoming: Incoming<SipRequest>): void {
    const { envelope } = incoming;
    const untagged = tagOf(envelope.to) === null ? this.untagged(incoming) : null;
    const call = untagged ?? this.core.calls.match(envelope);
    if (!call && this.effects.proxies.ack(incoming)) return;
    if (!call || typeof call === 'number') return this.core.metrics.count('dualstream_sip_stray_acks_total');
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
    const app = this.core.apps.pick(request.method);
    if (!app) return this.unwanted(transaction);
    const pending = this.open(transaction, app, null, this.core.chance.uuid());
    const { incoming } = transaction;
    const leader = this.core.leaders.arrived(trailOf(incoming), pending.id, incoming.flow.local);
    app.send(leader, printable(request));
    if (request.method === 'INVITE') this.core.cdrs.attempt('network', request);
  }

  /** No application takes this method: it may be of a dialog before a restart, or nothing that anybody here does. */
  private unwanted(transaction: ServerTransaction): void {
    const { incoming } = transaction;
    const { routed } = this.core.apps;
    if (tagOf(incoming.envelope.to) !== null) return this.refuse(transaction, 481);
    if (routed.size === 0) return this.refuse(transaction, 503);
    const methods = allow.split(', ').filter((each) => routed.has(each.toLowerCase()) || !optional.has(each));
    this.refuse(transaction, 405, { Allow: methods.join(', ') });
  }

  private inDialog(call: Call, transaction: ServerTransaction): void {
    const { request, incoming } = transaction;
    const { dialog } = call;
    const cseq = incoming.envelope.cseq.number;
    if (dialog.remoteCseq !== null && cseq < dialog.remoteCseq) return this.refuse(transaction, 500);
    // only the caller may end a dialog that is not confirmed (RFC 3261 §15)
    if (request.method === 'BYE' && dialog.role === 'uac' && call.state === 'early')
      return this.refuse(transaction, 481);
    dialog.remoteCseq = cseq;
    dialog.flow = incoming.flow;
    const app = this.owner(call);
    if (!app) return this.orphaned(call, transaction);
    if ((request.method === 'INVITE' || request.method === 'UPDATE') && isTooBrief(request)) {
      return this.refuse(transaction, 422, { 'Min-SE': String(minimumSession) });
    }
    if (crossesRefresh(call, request)) return this.refuse(transaction, 491);
    const invite = this.pendings.inviteOf(call);
    if (request.method === 'PRACK' && !isExpectedPrack(invite, request)) return this.latePrack(call, transaction);
    const early = request.method === 'UPDATE' && call.state === 'early' && invite !== null;
    const id = early ? invite.id : this.core.chance.uuid();
    const ends = request.method === 'BYE' || endsSubscription(call, request);
    if (ends) {
      this.core.calls.remove(call);
      this.abandon(call);
    }
    if (request.method === 'BYE') this.core.cdrs.stop('network', 'normal-release', request);
    const pending = this.open(transaction, app, ends ? null : call, id);
    app.send(this.core.leaders.received(trailOf(incoming), pending.id, call.id), printable(request));
  }

  /** The application would take it for the ACK of the 2xx that it sent meanwhile, so the engine answers. */
  private latePrack(call: Call, transaction: ServerTransaction): void {
    const { overtaken } = call;
    const rack = rackOf(transaction.request);
    const known = overtaken && rack?.rseq === overtaken.rseq && rack.cseq === overtaken.cseq;
    if (known) call.overtaken = null;
    this.refuse(transaction, known ? 200 : 481);
  }

  /** No application is connected at the moment: the dialog waits for it, unless the peer ends it. */
  private orphaned(call: Call, transaction: ServerTransaction): void {
    if (transaction.request.method !== 'BYE') return this.refuse(transaction, 500, { 'Retry-After': '2' });
    this.core.calls.remove(call);
    this.refuse(transaction, 481);
  }

  /** The dialog ends: what is still open in it gets 487 (RFC 3261 §15.1.2). */
  abandon(call: Call): void {
    for (const transaction of [...call.open]) {
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
    const heir = this.core.apps.heirOf(call.app);
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

/**
 * `Contact: *` is for leaving only (RFC 3261 §10.2.2), REFER says whom to (RFC 3515 §2.1), only an INVITE replaces or
 * joins, and not both (RFC 3891 §3).
 */
function isIncomplete({ method, headers }: SipRequest): boolean {
  if (method === 'REGISTER' && headers.joined('contact')?.trim() === '*') {
    return parseSeconds(headers.get('expires')) !== 0;
  }
  if (method === 'REFER' && !headers.has('refer-to')) return true;
  const takesOver = [headers.has('replaces'), headers.has('join')].filter((has) => has).length;
  return takesOver > (method === 'INVITE' ? 1 : 0);
}

function endsSubscription(call: Call, request: SipRequest): boolean {
  return call.kind === 'subscribe' && request.method === 'NOTIFY' && saysTerminated(request);
}

function isExpectedPrack(invite: Pending | null, request: SipRequest): boolean {
  const rack = rackOf(request);
  if (!rack || invite?.transaction.incoming.envelope.cseq.number !== rack.cseq) return false;
  return invite.reliable?.acknowledged(rack.rseq) ?? false;
}

function rackOf(request: SipRequest): RAck | null {
  try {
    return parseRAck(request.headers.get('rack') ?? '');
  } catch (error) {
    if (error instanceof MalformedSip) return null;
    throw error;
  }
}
