import type { Emitter } from '../base/events.js';
import type { CallDescription } from './describe.js';
import type { ParticipantId } from './floor-party.js';
import type { EndReason } from './leg.js';
import type { Role } from './rights.js';

/** Raised for calls that a room makes. */
export interface RoomCallEvents {
  /** Somebody is being called (`ringing: false`), or it rings there. */
  participantRinging: CallDescription;
  /** Nobody came of it: SIP status and words. A call that was answered raises `participantJoined` with the same id. */
  participantFailed: { id: ParticipantId; name: string; status: number; reason: string };
}

/** What a room is told of a call that it makes. */
export interface RoomCall {
  readonly id: ParticipantId;
  readonly name: string;
  readonly role: Role;
  ringing(): void;
  /** It was answered: gives its id to whom `join` seats. Goes on as a call when that throws. */
  answered<T>(join: () => T): T;
  failed(status: number, reason: string): void;
}

interface Live {
  description: CallDescription;
  cancel: (why: EndReason) => void;
}

/** Calls a room makes that nobody has answered yet. Each holds the id that its participant will have. */
export class RoomCalls {
  private readonly live = new Map<ParticipantId, Live>();

  constructor(private readonly events: Pick<Emitter<RoomCallEvents>, 'emit'>) {}

  get size(): number {
    return this.live.size;
  }

  has(id: ParticipantId): boolean {
    return this.live.has(id);
  }

  describe(): CallDescription[] {
    return [...this.live.values()].map(({ description }) => description);
  }

  begin(id: ParticipantId, who: { name: string; role: Role }, cancel: (why: EndReason) => void): RoomCall {
    const one: Live = { description: { id, ...who, ringing: false }, cancel };
    this.live.set(id, one);
    this.events.emit('participantRinging', one.description);
    return {
      id,
      ...who,
      ringing: () => {
        if (this.live.get(id) !== one || one.description.ringing) return;
        one.description = { ...one.description, ringing: true };
        this.events.emit('participantRinging', one.description);
      },
      answered: (join) => {
        this.live.delete(id);
        try {
          return join();
        } catch (error) {
          this.live.set(id, one);
          throw error;
        }
      },
      failed: (status, reason) => {
        if (this.live.get(id) !== one) return;
        this.live.delete(id);
        this.events.emit('participantFailed', { id, name: who.name, status, reason });
      },
    };
  }

  /** Gives one up; false when there is none of that id. */
  cancel(id: ParticipantId, why: EndReason): boolean {
    const one = this.live.get(id);
    one?.cancel(why);
    return one !== undefined;
  }

  cancelAll(why: EndReason): void {
    for (const { cancel } of [...this.live.values()]) cancel(why);
  }
}
