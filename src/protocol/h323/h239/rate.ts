import type { Clock } from '../../../base/clock.js';
import { Countdown } from '../control/countdown.js';
import type { Answerable } from '../control/contract.js';
import { ownTimers } from '../control/timers.js';
import type { H239Message } from './messages.js';

/** What requests for a rate need of the session around them. */
export interface RateHost {
  clock: Clock;
  send(message: H239Message): void;
  asked(asked: Answerable & { channel: number; bps: number }): void;
  answered(channel: number, accepted: boolean): void;
}

/** Flow control release of H.239: the presenter asks to be allowed a rate. One request at a time each way. */
export class RateRelease {
  private readonly answerTimer: Countdown;
  private readonly askTimer: Countdown;
  private channel: number | null = null;
  /** Of the request that the layer above has not answered. */
  private asked: object | null = null;

  constructor(private readonly host: RateHost) {
    this.answerTimer = new Countdown(host.clock);
    this.askTimer = new Countdown(host.clock);
  }

  /** A newer request takes the place of one under way. */
  request(channel: number, bps: number): void {
    this.channel = channel;
    this.host.send({ kind: 'rateRequest', channel, bps });
    this.answerTimer.start(ownTimers.tokenAnswer, () => this.settle(false));
  }

  onMessage(message: H239Message): void {
    if (message.kind === 'rateResponse') this.settle(message.granted);
    else if (message.kind === 'rateRequest') this.onRequest(message.channel, message.bps);
  }

  stop(): void {
    this.answerTimer.stop();
    this.askTimer.stop();
    this.channel = null;
    this.asked = null;
  }

  private settle(accepted: boolean): void {
    const { channel } = this;
    if (channel === null) return;
    this.channel = null;
    this.answerTimer.stop();
    this.host.answered(channel, accepted);
  }

  private onRequest(channel: number, bps: number): void {
    const token = {};
    const answer = (granted: boolean): void => {
      if (this.asked !== token) return;
      this.asked = null;
      this.askTimer.stop();
      this.host.send({ kind: 'rateResponse', channel, granted });
    };
    this.asked = token;
    this.askTimer.start(ownTimers.tokenAnswerWithin, () => answer(false));
    this.host.asked({ channel, bps, accept: () => answer(true), reject: () => answer(false) });
  }
}
