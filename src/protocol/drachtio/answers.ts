import { MalformedSip } from '../sip-values/errors.js';
import { parseNameAddr } from '../sip-values/name-addr.js';
import { parseSeconds } from '../sip-values/numbers.js';
import { AcceptGuard } from '../sip/accept-guard.js';
import { phraseOf, responseTo } from '../sip/compose.js';
import { contactUri, differsFromSource, partyOf, recordRoutes, type Dialog } from '../sip/dialog.js';
import { tagOf } from '../sip/envelope.js';
import { printMessage, type SipRequest, type SipResponse } from '../sip/message.js';
import { ReliableProvisional } from '../sip/reliable-provisional.js';
import { Call, type CallEffects } from './call.js';
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
    if (wantsReliable(pending, status, message) && !knows100rel(transaction.request)) return reply.nok(texts.no100rel);
    const response = this.compose(pending, status, message);
    if (!response) {
      this.reject(pending, 500);
      return reply.nok(texts.badResponse);
    }
    this.send(pending, response);
    this.confirm(reply, pending, response);
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
    const forms = status > 100 && status < 300 && (request.method === 'INVITE' || request.method === 'SUBSCRIBE');
    if (forms) for (const value of request.headers.all('record-route')) headers.add('Record-Route', value);
    if (copyHeaders(message.headers, headers, flow) !== null) return null;
    if (needsContact(pending, response, message) && !headers.has('contact')) {
      headers.add('Contact', ownContact(flow, /^sips:/i.test(request.uri)));
    }
    if (status >= 200 && this.core.userAgent !== '' && !headers.has('server') && !headers.has('user-agent')) {
      headers.add('Server', this.core.userAgent);
    }
    if (forms && pending.call === null) this.makeCall(pending);
    const call = pending.call;
    if (call && status >= 200 && status < 300) {
      if (request.method === 'INVITE' || request.method === 'UPDATE') answerSession(call, request, headers);
      const contact = headers.get('contact');
      if (contact !== null) call.contact = contact;
    }
    if (!finishBody(message, headers)) return null;
    response.body = message.body;
    if (call && message.body.length > 0 && /^application\/sdp/i.test(headers.get('content-type') ?? '')) {
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
      unacknowledged: () => this.reject(pending, 503),
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
      this.pendings.remove(pending);
      if (!call) return;
      if (call.state === 'early') this.core.cdrs.start('application', 'uas', response);
      call.state = 'confirmed';
      const cseq = transaction.incoming.envelope.cseq.number;
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
    const good = response.status < 300;
    if (request.method === 'INVITE' && tagOf(incoming.envelope.to) === null) {
      this.core.cdrs.stop('application', 'call-rejected', response);
    }
    if (call?.state === 'early' && request.method === 'INVITE') this.core.calls.remove(call);
    if (call?.state === 'early' && request.method === 'SUBSCRIBE') {
      if (good) call.state = 'confirmed';
      else this.core.calls.remove(call);
    }
    if (!good) return;
    const seconds = parseSeconds(response.headers.get('expires') ?? request.headers.get('expires')) ?? 3600;
    const asked = request.headers.joined('contact');
    if (request.method === 'REGISTER' && asked !== null && incoming.flow.reliable) {
      this.core.contacts.learn(asked, incoming.flow, seconds, response.headers.joined('contact'));
    }
    if (request.method === 'SUBSCRIBE' && call?.kind === 'subscribe') {
      call.lifetime?.cancel();
      call.lifetime = this.core.clock.after((seconds + 40) * 1000, () => this.core.calls.remove(call));
    }
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
      localCseq: envelope.cseq.number,
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
  return request.method === 'SUBSCRIBE' || (request.method === 'UPDATE' && status >= 200);
}
