import type { Clock } from '../base/clock.js';
import { DualstreamError, messageOf } from '../base/errors.js';
import type { Log } from '../base/log.js';
import type { Metrics } from '../base/metrics.js';
import { BadTarget, DialFailed, TooManyCalls, type Dialer, type Dialling } from './dialer.js';
import type { ParticipantId } from './floor-party.js';
import { RoomClosed, RoomFull } from './errors.js';
import type { Role } from './rights.js';
import type { Room } from './room.js';

/** Who is to be called into a room. */
export interface Invitation {
  /** An address like `sip:room7@example.org`, or `user:NAME` for a registered user. */
  to: string;
  /** Shown while it rings and afterwards; by default what is called. */
  name?: string | undefined;
  role?: Role | undefined;
}

/** What calls of rooms are made with. */
export interface DialOutOptions {
  dialers: readonly Dialer[];
  clock: Clock;
  log: Log;
  metrics: Metrics;
  /** Most calls of one room that nobody has answered yet. */
  perRoom: number;
}

/** Rooms call devices and people. Whether the asker may is decided before, by the API or the leg that asks. */
export class DialOut {
  constructor(private readonly options: DialOutOptions) {}

  /**
   * Begins a call; its progress shows in the room. Returns the id that the participant will have.
   * @throws RoomClosed, RoomFull, TooManyCalls, BadTarget, TargetNotAllowed, LoopDetected and what the dialer throws
   */
  call(room: Room, { to, name, role = 'participant' }: Invitation): ParticipantId {
    const { perRoom, metrics } = this.options;
    if (room.closed) throw new RoomClosed(room.name);
    if (room.size + room.calls.size >= room.settings.capacity) throw new RoomFull(room.name, room.settings.capacity);
    if (room.calls.size >= perRoom) throw new TooManyCalls(`room ${room.name}`, perRoom);
    const dialer = this.dialerOf(to);
    const shown = name ?? to.replace(/^[a-z]+:/i, '').slice(0, 64);
    let dialling: Dialling | null = null;
    const call = room.beginCall({ name: shown, role }, (why) => dialling?.cancel(why));
    metrics.count('dualstream_dialled_calls_total');
    try {
      dialling = dialer.dial({
        to,
        room,
        ringing: () => call.ringing(),
        seat: (leg) =>
          call.answered(() => room.join(leg, { role, id: call.id, ...(name === undefined ? {} : { name }) })),
      });
    } catch (error) {
      call.failed(0, messageOf(error));
      throw error;
    }
    void this.follow(dialling, room, call);
    return call.id;
  }

  private async follow(
    dialling: Dialling,
    room: Room,
    call: { id: number; failed(status: number, reason: string): void },
  ): Promise<void> {
    const { log, metrics } = this.options;
    try {
      await dialling.done;
      metrics.count('dualstream_dialled_calls_answered_total');
    } catch (error) {
      const status =
        error instanceof DialFailed ? error.status : error instanceof DualstreamError ? error.verdict.sip : 500;
      const words = error instanceof DialFailed ? error.words : messageOf(error);
      if (!(error instanceof DualstreamError)) log.error({ room: room.name, error: words }, 'A call of a room failed');
      else log.info({ room: room.name, participant: call.id, status, reason: words }, 'nobody answered a call');
      metrics.count('dualstream_dialled_calls_failed_total', { status: String(status) });
      call.failed(status, words);
    }
  }

  private dialerOf(to: string): Dialer {
    const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(to)?.[1]?.toLowerCase();
    if (scheme === undefined) throw new BadTarget('an address begins with its scheme, like sip:');
    const found = this.options.dialers.find(({ schemes }) => schemes.includes(scheme));
    if (!found) throw new BadTarget(`nothing here calls ${scheme.slice(0, 20)}: addresses`);
    return found;
  }
}
