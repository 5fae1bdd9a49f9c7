import type { RequestState } from './names.js';

/** One request for the floor, as the decision maker above sees it. */
export interface DeskTicket {
  /** 1..65535. */
  id: number;
  /** Participant number, 1..65535; not the BFCP user id of the peer. */
  who: number;
  name: string;
  state: RequestState;
  /** Place in the queue from 1, or 0. */
  position: number;
  /** Free text for people, '' when there is none. */
  info: string;
}

/** What a floor chair may decide, RFC 8855 §11.1. */
export type ChairDecision = 'grant' | 'accept' | 'deny' | 'revoke';

/** The right to decide on anybody's requests. */
export interface DeskChair {
  /** `place` in the queue from 1 for `accept`, 0 its end. Null when that cannot be decided on the request as it is. */
  decide(id: number, decision: ChairDecision, more?: { place?: number; info?: string }): DeskTicket | null;
}

/** One participant's counter at the floor: what the server machine asks. `request` may throw a DualstreamError. */
export interface Desk {
  readonly holder: DeskTicket | null;
  request(info?: string): DeskTicket;
  /** Null when the id is not this participant's. */
  release(id: number): DeskTicket | null;
  ticket(id: number): DeskTicket | null;
  tickets(): DeskTicket[];
  /** Name of a participant, whether it asked for the floor or not; null when nobody has the number. */
  nameOf?(who: number): string | null;
  /** Absent or null for who is no chair. */
  readonly chair?: DeskChair | null;
}
