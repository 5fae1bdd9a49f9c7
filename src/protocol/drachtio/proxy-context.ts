import { MalformedSip } from '../sip-values/errors.js';
import { parseNameAddrList } from '../sip-values/name-addr.js';
import { plainResponse } from '../sip/compose.js';
import type { Flow } from '../sip/flow.js';
import { bestOf, withoutTopVia } from '../sip/forward.js';
import type { Incoming } from '../sip/incoming.js';
import type { SipRequest, SipResponse } from '../sip/message.js';
import type { ServerTransaction } from '../sip/server-transaction.js';
import type { Core } from './core.js';
import { Branch, type Outcome } from './proxy-branch.js';
import { isDestination, maxDestinations } from './proxy-options.js';

/** How a request is passed on. */
export interface Passing {
  destinations: string[];
  simultaneous: boolean;
  followRedirects: boolean;
  provisionalMs: number | null;
  finalMs: number | null;
  /** Where a destination is reached: its next hop, or a flow that leads there. */
  way(destination: string): { next: string; known: Flow | null };
  /** The request as it goes to this destination. */
  compose(destination: string, redirected: boolean, flow: Flow): SipRequest;
}

/** Who wants to know what becomes of it. */
export interface ProxyWitness {
  /** A final response of a branch. */
  final(incoming: Incoming<SipResponse>, destination: string): void;
  /** A response that makes or changes a dialog, on its way to the caller. */
  passed(incoming: Incoming<SipResponse>): void;
  sent(request: SipRequest): void;
  /** The final response to the caller, and the end of it all. */
  done(status: number): void;
}

/** Time for an answer to anything but INVITE: it must still reach the sender's timer F (RFC 4320 §4). */
const silenceMs = 31_500;

/** One request that is proxied: the response context of RFC 3261 §16.7. */
export class ProxyContext {
  private readonly branches: Branch[] = [];
  private readonly waiting: { destination: string; redirected: boolean }[];
  private readonly tried = new Set<string>();
  /** What the branches came to, as the caller would see it. */
  private readonly finals: SipResponse[] = [];
  /** Some branch answered. */
  private answered = false;
  /** New branches may be started. */
  private searching = true;
  private cancelled = false;
  private finished = false;

  constructor(
    private readonly core: Core,
    readonly transaction: ServerTransaction,
    private readonly passing: Passing,
    private readonly witness: ProxyWitness,
    private readonly live: Set<Branch>,
  ) {
    this.waiting = passing.destinations.map((destination) => ({ destination, redirected: false }));
  }

  start(): void {
    if (this.passing.simultaneous) this.startAll();
    else this.startNext();
  }

  /** The caller cancelled: so are the branches, and their answers decide (RFC 3261 §16.10). */
  cancel(reason: string | null): void {
    if (this.finished) return;
    this.cancelled = true;
    this.stop(reason);
    this.conclude();
  }

  private get invite(): boolean {
    return this.transaction.request.method === 'INVITE';
  }

  private startAll(): void {
    while (this.waiting.length > 0 && this.searching) this.startNext();
  }

  private startNext(): void {
    const next = this.waiting.shift();
    if (!next) return this.conclude();
    const { destination, redirected } = next;
    this.tried.add(destination);
    const { passing, invite } = this;
    const { provisionalMs, finalMs } = passing;
    const plan = {
      ...passing.way(destination),
      invite,
      provisionalMs,
      finalMs: finalMs ?? (invite ? null : silenceMs),
      compose: (flow: Flow) => passing.compose(destination, redirected, flow),
    };
    const user = {
      sent: (request: SipRequest) => this.witness.sent(request),
      provisional: (incoming: Incoming<SipResponse>) => this.pass(incoming),
      success: (incoming: Incoming<SipResponse>) => this.succeed(incoming, destination),
      failed: (outcome: Outcome) => this.failed(outcome, destination),
    };
    const branch = new Branch(this.core, plan, user, this.live);
    this.branches.push(branch);
    branch.start();
  }

  /** Responses below 300 go to the caller at once (RFC 3261 §16.7 step 5). */
  private pass(incoming: Incoming<SipResponse>): void {
    if (this.transaction.answered && incoming.message.status < 200) return;
    this.witness.passed(incoming);
    this.transaction.respond(withoutTopVia(incoming.message));
  }

  private succeed(incoming: Incoming<SipResponse>, destination: string): void {
    const first = !this.finished;
    if (!first && !this.invite) return;
    this.finished = true;
    if (first) this.witness.final(incoming, destination);
    this.pass(incoming);
    this.stop('SIP;cause=200;text="Call completed elsewhere"');
    if (first) this.witness.done(incoming.message.status);
  }

  private failed({ incoming, status }: Outcome, destination: string): void {
    if (this.finished) return;
    if (incoming) this.witness.final(incoming, destination);
    const followed = incoming !== null && status < 400 && this.passing.followRedirects && this.redirect(incoming);
    if (incoming) this.answered = true;
    if (!followed) this.finals.push(incoming ? withoutTopVia(incoming.message) : this.own(status));
    if (status >= 600) this.stop(null);
    // a caller that is asked for credentials comes again with them
    if (!this.passing.simultaneous && (status === 401 || status === 407)) this.searching = false;
    if (this.searching && this.passing.simultaneous) this.startAll();
    else if (this.searching && !this.branches.some((each) => each.waiting)) return this.startNext();
    this.conclude();
  }

  /** Contacts of a redirection are tried next (RFC 3261 §16.7 step 4); false when there is none that is new. */
  private redirect({ message }: Incoming<SipResponse>): boolean {
    const room = maxDestinations - this.tried.size - this.waiting.length;
    const contacts = contactsOf(message)
      .filter((each) => isDestination(each) && !this.tried.has(each))
      .filter((each) => !this.waiting.some(({ destination }) => destination === each))
      .slice(0, Math.max(room, 0));
    this.waiting.unshift(...contacts.map((destination) => ({ destination, redirected: true })));
    return this.searching && contacts.length > 0;
  }

  private stop(reason: string | null): void {
    this.searching = false;
    for (const branch of this.branches) branch.cancel(reason);
  }

  /** When nothing is left to wait for, the best of what came back is the answer (RFC 3261 §16.7 step 6). */
  private conclude(): void {
    if (this.finished || this.branches.some((each) => each.waiting)) return;
    if (this.searching && this.waiting.length > 0) return;
    this.finished = true;
    const none = this.own(this.cancelled ? 487 : 500);
    const best = this.cancelled && !this.answered ? none : (bestOf(this.finals) ?? none);
    this.transaction.respond(best);
    this.witness.done(best.status);
  }

  /** A response that stands for none; 408 is not for the sender of anything but INVITE (RFC 4320 §4.2). */
  private own(status: number): SipResponse {
    const told = status === 408 && !this.invite ? 504 : status;
    return plainResponse(this.transaction.request, told, this.core.stack.newTag());
  }
}

function contactsOf({ headers }: SipResponse): string[] {
  try {
    const text = headers.joined('contact');
    return text === null ? [] : parseNameAddrList(text).map(({ uri }) => uri);
  } catch (error) {
    if (error instanceof MalformedSip) return [];
    throw error;
  }
}
