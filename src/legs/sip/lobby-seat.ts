import type { Lobby } from '../admission/lobby.js';
import type { Visitor } from '../admission/lobby-visit.js';
import type { RoomDirectory } from '../../rooms/directory.js';
import { PinRequired } from '../../rooms/errors.js';
import type { GatewayParts } from './gateway-parts.js';
import type { Destination } from './incoming.js';
import { roomSeat } from './room-seat.js';
import type { SipRequest } from './srf.js';

/** A call that is asked for a PIN first. When it is let in, it takes its seat as if it had come straight into the room. */
export function lobbySeat(
  parts: Pick<GatewayParts, 'seated' | 'conference'>,
  { lobby, rooms }: { lobby: Lobby; rooms: RoomDirectory },
  who: Omit<Visitor, 'leg' | 'seat'> & { name: string | null },
): Destination {
  return {
    // its rules of encryption count from the first answer on
    room: who.room === null ? null : rooms.find(who.room),
    name: who.name,
    ready: () => lobby.ready(who.facts.source),
    take(leg) {
      // nothing can be asked by a voice that is not heard
      if (!leg.lines.audio) throw new PinRequired(who.room ?? '');
      lobby.enter({
        ...who,
        leg,
        seat(room, role) {
          roomSeat(parts, { room, role, grant: null, name: null }).take(leg);
        },
      });
    },
  };
}

/** Whether a request offers audio, or leaves the offer to us. */
export function offersAudio({ body }: Pick<SipRequest, 'body'>): boolean {
  return !body || /^m=audio [1-9]/m.test(body);
}
