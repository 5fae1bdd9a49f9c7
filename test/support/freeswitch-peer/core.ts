import { systemClock } from '../../../src/base/clock.js';
import { systemChance } from '../../../src/base/ids.js';
import { eventText } from './shapes.js';

/** One event, as connections get it. */
export interface PeerEvent {
  /** `Event-Name`. */
  name: string;
  /** In JSON. */
  text: string;
}

/** What belongs to one run of the server's process. */
export class Core {
  readonly uuid = systemChance.uuid();
  readonly startedAt = systemClock.now();
  /** Called with each event. */
  onEvent: (event: PeerEvent) => void = () => undefined;
  private sequence = 400;
  private lastMember = 0;

  /** One counter for the members of all rooms. */
  nextMember(): number {
    return ++this.lastMember;
  }

  /** Raises an event of this kind; `values` replace what the transcript has. */
  raise(kind: string, values: Readonly<Record<string, string>>): void {
    const [name = ''] = kind.split(':');
    const known = ['BACKGROUND_JOB', 'HEARTBEAT', 'CHANNEL_HANGUP_COMPLETE'];
    const text = eventText(kind, { ...this.common(), ...values });
    this.onEvent({ name: known.includes(name) ? name : 'CUSTOM', text });
  }

  /** Milliseconds since it started. */
  get upMs(): number {
    return Math.round(systemClock.now() - this.startedAt);
  }

  private common(): Record<string, string> {
    const now = new Date(systemClock.wall());
    this.sequence += 1;
    return {
      'Core-UUID': this.uuid,
      'Event-Date-Local': now.toISOString().slice(0, 19).replace('T', ' '),
      'Event-Date-GMT': now.toUTCString(),
      'Event-Date-Timestamp': microseconds(),
      'Event-Sequence': String(this.sequence),
    };
  }
}

/** Wall clock as FreeSWITCH tells it. */
export const microseconds = (): string => String(systemClock.wall() * 1000);
