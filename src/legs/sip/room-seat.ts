import type { Seating } from '../admission/room-seat.js';
import type { GatewayParts } from './gateway-parts.js';
import type { SipLeg } from './sip-leg.js';

/** How SIP calls take their seats. */
export function sipSeating(parts: Pick<GatewayParts, 'seated' | 'conference'>): Seating<SipLeg> {
  return {
    check(leg, room) {
      if (room.settings.srtp === 'required') leg.parts.exchanges.requireEncryption();
    },
    sourceOf: (leg) => leg.parts.source ?? '',
    seated(leg, room, participant) {
      parts.seated(leg, room, participant);
      parts.conference?.seated(leg, room);
    },
  };
}
