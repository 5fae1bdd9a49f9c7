import type { Desk, DeskTicket } from './desk.js';
import type { Body, FloorRequestInfo, Version } from './message.js';
import { isOngoing, lastAttribute } from './names.js';

/** The numbers of one association. */
export interface ServerIds {
  conferenceId: number;
  userId: number;
  floorId: number;
}

const maxListed = 24;
const maxRemembered = 8;

/**
 * What the server knows of the one participant behind an association, and how the floor is written for it. A peer that
 * insists on a user id or floor id of its own is spoken to in those.
 */
export class ServerPeer {
  userId: number;
  floorId: number;
  name = '';
  /** The peer's participant number, known after its first request. */
  private participant: number | null = null;
  /** Own requests that ended lately, for peers that ask or release once more. */
  private readonly ended = new Map<number, DeskTicket>();

  constructor(readonly ids: ServerIds) {
    this.userId = ids.userId;
    this.floorId = ids.floorId;
  }

  /** Learns from a ticket that is known to be the peer's own. */
  own(ticket: DeskTicket): void {
    this.participant = ticket.who;
    this.ended.delete(ticket.id);
    if (isOngoing(ticket.state)) return;
    this.ended.set(ticket.id, ticket);
    for (const id of this.ended.keys()) if (this.ended.size > maxRemembered) this.ended.delete(id);
  }

  /** An own request that ended lately. */
  past(id: number): DeskTicket | null {
    return this.ended.get(id) ?? null;
  }

  /** Whether a floor of the peer's message is ours; 0 stands for the only floor with some peers. */
  knowsFloor(id: number): boolean {
    return id === this.ids.floorId || id === 0;
  }

  knowsUser(id: number): boolean {
    return id === this.userId || id === this.ids.userId;
  }

  /** User id under which the peer sees a ticket: its own for its own, never its own for another's. */
  userOf(ticket: DeskTicket): number {
    if (ticket.who === this.participant) return this.userId;
    return ticket.who === this.userId ? (ticket.who % 0xffff) + 1 : ticket.who;
  }

  /** FLOOR-REQUEST-INFORMATION with the status in both places where peers look for it. */
  requestInfo(ticket: DeskTicket): FloorRequestInfo {
    const status = { state: ticket.state, position: ticket.state === 'accepted' ? ticket.position : 0 };
    const refused = ticket.state === 'denied' || ticket.state === 'revoked';
    return {
      id: ticket.id,
      overall: { id: ticket.id, status, ...(refused && ticket.info !== '' ? { info: ticket.info } : {}) },
      floors: [{ id: this.floorId, status }],
      beneficiary: { id: this.userOf(ticket), ...(ticket.name !== '' ? { name: ticket.name } : {}) },
      ...(!refused && ticket.info !== '' ? { providedInfo: ticket.info } : {}),
    };
  }

  floorStatus(desk: Desk | null): Body {
    const tickets = desk?.tickets().slice(0, maxListed) ?? [];
    return { floorIds: [this.floorId], ...requests(tickets.map((ticket) => this.requestInfo(ticket))) };
  }

  /** UserStatus for one user, or null when nobody has that id as far as we know (RFC 8855 §13.3). */
  userStatus(desk: Desk, userId: number): Body | null {
    const self = this.knowsUser(userId);
    const wanted = self ? this.userId : userId;
    const tickets = desk.tickets().filter((ticket) => this.userOf(ticket) === wanted);
    const name = self ? this.name : (tickets[0]?.name ?? desk.nameOf?.(userId));
    if (name === undefined || name === null) return null;
    const infos = tickets.slice(0, maxListed).map((ticket) => this.requestInfo(ticket));
    return { beneficiary: { id: userId, ...(name !== '' ? { name } : {}) }, ...requests(infos) };
  }
}

function requests(list: FloorRequestInfo[]): Body {
  return list.length > 0 ? { floorRequests: list } : {};
}

/** The lists of HelloAck: version 1 peers know the 13 primitives of RFC 4582. */
export function helloAck(version: Version): Body {
  const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);
  return { supportedPrimitives: upTo(version === 1 ? 13 : 17), supportedAttributes: upTo(lastAttribute) };
}
