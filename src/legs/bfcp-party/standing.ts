import type { Clock, Timer } from '../../base/clock.js';

/** How a floor control channel stands. */
export interface Standing {
  /** Our role: `client` where the peer insists on being the floor control server. */
  role: 'server' | 'client';
  channel: ChannelState;
  /**
   * Whether content may go out to the peer: as its client only when it granted us its floor (`waits` before that, and after
   * it took the floor back), and not on the content line when it denied it.
   */
  content: 'may' | 'waits' | 'denied';
  /** What is wrong, for operators; null when all is well. */
  problem: string | null;
}

/** See ChannelWatch. */
export type ChannelState = 'waiting' | 'up' | 'lost' | 'given-up';

/** What a channel tells of itself. */
export interface ChannelEvents {
  /** `standing` has changed. */
  standing: undefined;
  /** The channel was lost and does not come back by itself: it should be negotiated anew (RFC 8856 §7.1). */
  renew: undefined;
}

/** What follows from the state of a channel. */
export interface ChannelSink {
  /** `renew` of ChannelEvents. */
  renew(): void;
  /** The grace time is over: what the peer holds or asked for ends. */
  givenUp(): void;
  /** The state is another one. */
  changed(state: ChannelState): void;
}

/** How long a lost channel may come back before its floor requests end, RFC 8855 §6.1. */
export const graceMs = 10_000;
/** A lost channel that is not back by itself after this is negotiated anew, milliseconds. */
export const renewAfterMs = 3000;
/** Devices that close their channel again and again are not offered a new one each time, milliseconds. */
export const renewEveryMs = 60_000;

/**
 * Whether a peer can be reached over its floor control channel:
 *
 *     waiting -- heard --> up -- lost --> lost -- heard --> up
 *                                         lost -- grace time --> given-up -- heard --> up
 *
 * A peer that was never heard loses nothing.
 */
export class ChannelWatch {
  private now: ChannelState = 'waiting';
  private why = '';
  private timers: Timer[] = [];
  private renewedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly clock: Clock,
    private readonly sink: ChannelSink,
  ) {}

  get state(): ChannelState {
    return this.now;
  }

  /** What is wrong, for operators; null when all is well. */
  get problem(): string | null {
    if (this.now === 'lost') return `floor control is interrupted: ${this.why}`;
    return this.now === 'given-up' ? `floor control is lost: ${this.why}` : null;
  }

  heard(): void {
    if (this.now === 'up') return;
    this.stop();
    this.become('up');
  }

  lost(why: string): void {
    if (this.now !== 'up') return;
    this.why = why;
    this.timers = [
      this.clock.after(renewAfterMs, () => this.renew()),
      this.clock.after(graceMs, () => {
        this.become('given-up');
        this.sink.givenUp();
      }),
    ];
    this.become('lost');
  }

  /** The channel did not come about at all. */
  failed(why: string): void {
    if (this.now !== 'waiting') return this.lost(why);
    this.why = why;
    this.become('given-up');
  }

  /** Idempotent. */
  close(): void {
    this.stop();
  }

  private renew(): void {
    const now = this.clock.now();
    if (now - this.renewedAt < renewEveryMs) return;
    this.renewedAt = now;
    this.sink.renew();
  }

  private stop(): void {
    for (const timer of this.timers.splice(0)) timer.cancel();
  }

  private become(state: ChannelState): void {
    this.now = state;
    this.sink.changed(state);
  }
}
