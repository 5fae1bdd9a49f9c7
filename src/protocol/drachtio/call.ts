import type { Clock, Timer } from '../../base/clock.js';
import type { AcceptGuard } from '../sip/accept-guard.js';
import type { ClientTransaction } from '../sip/client-transaction.js';
import { describeDialog, type Dialog } from '../sip/dialog.js';
import type { ServerTransaction } from '../sip/server-transaction.js';
import { SessionTimer } from '../sip/session-timer.js';
import type { App } from './apps.js';

/** A 2xx we received and the ACK we sent for it. */
export interface Acknowledged {
  /** Null until the application has acknowledged. */
  ack: Buffer | null;
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
  /** 2xx of ours that wait for an ACK, by CSeq number. */
  readonly guards = new Map<number, AcceptGuard>();
  /** 2xx of the peer, by CSeq number. */
  readonly accepted = new Map<number, Acknowledged>();
  /** Requests of the peer the application has not answered. */
  readonly open = new Set<ServerTransaction>();
  /** Our re-INVITE that waits for a final response. */
  reinvite: ClientTransaction | null = null;
  /** Subscription lifetime, or nothing. */
  lifetime: Timer | null = null;

  constructor(
    readonly id: string,
    readonly kind: 'invite' | 'subscribe',
    public dialog: Dialog,
    app: App,
    clock: Clock,
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

  /** Stops every timer; the owner takes it out of its table. */
  end(): void {
    this.state = 'ended';
    this.timer.stop();
    this.lifetime?.cancel();
    for (const guard of this.guards.values()) guard.stop();
    this.guards.clear();
  }

  describe(): string {
    return `${this.state} ${describeDialog(this.dialog)} ${this.timer.describe()}`;
  }
}
