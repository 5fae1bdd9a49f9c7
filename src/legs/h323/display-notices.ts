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
const notRecorded = 'You are not recorded any more';
const recordedNow = 'The conference is being recorded';
/** The room's first: it concerns what everybody says. */
const topics = ['room', 'sound'] as const;

/**
 * Tells a device that its sound was turned off, and on again, and that the room is recorded, by Notify with Display (H.225.0
 * §7.4): H.245 has a word for what a device mutes itself, and none for who is muted by the room. What changes too often is told
 * as it is in the end.
 */
export class DisplayNotices {
  private readonly pace: Buckets;
  private readonly wanted = { sound: maySpeak, room: notRecorded };
  private readonly told = { ...this.wanted };
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

  /** Its sound is off or on, by whomever, or the room is recorded or not any more; nothing is said of other things. */
  tell({ muted, mutedBy = null, recorded }: PartyStatus): void {
    if (muted !== undefined) this.wanted.sound = muted ? mutedText(mutedBy) : maySpeak;
    if (recorded !== undefined) this.wanted.room = recorded ? recordedNow : notRecorded;
    this.flush();
  }

  private flush(): void {
    if (this.timer || this.call.state !== 'active') return;
    const news = topics.filter((topic) => this.wanted[topic] !== this.told[topic]);
    for (const topic of news) {
      if (!this.pace.take('')) return this.later();
      this.call.notify((this.told[topic] = this.wanted[topic]));
    }
  }

  private later(): void {
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
