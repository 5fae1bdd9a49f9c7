/** Identifies a participant in its room; 1..65535 so that it fits a BFCP user id. */
export type ParticipantId = number;

/** RFC 8855 §5.2.5 request states by name. */
export type FloorRequestState = 'pending' | 'accepted' | 'granted' | 'denied' | 'cancelled' | 'released' | 'revoked';

/** One request for the room's content floor. */
export interface FloorTicket {
  /** 1..65535, unique in the room while it lives. */
  id: number;
  who: ParticipantId;
  /** Display name of who asked. */
  name: string;
  state: FloorRequestState;
  /** Place in the queue from 1, or 0. */
  position: number;
  /** Free text for people, '' when there is none. */
  info: string;
}

/** What a moderator decides on somebody's request (RFC 8855 §11.1). */
export type FloorDecision = 'grant' | 'accept' | 'deny' | 'revoke';

/** The moderator's seat at the floor. */
export interface FloorChair {
  /**
   * Decides on a live request of anybody; `info` is for people, `place` the place in the queue for `accept`, from 1, 0 for
   * its end. Null when nothing of the kind can be decided on that request.
   */
  decide(id: number, decision: FloorDecision, more?: { place?: number; info?: string }): FloorTicket | null;
}

/**
 * A participant's own counter at the floor. The answer to its own request or release comes as the return value; every
 * later change comes through its FloorParty.
 */
export interface FloorDesk {
  /** The granted request of the room, or null. */
  readonly holder: FloorTicket | null;
  request(info?: string): FloorTicket;
  /** Releases a granted request or cancels a waiting one; null when the id is not this participant's. */
  release(id: number): FloorTicket | null;
  /** Any live request of the room. */
  ticket(id: number): FloorTicket | null;
  /** All live requests of the room, the holder's first. */
  tickets(): FloorTicket[];
  /** Name of whoever is in the room under this number; null when nobody is. */
  nameOf?(who: ParticipantId): string | null;
  /** For who may decide on the requests of others; absent or null for the others. */
  readonly chair?: FloorChair | null;
}

/** How the floor speaks to one leg. */
export interface FloorParty {
  /** A request of this leg changed without its asking: granted after waiting, denied, revoked, moved in the queue. */
  changed(ticket: FloorTicket): void;
  /** The holder of the room's floor changed, to anybody including this leg, or to nobody. */
  holderChanged(holder: FloorTicket | null): void;
  /** Somebody's request came, went or moved in the queue while the holder stayed; left out where nobody cares. */
  queueChanged?(): void;
}
