import type { Clock } from '../../../base/clock.js';
import type { Chance } from '../../../base/ids.js';
import type { ControlRole, TokenAsked, TokenHolder, TokenSession, TokenWhy } from '../control/contract.js';
import { Countdown } from '../control/countdown.js';
import { ownTimers } from '../control/timers.js';
import type { H239Message } from './messages.js';

/** Symmetry breaking numbers, H.239. */
const symmetryRange = { min: 1, max: 127 };
/** A terminal has no other label towards its only peer. */
const ownLabel = 0;

/** What a token machine needs of the session around it. */
export interface TokenHost {
  clock: Clock;
  chance: Chance;
  role(): ControlRole | null;
  send(message: H239Message): void;
  /** Channel that we present on, or would next. */
  channel(): number;
  /** Closes the channels on which we send content. */
  closeContent(): void;
  /** Makes the peer stop by other means: asks it to close its content channels. */
  stopPeer(): void;
  asked(asked: TokenAsked): void;
  withdrawn(): void;
  holder(holder: TokenHolder, why: TokenWhy): void;
  refused(why: 'rejected' | 'timeout'): void;
  timedOut(): void;
  quirk(label: string): void;
}

type Request = Extract<H239Message, { kind: 'tokenRequest' }>;

/**
 * The presentation token of H.239 between us and one peer. When two requests meet, the higher number wins and equal ones
 * are both refused and made again, by the master at once and by a slave a little later.
 */
export class Token implements TokenSession {
  holder: TokenHolder = null;
  /**
   * Our request, and how it fares against one of the peer's that it met: it lost by its number, both had the same, or the
   * layer above did not let the peer win.
   */
  private request: { symmetry: number; crossing: 'none' | 'lost' | 'tied' | 'overruled' } | null = null;
  /** Our request is made again once the layer above has refused the peer's. */
  private again = false;
  /** The peer's request that the layer above has not answered. */
  private ask: Request | null = null;
  /** Requests that we gave up and that the peer will still answer: until when, and whether it was told so. */
  private stale: { until: number; told: boolean }[] = [];
  /** The peer refused, and nothing has changed since. */
  private refusedBefore = false;
  /** Taking it from the peer: to hold it ourselves, or so that nobody does. */
  private revoking: 'toHold' | 'toFree' | null = null;
  private stopped = false;
  private readonly answerTimer: Countdown;
  private readonly askTimer: Countdown;
  private readonly retryTimer: Countdown;

  constructor(private readonly host: TokenHost) {
    this.answerTimer = new Countdown(host.clock);
    this.askTimer = new Countdown(host.clock);
    this.retryTimer = new Countdown(host.clock);
  }

  get asking(): boolean {
    return this.request !== null || this.again || this.retryTimer.running;
  }

  take(): void {
    if (this.stopped || this.holder === 'us') return;
    // a slow peer has not answered yet whether it lets go: what it lets go of is ours then
    if (this.revoking) this.revoking = 'toHold';
    if (this.asking) return;
    this.sendRequest();
  }

  release(): void {
    const pending = this.request !== null;
    this.giveUp(true);
    // Whoever thinks about our request need not any more.
    if (this.holder !== 'us' && !pending) return;
    this.letGo();
    if (this.holder !== 'us') return;
    this.host.closeContent();
    this.hold(null, 'released');
  }

  revoke(): void {
    if (this.stopped || this.holder !== 'peer' || this.revoking) return;
    this.revoking = this.asking ? 'toHold' : 'toFree';
    if (this.refusedBefore) this.force();
    else if (!this.asking) this.sendRequest();
  }

  indicate(): void {
    if (this.holder === 'us') this.host.send({ kind: 'tokenOwner', channel: this.host.channel(), label: ownLabel });
  }

  onMessage(message: H239Message): void {
    if (message.kind === 'tokenRequest') this.onRequest(message);
    else if (message.kind === 'tokenResponse') this.onResponse(message.granted);
    else if (message.kind === 'tokenRelease') this.onRelease();
    else if (message.kind === 'tokenOwner') this.onOwner();
  }

  /** The session ended: nobody holds anything, and nothing is asked any more. */
  stop(): void {
    this.stopped = true;
    this.holder = null;
    this.giveUp(true);
    this.askTimer.stop();
    this.ask = null;
  }

  private sendRequest(): void {
    const symmetry = this.host.chance.int(symmetryRange.min, symmetryRange.max);
    this.again = false;
    this.request = { symmetry, crossing: 'none' };
    this.host.send({ kind: 'tokenRequest', channel: this.host.channel(), label: ownLabel, symmetry });
    this.answerTimer.start(ownTimers.tokenAnswer, () => {
      this.request = null;
      // It may have granted it, and would believe that we present.
      this.letGo();
      this.host.timedOut();
      this.failed('timeout');
    });
    const { ask } = this;
    if (ask && this.meets(ask, this.request)) this.withdraw();
  }

  /** Two requests meet: true where the peer's is refused for its number. */
  private meets(asked: Request, ours: NonNullable<Token['request']>): boolean {
    if (asked.symmetry > ours.symmetry) {
      ours.crossing = 'lost';
      return false;
    }
    if (asked.symmetry === ours.symmetry) ours.crossing = 'tied';
    this.answer(asked, false);
    return true;
  }

