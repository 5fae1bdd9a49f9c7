import type { MiscellaneousCommand } from '../h245/schema.js';
import type { Countdown } from './countdown.js';
import { ownTimers } from './timers.js';
import type { Wire } from './wire.js';

/** Commands that only a new whole picture can satisfy: nobody on the way mends parts of one. */
const wholePicture = [
  'videoFastUpdatePicture',
  'videoFastUpdateGOB',
  'videoFastUpdateMB',
  'videoBadMBs',
  'lostPicture',
  'lostPartialPicture',
  'recoveryReferencePicture',
] as const;

export function asksForPicture({ type }: MiscellaneousCommand): boolean {
  return wholePicture.some((name) => type[name] !== undefined);
}

interface Recent {
  at: number;
  /** Runs while a later request waits for its turn. */
  timer: Countdown;
}

/**
 * Keyframes asked of us, per channel at most one a second: devices ask as often as their decoder complains. What comes
 * soon after the first is about the same loss; what comes later waits, for it may be about the keyframe itself.
 */
export class FastUpdates {
  private readonly recent = new Map<number, Recent>();

  constructor(
    private readonly wire: Wire,
    private readonly emit: (channel: number) => void,
  ) {}

  ask(channel: number): void {
    const now = this.wire.clock.now();
    const last = this.recent.get(channel);
    const since = last === undefined ? Infinity : now - last.at;
    if (since >= ownTimers.fastUpdateEvery && !last?.timer.running) return this.tell(channel);
    if (since < ownTimers.fastUpdateBurst || !last || last.timer.running) return;
    last.timer.start(ownTimers.fastUpdateEvery - since, () => this.tell(channel));
  }

  /** The channel is gone. */
  forget(channel: number): void {
    this.recent.get(channel)?.timer.stop();
    this.recent.delete(channel);
  }

  stop(): void {
    for (const channel of [...this.recent.keys()]) this.forget(channel);
  }

  private tell(channel: number): void {
    const timer = this.recent.get(channel)?.timer ?? this.wire.timer();
    this.recent.set(channel, { at: this.wire.clock.now(), timer });
    this.emit(channel);
  }
}
