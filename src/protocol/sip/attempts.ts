import type { ClientTransaction } from './client-transaction.js';
import type { Flow } from './flow.js';
import type { Incoming } from './incoming.js';
import type { SipRequest, SipResponse } from './message.js';
import type { Paths } from './paths.js';
import type { Target } from './resolver.js';
import type { SipStack } from './stack.js';

/** What the sender of a request with several targets provides and hears. */
export interface AttemptUser {
  /** The request for this flow; called for each try, with a branch of its own each time. */
  compose(flow: Flow): SipRequest;
  /** A try is about to go out. */
  sent(request: SipRequest, flow: Flow): void;
  /** It went out; called after any response that came at once. */
  started(transaction: ClientTransaction): void;
  response(incoming: Incoming<SipResponse>): void;
  /** Every target failed. */
  failed(status: 408 | 503): void;
  /** Whether the next target may still be tried. */
  wanted(): boolean;
  /** The request is passed on for somebody else: responses carry more than our Via. */
  readonly forwards?: boolean;
}

/**
 * Sends one request to the first of its targets that answers (RFC 3263 §4.3): the next one is tried after a transport
 * error, after a time-out without any response, and after 503.
 */
export class Attempts {
  private next = 0;
  private current: Target | null = null;
  private answer: 'none' | 'trying' | 'ringing' = 'none';

  constructor(
    private readonly stack: SipStack,
    private readonly paths: Paths,
    private readonly targets: readonly Target[],
    private readonly user: AttemptUser,
  ) {}

  /** Tries the first target. */
  start(): void {
    const target = this.targets[this.next++];
    if (!target) return this.user.failed(503);
    this.current = target;
    this.answer = 'none';
    let flow: Flow | Promise<Flow>;
    try {
      flow = this.paths.reach(target);
    } catch {
      return this.lost(503);
    }
    if (!(flow instanceof Promise)) return this.startOn(flow);
    flow.then(
      (up) => this.startOn(up),
      () => this.lost(503),
    );
  }

  /** Sends down a flow that is known already. */
  startOn(flow: Flow): void {
    if (!flow.open) return this.lost(503);
    const { user } = this;
    this.paths.carry(
      flow,
      (over) => user.compose(over),
      (request, over) => {
        const turn = this.next;
        user.sent(request, over);
        const transaction = this.stack.send(request, over, {
          response: (incoming) => this.response(incoming),
          failed: (status) => this.lost(status),
          forwards: user.forwards === true,
        });
        // an answer that came at once may have led to the next try already
        if (turn === this.next) user.started(transaction);
      },
    );
  }

  private response(incoming: Incoming<SipResponse>): void {
    const { status } = incoming.message;
    if (status === 503) {
      this.blame(retryAfterMs(incoming.message));
      if (this.answer !== 'ringing' && this.hasMore()) return this.start();
    }
    if (status < 200 && this.answer !== 'ringing') this.answer = status === 100 ? 'trying' : 'ringing';
    this.user.response(incoming);
  }

  private lost(status: 408 | 503): void {
    this.blame();
    if (this.answer === 'none' && this.hasMore()) this.start();
    else this.user.failed(status);
  }

  private blame(askedMs: number | null = null): void {
    if (this.current) this.paths.resolver.failed(this.current, askedMs);
  }

  private hasMore(): boolean {
    return this.next < this.targets.length && this.user.wanted();
  }
}

/** Retry-After without its comment and parameters (RFC 3261 §20.33), milliseconds; null when there is none. */
function retryAfterMs({ headers }: SipResponse): number | null {
  const seconds = /^\s*(\d{1,10})(?=[\s;(]|$)/.exec(headers.get('retry-after') ?? '')?.[1];
  return seconds === undefined ? null : Number(seconds) * 1000;
}
