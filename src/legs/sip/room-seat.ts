import { RoomFull } from '../../rooms/errors.js';
import type { Role } from '../../rooms/rights.js';
import type { Room } from '../../rooms/room.js';
import type { TokenGrant } from '../../rooms/tokens.js';
import type { GatewayParts } from './gateway-parts.js';
import type { Destination } from './incoming.js';
import type { SipLeg } from './sip-leg.js';

/** Who calls, beyond this call: whom its token was given to, else who proved to be it, else a device at its address. */
function identityOf(leg: SipLeg, grant: TokenGrant | null, user: string | null): string {
  if (grant) return `token ${grant.person ?? grant.id}`;
  return user === null ? `device ${leg.who.uri} ${leg.parts.source ?? ''}` : `user ${user}`;
}

/** A call that goes straight into a room. */
export function roomSeat(
  parts: Pick<GatewayParts, 'seated' | 'conference'>,
  to: { room: Room; role: Role; grant: TokenGrant | null; name: string | null; user?: string | null },
): Destination {
  const { room, role, grant, name } = to;
  return {
    room,
    name,
    ready() {
      if (room.size >= room.settings.capacity) throw new RoomFull(room.name, room.settings.capacity);
    },
    take(leg) {
      if (room.settings.srtp === 'required') leg.parts.exchanges.requireEncryption();
      const identity = identityOf(leg, grant, to.user ?? null);
      const participant = room.join(leg, { role, session: grant?.id ?? null, identity });
      parts.seated(leg, room, participant);
      parts.conference?.seated(leg, room);
    },
  };
}
