import type { Clock, Timer } from '../../base/clock.js';
import type { AcceptGuard } from '../sip/accept-guard.js';
import type { ClientTransaction } from '../sip/client-transaction.js';
import { contactUri, describeDialog, differsFromSource, type Dialog } from '../sip/dialog.js';
import type { Flow } from '../sip/flow.js';
import type { Incoming } from '../sip/incoming.js';
import type { SipRequest } from '../sip/message.js';
import type { ServerTransaction } from '../sip/server-transaction.js';
import { SessionTimer } from '../sip/session-timer.js';
import type { App } from './apps.js';

/** A 2xx we received and the ACK we sent for it. */
export interface Acknowledged {
  /** Null until the application has acknowledged. */
  ack: Buffer | null;
  /** The way the ACK went. */
  flow: Flow;
  /** The application had cancelled: BYE follows the ACK. */
  cancelled: boolean;
}

/** What is kept of a body we offered or answered, to offer it again. */
export interface LocalSession {
  type: string;
  body: Buffer;
}

/** What a call asks of the engine by itself. */
export interface CallEffects {
  refresh(call: Call): void;
  expired(call: Call): void;
}

/** One dialog with all that hangs on it: its application, timers and open transactions. */
export class Call {
  state: 'early' | 'confirmed' | 'ended' = 'early';
  readonly timer: SessionTimer;
  /** Its application; replaced when that connection is gone. */
  app: App;
  /** Transaction id of the INVITE that made the dialog, for the ACK. */
  inviteId = '';
  /** CSeq number of that INVITE when the peer sent it. */
  inviteCseq: number | null = null;
  /** Contact we told the peer, for requests we make ourselves. */
  contact = '';
  session: LocalSession | null = null;
  /** Methods the peer allows. */
  peerAllows = '';
  /** The peer keeps to RFC 2543: it may leave tags out. */
  old = false;
  /** RSeq and CSeq of a reliable response of ours that its 2xx overtook: its PRACK may still come (RFC 3262 §3). */
  overtaken: { rseq: number; cseq: number } | null = null;
  /** 2xx of ours that wait for an ACK, by CSeq number. */
  readonly guards = new Map<number, AcceptGuard>();
  /** 2xx of the peer, by CSeq number. */
  readonly accepted = new Map<number, Acknowledged>();
  /** Requests of the peer the application has not answered. */
  readonly open = new Set<ServerTransaction>();
  /** Our BYE is out. */
  leaving = false;
  /** Early dialogs of the same INVITE of ours, itself included. */
  forks: readonly Call[] = [];
  /** RSeq of the peer's latest reliable response. */
  rseq: number | null = null;
  /** Our re-INVITE that waits for a final response. */
  reinvite: ClientTransaction | null = null;
  /** A session refresh of the engine itself that waits for its answer: with an offer, or without one. */
  refreshing: 'offer' | 'plain' | null = null;
  /** Offers of the application that wait for that. */
  readonly held: (() => void)[] = [];
  /** Subscription lifetime, or nothing. */
  lifetime: Timer | null = null;

  constructor(
    readonly id: string,
    readonly kind: 'invite' | 'subscribe',
    public dialog: Dialog,
    app: App,
    private readonly clock: Clock,
    effects: CallEffects,
  ) {
    this.app = app;
    this.timer = new SessionTimer(clock, {
      refresh: () => effects.refresh(this),
      expired: () => effects.expired(this),
    });
  }

  /** Notes a 2xx of the peer; only the latest few are kept for retransmissions. */
  accept(cseq: number, acknowledged: Acknowledged): void {
    this.accepted.set(cseq, acknowledged);
    const [oldest] = this.accepted.keys();
    if (this.accepted.size > 8 && oldest !== undefined) this.accepted.delete(oldest);
  }

  /** The subscription lives this long from now on. */
  live(seconds: number, over: () => void): void {
    this.lifetime?.cancel();
    this.lifetime = this.clock.after(seconds * 1000, over);
  }

  /** The refresh is over: what waited for it goes. */
  refreshed(): void {
    this.refreshing = null;
    for (const job of this.held.splice(0)) job();
  }

  /** Stops every timer; the owner takes it out of its table. */
  end(): void {
    this.state = 'ended';
    this.timer.stop();
    this.lifetime?.cancel();
    for (const guard of this.guards.values()) guard.stop();
    this.guards.clear();
    this.refreshed();
  }

  describe(): string {
    return `${this.state} ${describeDialog(this.dialog)} ${this.timer.describe()}`;
  }
}

/**
 * The Contact of an accepted target refresh request, or of a 2xx to one of ours, replaces where the dialog leads (RFC
 * 3261 §12.2.2; a rejected one changes nothing).
 */
export function refreshTarget(call: Call, { message, flow }: Incoming): void {
  const contact = contactUri(message.headers);
  if (contact === null) return;
  call.dialog.target = contact;
  call.dialog.behindNat = differsFromSource(contact, call.dialog.routes, flow);
  const allows = message.headers.joined('allow');
  if (allows !== null) call.peerAllows = allows;
}

/** Methods whose Contact is a new remote target (RFC 5057 §5.5). */
export const targetRefresh: ReadonlySet<string> = new Set(['INVITE', 'UPDATE', 'SUBSCRIBE', 'NOTIFY', 'REFER']);

/** Whether a NOTIFY ends its subscription. */
export function saysTerminated({ headers }: SipRequest): boolean {
  return /^\s*terminated/i.test(headers.get('subscription-state') ?? '');
}

/** Whether a request of the peer crosses an offer of the engine's own, of which no application knows (RFC 3261 §14.2). */
export function crossesRefresh(call: Call, { method, body }: SipRequest): boolean {
  return call.refreshing === 'offer' && (method === 'INVITE' || (method === 'UPDATE' && body.length > 0));
}