  /** The layer above need not decide any more. */
  private withdraw(): void {
    this.ask = null;
    this.askTimer.stop();
    this.host.withdrawn();
  }

  private onRequest(asked: Request): void {
    if (this.holder === 'peer' && this.revoking === null) return this.answer(asked, true);
    const { request } = this;
    if (request?.crossing === 'none' && this.meets(asked, request)) return;
    if (request) request.crossing = 'lost';
    this.again ||= this.retryTimer.running;
    this.retryTimer.stop();
    this.ask = asked;
    this.askTimer.start(ownTimers.tokenAnswerWithin, () => this.settle(asked, false));
    this.host.asked({
      channel: asked.channel,
      label: asked.label,
      weHold: this.holder === 'us',
      accept: () => this.settle(asked, true),
      reject: () => this.settle(asked, false),
    });
  }

  /** The layer above decided on a request, once. */
  private settle(asked: Request, granted: boolean): void {
    if (this.ask !== asked) return;
    this.ask = null;
    this.askTimer.stop();
    if (!granted) {
      this.answer(asked, false);
      this.overrule();
      return;
    }
    const wanted = this.asking;
    const why = this.holder === 'us' ? 'yielded' : 'granted';
    this.giveUp(false);
    if (why === 'yielded') this.yield();
    this.answer(asked, true);
    this.hold('peer', why);
    if (wanted) this.host.refused('rejected');
  }

  /** The peer's request is void. Ours may have lost against it: then it is made again. */
  private overrule(): void {
    if (this.again) this.sendRequest();
    else if (this.request?.crossing === 'lost') this.request.crossing = 'overruled';
  }

  /** `told`: the peer hears that we let go. */
  private giveUp(told: boolean): void {
    this.forgetAnswers();
    if (this.request) this.stale.push({ until: this.host.clock.now() + ownTimers.tokenAnswer, told });
    this.request = null;
    this.again = false;
    this.revoking = null;
    this.answerTimer.stop();
    this.retryTimer.stop();
  }

  /** As devices do it: release and close, then acknowledge. */
  private yield(): void {
    this.letGo();
    this.host.closeContent();
    this.holder = null;
  }

  private onResponse(granted: boolean): void {
    const { request } = this;
    this.forgetAnswers();
    const old = this.stale.shift();
    if (old || !request) {
      // We have stopped asking. The peer must not believe that we present, unless we ask again.
      if (granted && this.holder !== 'us' && !request && !old?.told) this.letGo();
      if (!granted && this.holder === 'us' && !old) this.lose();
      return;
    }
    this.request = null;
    this.answerTimer.stop();
    if (granted) return this.won();
    if (request.crossing === 'tied') this.retry();
    else if (request.crossing === 'overruled') this.sendRequest();
    else if (request.crossing === 'lost' && this.ask) this.again = true;
    else this.failed('rejected');
  }

  /** Answers that are not to be expected any more. */
  private forgetAnswers(): void {
    const now = this.host.clock.now();
    this.stale = this.stale.filter(({ until }) => until > now);
  }

  /** What we took for a yes answered an older request that had timed out; this is the answer. */
  private lose(): void {
    this.letGo();
    this.host.closeContent();
    this.hold(null, 'released');
    this.host.refused('rejected');
  }

  private won(): void {
    const { revoking } = this;
    this.revoking = null;
    if (revoking === 'toFree') {
      this.letGo();
      this.hold(null, 'released');
      return;
    }
    this.hold('us', 'granted');
    this.indicate();
  }

  private retry(): void {
    if (this.host.role() === 'master') return this.sendRequest();
    this.retryTimer.start(ownTimers.tokenRetry, () => this.sendRequest());
  }

  private failed(why: 'rejected' | 'timeout'): void {
    this.refusedBefore = this.holder === 'peer';
    if (this.revoking) return this.force();
    this.host.refused(why);
  }

  /** It does not let go: whatever it sends is of no use from here. */
  private force(): void {
    const wanted = this.revoking === 'toHold';
    this.revoking = null;
    this.host.stopPeer();
    this.hold(null, 'released');
    if (wanted) this.host.refused('rejected');
  }

  private onRelease(): void {
    if (this.ask) {
      // Every request gets its answer, so that nobody takes it for that to the next one.
      this.answer(this.ask, false);
      this.withdraw();
      this.overrule();
    }
    if (this.holder !== 'peer') return;
    this.hold(null, 'released');
  }

  /** Only a master tells who the owner is without being asked; from others it repeats what was granted. */
  private onOwner(): void {
    if (this.holder === 'peer') return;
    if (this.host.role() !== 'slave') return this.host.quirk('token_owner_unasked');
    if (this.holder === 'us') this.host.closeContent();
    this.hold('peer', 'indicated');
  }

  private answer({ channel, label }: Request, granted: boolean): void {
    this.host.send({ kind: 'tokenResponse', channel, label, granted });
  }

  private letGo(): void {
    this.host.send({ kind: 'tokenRelease', channel: this.host.channel(), label: ownLabel });
  }

  private hold(holder: TokenHolder, why: TokenWhy): void {
    const changed = this.holder !== holder;
    this.holder = holder;
    this.refusedBefore = false;
    if (changed) this.host.holder(holder, why);
  }
}
