import type { Endpoint, Net } from '../../base/net.js';
import type { Version } from '../../protocol/bfcp/message.js';
import type { FloorDesk, FloorParty } from '../../rooms/floor-party.js';
import type { AssociationOptions, PartyIds } from './association.js';
import type { PortSource } from './ports.js';

/** What a party is built from. */
export interface BfcpPartyOptions extends AssociationOptions {
  net: Net;
  /** Address to bind to. */
  bind: string;
  ports: PortSource;
}

/** What the negotiation said of the floor line; `setup` is what we do about the TCP connection. */
export interface HowToMeet {
  transport: 'UDP' | 'TCP';
  setup: 'active' | 'passive' | 'actpass';
  version: Version;
}

/** The floor control server of one dialog, on a port of its own. */
export interface BfcpParty extends FloorParty {
  /** What SDP has to say: our port, whatever `setup` is. */
  readonly local: { transport: 'UDP' | 'TCP'; port: number };
  readonly ids: PartyIds;
  /** Monotonic milliseconds of the peer's last valid message, of the opening before that. */
  readonly lastHeard: number;
  /** After the leg joined its room. Requests that came before are answered now. */
  attach(desk: FloorDesk, who: { name: string }): void;
  /** After each negotiation. Null and 0.0.0.0 (address unknown, hold) leave everything as it is. */
  setRemote(remote: Endpoint | null, how: HowToMeet): void;
  /** Says Goodbye and frees the port; the floor is freed by the room. Idempotent. */
  close(): void;
  /** One line for dumps. */
  describe(): string;
}
