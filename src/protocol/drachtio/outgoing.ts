import type { Timer } from '../../base/clock.js';
import { cancelOf, responseTo, phraseOf } from '../sip/compose.js';
import type { ClientTransaction } from '../sip/client-transaction.js';
import type { Flow } from '../sip/flow.js';
import { printMessage, type SipRequest, type SipResponse } from '../sip/message.js';
import type { NextHop } from '../sip/routing.js';
import type { App } from './apps.js';
import type { Call } from './call.js';
import type { AppMessage } from './commands.js';
import { texts, type Core, type Reply } from './core.js';
import { copyHeaders } from './headers.js';

/** A request of an application that is on its way. */
export interface Outgoing {
  readonly id: string;
  app: App;
  /** As it was sent last: each try has its own Via and flow. */
  request: SipRequest;
  flow: Flow;
  readonly localTag: string;
  /** Its dialog when it was sent inside one. */
  readonly call: Call | null;
  transaction: ClientTransaction | null;
  /** A provisional response came: CANCEL may go. */
  provisional: boolean;
  cancel: 'no' | 'held' | 'sent';
  /** What CANCEL looks like, once the application asked. */
  cancelRequest: SipRequest | null;
  /** Early and answered dialogs it made. */
  calls: Call[];
  /** The dialog of its first 2xx. */
  answered: Call | null;
  /** Timer C, then giving up on the cancelled INVITE. */
  timer: Timer | null;
}

/** A new record. */
export function outgoing(base: Pick<Outgoing, 'id' | 'app' | 'request' | 'flow' | 'localTag' | 'call'>): Outgoing {
  return {
    ...base,
    transaction: null,
    provisional: false,
    cancel: 'no',
    cancelRequest: null,
    calls: [],
    answered: null,
    timer: null,
  };
}

/** Requests of applications that have no final response yet, and how they are cancelled. */
export class Outgoings {
  private readonly byId = new Map<string, Outgoing>();

  constructor(private readonly core: Core) {}

  add(out: Outgoing): void {
    this.byId.set(out.id, out);
  }

  remove(out: Outgoing): void {
    out.timer?.cancel();
    this.byId.delete(out.id);
  }

  /** SUBSCRIBE that a NOTIFY with this Call-ID and tag answers. */
  subscription(callId: string, localTag: string): Outgoing | null {
    for (const out of this.byId.values()) {
      const { method, headers } = out.request;
      if (
        (method === 'SUBSCRIBE' || method === 'REFER') &&
        out.localTag === localTag &&
        headers.get('call-id') === callId
      )
        return out;
    }
    return null;
  }

  /** The application cancels; before any provisional response the CANCEL is held back (RFC 3261 §9.1). */
  cancel(reply: Reply, id: string, message: AppMessage): void {
    const out = this.byId.get(id);
    if (!out || out.request.method !== 'INVITE' || out.transaction?.waiting === false) {
      return reply.nok(`unable to cancel unknown transaction id: ${id}`);
    }
    const cancel = cancelOf(out.request);
    copyHeaders(message.headers, cancel.headers, out.flow);
    for (const name of ['require', 'proxy-require', 'content-length']) cancel.headers.remove(name);
    cancel.headers.add('Content-Length', '0');
    const held = !out.provisional;
    reply.requestSent(out.flow, printMessage(cancel), this.core.chance.uuid(), held ? 0 : undefined);
    if (out.cancel !== 'no') return;
    out.cancelRequest = cancel;
    out.cancel = 'held';
    this.release(out);
  }

  /** Cancels without an application (its dialog ends, or the engine closes). */
  abandon(out: Outgoing): void {
    if (out.cancel !== 'no') return;
    out.cancelRequest = cancelOf(out.request);
    out.cancel = 'held';
    this.release(out);
  }

  /** A provisional response came: a held CANCEL goes out, and the INVITE may ring for timer C more (RFC 3261 §16.6). */
  provisional(out: Outgoing, status: number): void {
    out.provisional = true;
    if (out.request.method !== 'INVITE' || out.cancel === 'sent') return;
    if (status === 100 && out.timer) return this.release(out);
    out.timer?.cancel();
    out.timer = this.core.clock.after(this.core.timerC, () => this.abandon(out));
    this.release(out);
  }

  /** An application is gone, and with it whoever would acknowledge: what rings is cancelled. */
  appClosed(app: App): void {
    for (const out of [...this.byId.values()]) {
      if (out.app === app && out.request.method === 'INVITE') this.abandon(out);
    }
  }

  private release(out: Outgoing): void {
    if (out.cancel !== 'held' || !out.provisional || !out.cancelRequest || !out.transaction?.waiting) return;
    out.cancel = 'sent';
    out.timer?.cancel();
    this.core.stack.send(out.cancelRequest, out.flow, { response: () => undefined, failed: () => undefined });
    out.timer = this.core.clock.after(64 * this.core.stack.timers.t1, () => this.giveUp(out));
  }

  ofCall(call: Call): Outgoing[] {
    return [...this.byId.values()].filter((each) => each.call === call);
  }

  dispose(): void {
    for (const out of [...this.byId.values()]) this.remove(out);
  }

  /** No final response within 64 T1 of the CANCEL: the INVITE counts as cancelled. */
  private giveUp(out: Outgoing): void {
    out.transaction?.dispose();
    this.fabricate(out, 487);
  }

  /** Tells the application a final response that never came over the network. */
  fabricate(out: Outgoing, status: number): void {
    this.remove(out);
    for (const call of out.calls) if (call.state === 'early') this.core.calls.remove(call);
    const response = localResponse(out.request, status, this.core.stack.newTag());
    const trail = { bytes: 0, protocol: out.flow.transport.replace(/^wss?$/, 'tcp'), at: { address: '', port: 0 } };
    const dialogId = out.call?.id ?? earlyId(out);
    out.app.send(this.core.leaders.received(trail, out.id, dialogId), printMessage(response));
  }

  /** Why a request cannot be sent there, in the words applications know; null when it may go. */
  refusalFor({ transport, host, port }: NextHop): string | null {
    const { transports } = this.core;
    if (transport === 'ws' || transport === 'wss' || !transports.has(transport)) return texts.noTransport;
    return transports.isOwn(transport, host, port) ? texts.self : null;
  }
}

/** Dialog id named on responses to INVITE and SUBSCRIBE, empty otherwise. */
export function earlyId(out: Outgoing): string {
  const { method, headers } = out.request;
  if (method !== 'INVITE' && method !== 'SUBSCRIBE' && method !== 'REFER') return '';
  return `${headers.get('call-id') ?? ''};from-tag=${out.localTag}`;
}

function localResponse(request: SipRequest, status: number, toTag: string): SipResponse {
  const response = responseTo(request, status, phraseOf(status), toTag);
  response.headers.add('Content-Length', '0');
  return response;
}
