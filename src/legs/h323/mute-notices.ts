import { Buckets } from '../../base/buckets.js';
import type { Clock, Timer } from '../../base/clock.js';
import type { Disposables } from '../../base/disposables.js';
import type { SignalledCall } from '../../protocol/h323/call/contract.js';
import { atConsole } from '../../rooms/audio-bridge.js';
import type { PartyStatus } from '../../rooms/leg.js';

/** Notices of one call: so many at once, then one in this time, ms. */
const burst = 4;
const everyMs = 1000;
/** Characters of a name that are shown: the whole goes into the 82 octets of a display element. */
const mostName = 40;
const maySpeak = 'You may speak again';

/**
 * Tells a device that its sound was turned off, and on again, by Notify with Display (H.225.0 §7.4): H.245 has a word for
 * what a device mutes itself, and none for who is muted by the room. What changes too often is told as it is in the end.
 */
export class MuteNotices {
  private readonly pace: Buckets;
  private wanted = maySpeak;
  private told = maySpeak;
  private timer: Timer | null = null;

  /** Ends with `bag`. */
  constructor(
    private readonly call: Pick<SignalledCall, 'state' | 'on' | 'notify'>,
    private readonly clock: Clock,
    bag: Disposables,
  ) {
    this.pace = new Buckets(clock, burst, 1000 / everyMs);
    bag.add(call.on.on('connected', () => this.flush()));
    bag.defer(() => this.timer?.cancel());
  }

  /** Its sound is off or on, by whomever; nothing is said of other things. */
  tell({ muted, mutedBy = null }: PartyStatus): void {
    if (muted === undefined) return;
    this.wanted = muted ? mutedText(mutedBy) : maySpeak;
    this.flush();
  }

  private flush(): void {
    if (this.timer || this.wanted === this.told || this.call.state !== 'active') return;
    if (this.pace.take('')) return this.call.notify((this.told = this.wanted));
    this.timer = this.clock.after(everyMs, () => {
      this.timer = null;
      this.flush();
    });
  }
}

function mutedText(by: string | null): string {
  if (by === null) return 'You are muted';
  if (by === atConsole) return 'Muted by the operator';
  // what has no letters to it (controls, marks that turn text around) is not for a display
  const name = [...by.replace(/[\p{C}\s]+/gu, ' ').trim()].slice(0, mostName).join('');
  return name === '' ? 'You are muted' : `Muted by ${name}`;
}
