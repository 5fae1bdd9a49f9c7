import { MalformedSip } from '../sip-values/errors.js';
import { parseNameAddr } from '../sip-values/name-addr.js';
import { parseSeconds } from '../sip-values/numbers.js';
import { AcceptGuard } from '../sip/accept-guard.js';
import { phraseOf, responseTo } from '../sip/compose.js';
import { contactUri, differsFromSource, partyOf, recordRoutes, type Dialog } from '../sip/dialog.js';
import { tagOf } from '../sip/envelope.js';
import { printMessage, type SipRequest, type SipResponse } from '../sip/message.js';
import { ReliableProvisional } from '../sip/reliable-provisional.js';
import { hasCookie } from '../sip/transaction-keys.js';
import { Call, refreshTarget, targetRefresh, type CallEffects } from './call.js';
import { dialogIdOf } from './calls.js';
import type { AppMessage } from './commands.js';
import { texts, type Core, type Reply } from './core.js';
import { copyHeaders, finishBody, ownContact } from './headers.js';
import type { Pending, Pendings } from './pendings.js';
import { answerSession } from './sessions.js';

/** What answering needs of the rest of the engine. */
export interface AnswerEffects extends CallEffects {
  /** A 2xx was never acknowledged. */
  unacknowledged(call: Call): void;
}

interface Status {
  status: number;
  reason: string;
}

/** Responses of applications to requests of the network. */
export class Answers {
  constructor(
    private readonly core: Core,
    private readonly pendings: Pendings,
    private readonly effects: AnswerEffects,
  ) {}

  /** Handles `SIP/2.0 ...` of an application. */
  respond(reply: Reply, id: string, message: AppMessage): void {
    const said = message.headers.get('cseq');
    const pending = this.pendings.find(id, said?.trim().split(/\s+/)[1] ?? null);
    if (!pending) return reply.nok(/^\d+\s+CANCEL$/.test(said ?? '') ? texts.cancelAnswered : texts.unknownTransaction);
    const { transaction } = pending;
    const flow = transaction.incoming.flow;
    if (transaction.answered && transaction.final) return this.confirm(reply, pending, transaction.final, true);
    const status = statusOf(message.start);
    if (!status) return reply.nok(texts.badResponse);
    if (!flow.open && flow.transport !== 'tcp' && flow.transport !== 'tls') {
      if (status.status >= 200) this.reject(pending, 480);
      return reply.nok('transport for response has been shutdown or closed');
    }
    if (neverSent(pending, status)) return reply.nok(texts.neverSent);
    if (wantsReliable(pending, status, message) && !knows100rel(transaction.request)) return reply.nok(texts.no100rel);
    if (this.isTaken(pending, status)) {
      this.reject(pending, 480);
      return reply.nok(texts.dialogExists);
    }
    const response = this.compose(pending, status, message);
    if (!response) {
      this.reject(pending, 500);
      return reply.nok(texts.badResponse);
    }
    this.send(pending, response);
    this.confirm(reply, pending, response);
  }

  /** Another dialog has the name that this response would give to a new one. */
  private isTaken({ call, transaction }: Pending, { status }: Status): boolean {
    const { callId, from, to } = transaction.incoming.envelope;
    if (call || !forms(transaction.request, status) || tagOf(to) !== null) return false;
    return this.core.calls.find(dialogIdOf(callId, tagOf(from) ?? '')) !== null;
  }

  /** Answers in place of the application and forgets the request. */
  reject(pending: Pending, status: number, extra: Record<string, string> = {}): void {
    const { request } = pending.transaction;
    pending.toTag ??= this.core.stack.newTag();
    const response = responseTo(request, status, phraseOf(status), pending.toTag);
    for (const [name, value] of Object.entries(extra)) response.headers.add(name, value);
    response.headers.add('Content-Length', '0');
    pending.transaction.respond(response);
    if (pending.call?.state === 'early' && request.method === 'INVITE') this.core.calls.remove(pending.call);
    this.pendings.remove(pending);
  }

  /** Echoes what was sent; a late second answer gets the echo of the first, without a dialog. */
  private confirm(reply: Reply, pending: Pending, response: SipResponse, late = false): void {
    const { incoming, request } = pending.transaction;
    const { callId, from } = incoming.envelope;
    const tracked = request.method === 'INVITE' || request.method === 'SUBSCRIBE';
    const early = request.method === 'UPDATE' && pending.call?.state === 'early';
    const own = early ? undefined : pending.call?.id;
    const dialogId = late ? '' : (own ?? (tracked ? dialogIdOf(callId, tagOf(from) ?? '') : ''));
    const shows = request.method === 'INVITE' || response.status < 200;
    reply.responseSent(incoming.flow, printMessage(response), pending.id, dialogId, shows);
  }

