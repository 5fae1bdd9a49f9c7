import { parseSeconds } from '../sip-values/numbers.js';
import type { Incoming } from '../sip/incoming.js';
import { Headers, noBody, type SipResponse } from '../sip/message.js';
import { refreshTarget, type Call } from './call.js';
import type { AppMessage } from './commands.js';
import type { Core } from './core.js';
import type { Outgoings } from './outgoing.js';
import { acceptSession } from './sessions.js';

/** What session refreshes need of the requests inside dialogs. */
export interface RefreshEffects {
  /**
   * Sends a request of the engine inside a dialog and acknowledges what must be. `answered` gets the final response, or
   * the status that stands for none, once.
   */
  ask(call: Call, method: string, message: AppMessage, answered: (outcome: Refreshed) => void): void;
  expired(call: Call): void;
}

/** The final response to a refresh, or why there is none. */
export type Refreshed = Incoming<SipResponse> | 408 | 503;

/** A refresh that cannot go now, or was refused for the time being, waits this long, milliseconds. */
const laterMs = 5000;

/**
 * Session refreshes the engine makes by itself (RFC 4028 §7.4, §10): UPDATE without a body where the peer allows it, else
 * the last description offered again. They keep clear of the offers of both sides: see `Call.refreshing`.
 */
export class Refreshes {
  constructor(
    private readonly core: Pick<Core, 'chance'>,
    private readonly outgoings: Outgoings,
    private readonly effects: RefreshEffects,
  ) {}

  refresh(call: Call): void {
    if (call.state === 'ended') return;
    if (call.refreshing || call.leaving || this.isBusy(call)) return call.timer.retry(laterMs);
    const update = call.peerAllows.split(',').some((each) => each.trim().toUpperCase() === 'UPDATE');
    const method = update ? 'UPDATE' : 'INVITE';
    const session = update ? null : call.session;
    const headers = new Headers(session ? [{ name: 'Content-Type', value: session.type }] : []);
    const message: AppMessage = { start: '', headers, body: session?.body ?? noBody };
    call.refreshing = update ? 'plain' : 'offer';
    this.effects.ask(call, method, message, (outcome) => {
      if (call.state !== 'ended') this.settle(call, method, outcome);
      call.refreshed();
    });
  }

  /** An offer of either side is under way (RFC 3261 §14.1). */
  private isBusy(call: Call): boolean {
    const changes = ['INVITE', 'UPDATE'];
    return (
      [...call.open].some(({ request, answered }) => changes.includes(request.method) && !answered) ||
      this.outgoings.ofCall(call).some(({ request }) => changes.includes(request.method))
    );
  }

  private settle(call: Call, method: string, outcome: Refreshed): void {
    if (typeof outcome === 'number') {
      if (outcome === 408) this.effects.expired(call);
      else call.timer.retry(laterMs);
      return;
    }
    const { status, headers } = outcome.message;
    if (status < 300) {
      refreshTarget(call, outcome);
      acceptSession(call, headers);
    } else if (status === 408 || status === 481) this.effects.expired(call);
    else call.timer.retry(this.pause(call, method, outcome.message));
  }

  /** How long to wait after a refusal, which leaves the session as it is (RFC 3261 §14.1, RFC 4028 §7.3). */
  private pause(call: Call, method: string, { status, headers }: SipResponse): number {
    if (status === 491) {
      const { chance } = this.core;
      return call.dialog.role === 'uac' ? chance.int(210, 400) * 10 : chance.int(0, 200) * 10;
    }
    if (status === 422) {
      const least = parseSeconds(headers.get('min-se'));
      if (least !== null && call.timer.raise(least)) return 0;
    }
    if (method === 'UPDATE' && (status === 405 || status === 501)) {
      call.peerAllows = call.peerAllows.replace(/\bUPDATE\b/gi, '');
      return 0;
    }
    return Math.max(laterMs, (parseSeconds(headers.get('retry-after')) ?? 0) * 1000);
  }
}
