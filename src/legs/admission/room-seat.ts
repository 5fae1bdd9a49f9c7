import { RoomFull } from '../../rooms/errors.js';
import type { Leg } from '../../rooms/leg.js';
import type { Participant } from '../../rooms/participant.js';
import type { Role } from '../../rooms/rights.js';
import type { Room } from '../../rooms/room.js';
import type { TokenGrant } from '../../rooms/tokens.js';
import type { Destination } from './destination.js';

/** The seat that a call is given. */
export interface SeatWish {
  room: Room;
  role: Role;
  grant: TokenGrant | null;
  /** Display name instead of the caller's own, or null. */
  name: string | null;
  /** The user whose password was proved. */
  user?: string | null;
}

/** What legs of one kind need when they take their seat. */
export interface Seating<L extends Leg> {
  /** Whether the room's rules let this leg in; throws when not. */
  check(leg: L, room: Room): void;
  /** Address that its signalling comes from, or ''. */
  sourceOf(leg: L): string;
  /** It sits. */
  seated(leg: L, room: Room, participant: Participant): void;
}

/** A call that goes straight into a room. */
export function roomSeat<L extends Leg>(seating: Seating<L>, to: SeatWish): Destination<L> {
  const { room, role, grant, name, user = null } = to;
  return {
    room,
    name,
    asks: false,
    ready() {
      if (room.size >= room.settings.capacity) throw new RoomFull(room.name, room.settings.capacity);
    },
    take(leg) {
      seating.check(leg, room);
      const identity = identityOf(leg, seating.sourceOf(leg), grant, user);
      const participant = room.join(leg, { role, session: grant?.id ?? null, identity });
      seating.seated(leg, room, participant);
    },
  };
}

/** Who calls, beyond this call: whom its token was given to, else who proved to be it, else a device at its address. */
function identityOf(leg: Leg, source: string, grant: TokenGrant | null, user: string | null): string {
  if (grant) return `token ${grant.person ?? grant.id}`;
  return user === null ? `device ${leg.who.uri} ${source}` : `user ${user}`;
}