  /** Builds the response, and the dialog when it makes one. Null when a header the engine needs cannot be read. */
  private compose(pending: Pending, { status, reason }: Status, message: AppMessage): SipResponse | null {
    const { request, incoming } = pending.transaction;
    const { flow } = incoming;
    if (status > 100) pending.toTag ??= appTag(message) ?? this.core.stack.newTag();
    const response = responseTo(request, status, reason, status > 100 ? pending.toTag : null);
    const { headers } = response;
    const makes = forms(request, status);
    if (makes) for (const value of request.headers.all('record-route')) headers.add('Record-Route', value);
    if (copyHeaders(message.headers, headers, flow) !== null) return null;
    if (needsContact(pending, response, message) && !headers.has('contact')) {
      headers.add('Contact', ownContact(flow, /^sips:/i.test(request.uri)));
    }
    if (status >= 200 && this.core.userAgent !== '' && !headers.has('server') && !headers.has('user-agent')) {
      headers.add('Server', this.core.userAgent);
    }
    if (makes && pending.call === null) this.makeCall(pending);
    const call = pending.call;
    if (call && status >= 200 && status < 300) {
      const early = request.method === 'UPDATE' && call.state === 'early';
      if (request.method === 'INVITE' || (request.method === 'UPDATE' && !early)) answerSession(call, request, headers);
      const contact = headers.get('contact');
      if (contact !== null) call.contact = contact;
    }
    if (!finishBody(message, headers)) return null;
    response.body = message.body;
    if (
      call &&
      status < 300 &&
      message.body.length > 0 &&
      /^application\/sdp/i.test(headers.get('content-type') ?? '')
    ) {
      call.session = { type: headers.get('content-type') ?? '', body: message.body };
    }
    return response;
  }

  private send(pending: Pending, response: SipResponse): void {
    const { transaction } = pending;
    const invite = transaction.request.method === 'INVITE';
    if (response.status > 100) {
      pending.timer?.cancel();
      pending.timer = null;
    }
    const { call } = pending;
    if (call && response.status >= 200 && response.status < 300 && targetRefresh.has(transaction.request.method)) {
      refreshTarget(call, transaction.incoming);
    }
    if (response.status < 200) {
      if (invite && wantsReliable(pending, response, response)) this.sendReliably(pending, response);
      else transaction.respond(response);
    } else if (invite && response.status < 300) this.accept(pending, response);
    else this.finish(pending, response);
  }

  private sendReliably(pending: Pending, response: SipResponse): void {
    const { clock, chance, stack } = this.core;
    pending.reliable ??= new ReliableProvisional(clock, stack.timers, chance.int(1, 0x3fffffff), {
      send: (each) => void pending.transaction.respond(each),
      unacknowledged: () => this.reject(pending, 504),
    });
    const rseq = pending.reliable.nextRseq();
    if (!response.headers.lists('require', '100rel')) response.headers.add('Require', '100rel');
    response.headers.set('RSeq', String(rseq));
    pending.reliable.send(response, rseq);
  }

  private accept(pending: Pending, response: SipResponse): void {
    const { transaction, call, reliable } = pending;
    const send = (): void => {
      transaction.respond(response);
      const rseq = reliable?.waiting ?? null;
      this.pendings.remove(pending);
      if (!call) return;
      if (call.state === 'early') this.core.cdrs.start('application', 'uas', response);
      call.state = 'confirmed';
      const cseq = transaction.incoming.envelope.cseq.number;
      call.overtaken = rseq === null ? null : { rseq, cseq };
      const guard = new AcceptGuard(this.core.clock, this.core.stack.timers, {
        resend: () => void transaction.respond(response),
        unacknowledged: () => this.effects.unacknowledged(call),
      });
      call.guards.set(cseq, guard);
    };
    if (reliable?.holdsAnswer) reliable.whenIdle(send);
    else send();
  }

  private finish(pending: Pending, response: SipResponse): void {
    const { transaction, call } = pending;
    const { request, incoming } = transaction;
    pending.reliable?.stop();
    transaction.onEnded = () => this.pendings.remove(pending);
    transaction.respond(response);
    call?.open.delete(transaction);
    if (request.method === 'INVITE' && tagOf(incoming.envelope.to) === null) {
      this.core.cdrs.stop('application', 'call-rejected', response);
    }
    if (call?.state === 'early' && request.method === 'INVITE') this.core.calls.remove(call);
    if (call?.kind === 'subscribe') this.subscribed(call, request, response);
    if (response.status >= 300) return;
    const asked = request.headers.joined('contact');
    if (request.method === 'REGISTER' && asked !== null && incoming.flow.reliable) {
      const seconds = expiresOf(request, response) ?? 3600;
      this.core.contacts.learn(asked, incoming.flow, seconds, response.headers.joined('contact'));
    }
  }

