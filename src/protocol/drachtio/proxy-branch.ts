import { parseSipUri } from '../sip-values/uri.js';
import { Attempts } from '../sip/attempts.js';
import type { ClientTransaction } from '../sip/client-transaction.js';
import { cancelOf } from '../sip/compose.js';
import type { Flow } from '../sip/flow.js';
import type { Incoming } from '../sip/incoming.js';
import type { SipRequest, SipResponse } from '../sip/message.js';
import type { Target } from '../sip/resolver.js';
import { NamedTimers } from '../sip/timers.js';
import type { Core } from './core.js';
import { isDestination } from './proxy-options.js';

/** What a branch is to do. */
export interface BranchPlan {
  /** Where the request is sent. */
  next: string;
  /** A flow that leads there without looking, or null. */
  known: Flow | null;
  invite: boolean;
  /** Time for a first and for a final response, milliseconds. */
  provisionalMs: number | null;
  finalMs: number | null;
  compose(flow: Flow): SipRequest;
}

/** What becomes of it. */
export interface BranchUser {
  sent(request: SipRequest): void;
  provisional(incoming: Incoming<SipResponse>): void;
  /** A 2xx, retransmissions included. */
  success(incoming: Incoming<SipResponse>): void;
  /** It ended without success: by a response, or by none. */
  failed(outcome: Outcome): void;
}

/** How a branch ended: what came back, or the status that stands for nothing (RFC 3261 §16.8, §16.9). */
export interface Outcome {
  incoming: Incoming<SipResponse> | null;
  status: number;
}

/** Longest ringing after a provisional response, milliseconds (timer C, RFC 3261 §16.6 step 11: over three minutes). */
const timerC = 185_000;

/**
 * One destination of a proxied request.
 *
 * ```
 * idle ──start──> waiting ──2xx──> ended   (further 2xx are still passed on)
 *                   ├──300-699, lost──> ended
 *                   └──time-out, cancel──> CANCEL once a provisional response was seen; ended by what comes, or after 64 T1
 * ```
 */
export class Branch {
  private state: 'idle' | 'waiting' | 'ended' = 'idle';
  private cancelled: 'no' | 'held' | 'sent' = 'no';
  /** A response came, so that a CANCEL may go (RFC 3261 §9.1). */
  private heard = false;
  private request: SipRequest | null = null;
  private flow: Flow | null = null;
  private transaction: ClientTransaction | null = null;
  private reason: string | null = null;
  private readonly running: NamedTimers<'C' | 'provisional' | 'final' | 'cancel'>;

  constructor(
    private readonly core: Core,
    private readonly plan: BranchPlan,
    private readonly user: BranchUser,
    /** Branches under way, for those who end the engine. */
    private readonly live: Set<Branch>,
  ) {
    this.running = new NamedTimers(core.clock, (name) => this.expired(name));
  }

  get waiting(): boolean {
    return this.state === 'waiting';
  }

  start(): void {
    this.state = 'waiting';
    this.live.add(this);
    const { plan, core } = this;
    if (plan.known) return this.send([], plan.known);
    // a telephone number, say, leads nowhere by itself
    if (!isDestination(plan.next)) return this.send([], null);
    const targets = core.paths.targets(parseSipUri(plan.next));
    if (targets instanceof Promise) void targets.then((found) => this.waiting && this.send(found, null));
    else
      this.send(
        targets.filter((each) => !core.paths.isOwn(each)),
        null,
      );
  }

  /** Nobody wants it any more; `reason` goes with the CANCEL (RFC 3326). */
  cancel(reason: string | null = null): void {
    if (this.state !== 'waiting' || this.cancelled !== 'no' || !this.plan.invite) return;
    this.cancelled = 'held';
    this.reason = reason;
    this.release();
  }

  dispose(): void {
    this.running.clear();
    this.state = 'ended';
  }

  private send(targets: Target[], known: Flow | null): void {
    const { plan } = this;
    const attempts = this.attemptsTo(targets);
    if (plan.provisionalMs !== null) this.running.start('provisional', plan.provisionalMs);
    if (plan.finalMs !== null) this.running.start('final', plan.finalMs);
    if (plan.invite) this.running.start('C', timerC);
    if (known) attempts.startOn(known);
    else attempts.start();
  }

  private attemptsTo(targets: Target[]): Attempts {
    return new Attempts(this.core.stack, this.core.paths, targets, {
      forwards: true,
      compose: (flow) => this.plan.compose(flow),
      sent: (request, flow) => {
        if (!this.request) this.user.sent(request);
        this.request = request;
        this.flow = flow;
        this.heard = false;
      },
      started: (transaction) => (this.transaction = transaction),
      response: (incoming) => this.response(incoming),
      failed: (status) => {
        this.running.stop('cancel');
        this.fail({ incoming: null, status });
        this.settle();
      },
      wanted: () => this.waiting && this.cancelled === 'no',
    });
  }

  private response(incoming: Incoming<SipResponse>): void {
    const { status } = incoming.message;
    this.running.stop('provisional');
    if (status >= 200) {
      this.running.stop('cancel');
      if (status >= 300) this.fail({ incoming, status });
      else this.succeed(incoming);
      return this.settle();
    }
    this.heard = true;
    if (this.cancelled === 'no' && status > 100 && this.plan.invite) this.running.start('C', timerC);
    this.release();
    if (status > 100 && this.waiting) this.user.provisional(incoming);
  }

  /** A destination that takes too long counts as one that said 408; it is cancelled, which may still bring a 2xx. */
  private expired(name: 'C' | 'provisional' | 'final' | 'cancel'): void {
    if (name === 'cancel') this.transaction?.dispose();
    else this.cancel();
    this.fail({ incoming: null, status: name === 'cancel' ? 487 : 408 });
    this.settle();
  }

  private succeed(incoming: Incoming<SipResponse>): void {
    this.end();
    this.user.success(incoming);
  }

  private fail(outcome: Outcome): void {
    if (this.state !== 'waiting') return;
    this.end();
    this.user.failed(outcome);
  }

  private end(): void {
    this.state = 'ended';
    this.running.stop('provisional');
    this.running.stop('final');
    this.running.stop('C');
  }

  /** Forgotten once it ended and no CANCEL is on its way any more. */
  private settle(): void {
    if (this.state === 'ended' && this.running.describe() === '') this.live.delete(this);
  }

  private release(): void {
    if (this.cancelled !== 'held' || !this.heard || !this.request || !this.flow || !this.transaction?.waiting) return;
    this.cancelled = 'sent';
    const cancel = cancelOf(this.request);
    if (this.reason !== null) cancel.headers.add('Reason', this.reason);
    this.core.stack.send(cancel, this.flow, { response: () => undefined, failed: () => undefined });
    const { t1 } = this.core.stack.timers;
    this.running.start('cancel', 64 * t1);
  }
}
