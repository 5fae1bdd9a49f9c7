import type { WebBfcpGateway, WebFloorAccess } from './legs/bfcp-party/web-gateway.js';
import type { GatewayParts } from './legs/sip/gateway-parts.js';
import type { SipLeg } from './legs/sip/sip-leg.js';
import type { Participant } from './rooms/participant.js';
import type { Room } from './rooms/room.js';
import type { CallRecords } from './services/diagnostics/call-records.js';

/** Floor control of those who use the page. */
export interface WebSeats {
  seated: GatewayParts['seated'];
  /** Null for everybody else. */
  accessOf: (room: string, participant: number) => WebFloorAccess | null;
}

/**
 * Gives users of the page their floor control when they have taken their seat, and takes it back when they leave. Who has it
 * by description needs none besides.
 */
export function webSeats(gateway: WebBfcpGateway, calls: CallRecords): WebSeats {
  const accesses = new Map<string, WebFloorAccess>();
  const seated = (leg: SipLeg, room: Room, participant: Participant): void => {
    calls.seated(leg.id, room.name, participant.id);
    if (!leg.parts.web || leg.parts.media.party) return leg.parts.media.seat(participant.desk, participant);
    const key = `${room.name}/${participant.id}`;
    const access = gateway.issue(participant.desk, { name: participant.name }, calls.floor(leg.id));
    accesses.set(key, access);
    leg.sideParty = access.party;
    leg.on.on('ended', () => {
      accesses.delete(key);
      access.close();
    });
  };
  return { seated, accessOf: (room, participant) => accesses.get(`${room}/${participant}`) ?? null };
}
