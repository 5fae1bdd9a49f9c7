import type { RoomDirectory } from '../../rooms/directory.js';
import { PinRequired } from '../../rooms/errors.js';
import type { Leg } from '../../rooms/leg.js';
import type { TokenGrant } from '../../rooms/tokens.js';
import type { Destination } from './destination.js';
import type { Lobby } from './lobby.js';
import type { RoomDoor } from './room-door.js';
import { roomSeat, type Seating } from './room-seat.js';
import type { CallFacts, Verdict } from './verdict.js';

/** A verdict that leads into a room. */
export type ToRoom = Extract<Verdict, { kind: 'room' }>;
/** A verdict that asks first. */
export type ToLobby = Extract<Verdict, { kind: 'ivr' }>;

/** What decides about the last steps of a call into its room. */
export interface EntranceOptions<L extends Leg> {
  rooms: Pick<RoomDirectory, 'find'>;
  /** Where all pass into rooms. */
  roomDoor: RoomDoor;
  /** Where callers are asked for PINs; without it, nobody is asked. */
  lobby?: Lobby | undefined;
  /** Whether who dials a room with a PIN and not its PIN is asked for it; by default not. */
  pinByPrompt?: boolean | undefined;
  seating: Seating<L>;
}

/** Who comes in. */
export interface Comer {
  facts: CallFacts;
  grant: TokenGrant | null;
  /** Display name instead of the caller's own, or null. */
  name: string | null;
  /** It can be asked by a voice. */
  hears: boolean;
}

/** Takes calls that a verdict lets in to their room, or first to be asked: the same for every protocol. */
export class Entrance<L extends Leg> {
  constructor(private readonly options: EntranceOptions<L>) {}

  /**
   * Into its room, or first to be asked for the PIN that was not dialled along.
   * @throws PinRequired, WrongPin, RoomNotFound, RoomClosed
   */
  admit(to: ToRoom, who: Comer): Destination<L> {
    const { roomDoor, lobby, pinByPrompt = false } = this.options;
    try {
      return this.seat(to, who);
    } catch (error) {
      const askable = error instanceof PinRequired && to.pin === undefined && roomDoor.hasKey(to.room);
      if (askable && lobby && pinByPrompt && who.hears) return this.ask(to, who);
      throw error;
    }
  }

  /** First to be asked. When it is let in, it takes its seat as if it had come straight into the room. @throws PinRequired */
  ask(to: ToRoom | ToLobby, { facts, name }: Comer): Destination<L> {
    const { lobby, rooms, seating } = this.options;
    const { role, language = null } = to;
    if (!lobby) throw new PinRequired(to.room ?? '');
    return {
      // its rules of encryption count from the first answer on
      room: to.room === null ? null : rooms.find(to.room),
      name,
      asks: true,
      ready: () => lobby.ready(facts.source),
      take(leg) {
        // nothing can be asked by a voice that is not heard
        if (!leg.lines.audio) throw new PinRequired(to.room ?? '');
        lobby.enter({
          ...{ leg, facts, room: to.room, role, language },
          seat: (room, as) => roomSeat(seating, { room, role: as, grant: null, name: null }).take(leg),
        });
      },
    };
  }

  private seat(to: ToRoom, { facts, grant, name }: Comer): Destination<L> {
    const { room, role } = this.options.roomDoor.open(to.room, {
      address: facts.source,
      direct: true,
      pin: to.pin,
      grant,
    });
    const mine = grant && (grant.room === null || grant.room === room.name) ? grant : null;
    const as = mine?.role ?? role ?? to.role;
    return roomSeat(this.options.seating, {
      ...{ room, role: as, grant: mine, user: facts.user },
      name: mine?.name ?? name,
    });
  }
}