  /** A SUBSCRIBE or REFER of the peer, or its renewal, was answered: how long the subscription lives. */
  private subscribed(call: Call, request: SipRequest, response: SipResponse): void {
    if (request.method !== 'SUBSCRIBE' && request.method !== 'REFER') return;
    if (response.status >= 300) {
      if (call.state === 'early') this.core.calls.remove(call);
      return;
    }
    call.state = 'confirmed';
    const seconds = expiresOf(request, response) ?? (request.method === 'REFER' ? referSeconds : 3600);
    call.live(seconds + 40, () => this.core.calls.remove(call));
  }

  private makeCall(pending: Pending): void {
    const { incoming, request } = pending.transaction;
    const { envelope, flow } = incoming;
    const remoteTag = tagOf(envelope.from) ?? '';
    const target = contactUri(request.headers) ?? envelope.from.uri;
    const routes = recordRoutes(request.headers);
    const dialog: Dialog = {
      role: 'uas',
      callId: envelope.callId,
      localTag: pending.toTag ?? '',
      remoteTag,
      localParty: partyOf(request.headers.get('to') ?? ''),
      remoteParty: partyOf(request.headers.get('from') ?? ''),
      localCseq: envelope.cseq.number < 0x7fff0000 ? envelope.cseq.number : this.core.chance.int(1, 0x3fffffff),
      remoteCseq: envelope.cseq.number,
      target,
      routes,
      flow,
      behindNat: differsFromSource(target, routes, flow),
    };
    const kind = request.method === 'INVITE' ? 'invite' : 'subscribe';
    const call = new Call(
      dialogIdOf(envelope.callId, remoteTag),
      kind,
      dialog,
      pending.app,
      this.core.clock,
      this.effects,
    );
    call.inviteId = pending.id;
    call.inviteCseq = envelope.cseq.number;
    call.peerAllows = request.headers.joined('allow') ?? '';
    call.old = !hasCookie(envelope.via);
    pending.call = call;
    call.open.add(pending.transaction);
    this.core.calls.add(call);
  }
}

function statusOf(start: string): Status | null {
  const match = /^SIP\/2\.0 ([1-6]\d\d) ?(.*)$/.exec(start);
  if (!match) return null;
  const status = Number(match[1]);
  return { status, reason: (match[2] ?? '') || phraseOf(status) };
}

/** How long a REFER is followed when nothing is said, seconds. */
const referSeconds = 180;

function expiresOf(request: SipRequest, response: SipResponse): number | null {
  return parseSeconds(response.headers.get('expires') ?? request.headers.get('expires'));
}

/** Whether a response makes a dialog: of an INVITE, a SUBSCRIBE, or a REFER that is reported on (RFC 4488 §4). */
function forms({ method, headers }: SipRequest, status: number): boolean {
  if (status <= 100 || status >= 300) return false;
  if (method === 'REFER') return status >= 200 && headers.get('refer-sub')?.trim().toLowerCase() !== 'false';
  return method === 'INVITE' || method === 'SUBSCRIBE';
}

/** To other requests than INVITE the engine alone says 100, and nobody says 408 (RFC 4320 §4). */
function neverSent({ transaction }: Pending, { status }: Status): boolean {
  if (transaction.request.method === 'INVITE') return false;
  return status === 408 || (status < 200 && !(status === 100 && transaction.incoming.flow.reliable));
}

/** To tag the application dictates. */
function appTag(message: AppMessage): string | null {
  const to = message.headers.get('to');
  if (to === null) return null;
  try {
    return tagOf(parseNameAddr(to));
  } catch (error) {
    if (error instanceof MalformedSip) return null;
    throw error;
  }
}

function knows100rel(request: SipRequest): boolean {
  return request.headers.lists('supported', '100rel') || request.headers.lists('require', '100rel');
}

/** 101-199 to a new INVITE goes reliably when the application says so or the caller insists (RFC 3262 §3). */
function wantsReliable(pending: Pending, { status }: Status, message: Pick<AppMessage, 'headers'>): boolean {
  const { request, incoming } = pending.transaction;
  if (request.method !== 'INVITE' || status <= 100 || status >= 200 || tagOf(incoming.envelope.to) !== null)
    return false;
  return message.headers.lists('require', '100rel') || request.headers.lists('require', '100rel');
}

function needsContact(pending: Pending, response: SipResponse, message: AppMessage): boolean {
  const { request, incoming } = pending.transaction;
  const { status } = response;
  if (status <= 100 || status >= 300) return false;
  const inDialog = tagOf(incoming.envelope.to) !== null;
  if (request.method === 'INVITE') return status >= 200 || inDialog || wantsReliable(pending, response, message);
  if (request.method === 'UPDATE' || request.method === 'REFER') return status >= 200;
  return request.method === 'SUBSCRIBE';
}
