import { DualstreamError } from '../../base/errors.js';
import type { ChairDecision, Desk, DeskTicket } from './desk.js';
import type { Body, Message } from './message.js';
import { errorCodes, isOngoing, type PrimitiveName, type RequestState } from './names.js';
import { helloAck, type ServerPeer } from './server-peer.js';

/** The answer to a client's request. */
export interface Reply {
  primitive: PrimitiveName;
  body: Body;
}

/** Subscriptions that a request changes. */
export interface Subscription {
  /** Null until the peer has queried a floor once. */
  wanted: boolean | null;
}

/** An Error answer, RFC 8855 §13.8. */
export function errorReply(code: number, details: number[] = [], info?: string): Reply {
  return { primitive: 'Error', body: { error: { code, details }, ...(info ? { errorInfo: info } : {}) } };
}

/** ERROR-INFO where nothing better is known, for the people at the peer. */
const errorTexts: Readonly<Record<number, string>> = {
  [errorCodes.userDoesNotExist]: 'no such user',
  [errorCodes.unauthorizedOperation]: 'not allowed',
  [errorCodes.invalidFloorId]: 'no such floor',
  [errorCodes.floorRequestDoesNotExist]: 'no such floor request',
  [errorCodes.tooManyRequests]: 'too many floor requests',
};

/** The same answer with words where it has none. Only for peers that have shown who they are: it is longer. */
export function explained(reply: Reply): Reply {
  const { error, errorInfo } = reply.body;
  const text = error && errorInfo === undefined ? errorTexts[error.code] : undefined;
  return text === undefined ? reply : { ...reply, body: { ...reply.body, errorInfo: text } };
}

/** Primitives that need to know the room. */
export function needsDesk(primitive: PrimitiveName): boolean {
  return primitive !== 'Hello' && primitive !== 'Goodbye';
}

/**
 * Does what a well-formed request of the authenticated peer asks, and says what to answer: RFC 8855 §13. Null for what
 * a server does not answer.
 */
export function perform(message: Message, peer: ServerPeer, desk: Desk, subscription: Subscription): Reply | null {
  switch (message.primitive) {
    case 'Hello':
      return { primitive: 'HelloAck', body: helloAck(message.version) };
    case 'Goodbye':
      leave(peer, desk);
      subscription.wanted = null;
      return { primitive: 'GoodbyeAck', body: {} };
    case 'FloorRequest':
      return floorRequest(message, peer, desk);
    case 'FloorRelease':
      return floorRelease(message.body.floorRequestId ?? 0, peer, desk);
    case 'FloorRequestQuery':
      return floorRequestQuery(message.body.floorRequestId ?? 0, peer, desk);
    case 'FloorQuery':
      return floorQuery(message.body.floorIds ?? [], peer, desk, subscription);
    case 'UserQuery': {
      const body = peer.userStatus(desk, message.body.beneficiaryId ?? message.userId);
      return body ? { primitive: 'UserStatus', body } : errorReply(errorCodes.userDoesNotExist);
    }
    case 'ChairAction':
      return chairAction(message, peer, desk);
    default:
      return null;
  }
}

function floorRequest({ body, userId }: Message, peer: ServerPeer, desk: Desk): Reply {
  const floors = body.floorIds ?? [];
  if (!floors.every((id) => peer.knowsFloor(id))) return errorReply(errorCodes.invalidFloorId);
  // A request on behalf of somebody else would need that person's consent (RFC 8855 §9).
  const { beneficiaryId = userId } = body;
  if (!peer.knowsUser(beneficiaryId)) return errorReply(errorCodes.unauthorizedOperation);
  peer.floorId = floors[0] ?? peer.floorId;
  try {
    const ticket = desk.request(body.providedInfo);
    peer.own(ticket);
    return { primitive: 'FloorRequestStatus', body: { floorRequests: [peer.requestInfo(ticket)] } };
  } catch (error) {
    if (!(error instanceof DualstreamError)) throw error;
    return errorReply(error.verdict.bfcp || errorCodes.generic, [], error.message);
  }
}

/** RFC 8855 §13.4. A release that crosses our own revocation is answered as if it had come in time. */
function floorRelease(id: number, peer: ServerPeer, desk: Desk): Reply {
  const ticket = desk.release(id);
  if (ticket) {
    peer.own(ticket);
    return { primitive: 'FloorRequestStatus', body: { floorRequests: [peer.requestInfo(ticket)] } };
  }
  const past = peer.past(id);
  if (past) {
    const released = { ...past, state: 'released' as const, position: 0 };
    return { primitive: 'FloorRequestStatus', body: { floorRequests: [peer.requestInfo(released)] } };
  }
  return errorReply(desk.ticket(id) ? errorCodes.unauthorizedOperation : errorCodes.floorRequestDoesNotExist);
}

function floorRequestQuery(id: number, peer: ServerPeer, desk: Desk): Reply {
  const ticket = desk.ticket(id) ?? peer.past(id);
  if (!ticket) return errorReply(errorCodes.floorRequestDoesNotExist);
  return { primitive: 'FloorRequestStatus', body: { floorRequests: [peer.requestInfo(ticket)] } };
}

/** RFC 8855 §13.5: each query replaces the subscription, an empty one ends it. */
function floorQuery(floors: number[], peer: ServerPeer, desk: Desk, subscription: Subscription): Reply {
  if (!floors.every((id) => peer.knowsFloor(id))) return errorReply(errorCodes.invalidFloorId);
  const [floor] = floors;
  subscription.wanted = floor !== undefined;
  if (floor === undefined) return { primitive: 'FloorStatus', body: {} };
  peer.floorId = floor;
  return { primitive: 'FloorStatus', body: peer.floorStatus(desk) };
}

/**
 * RFC 8855 §13.6 and §11.1: the acknowledgement says that the action was taken, what follows from it is told by the
 * usual notifications. A chair that mixes up Denied and Revoked means to end the request.
 */
function chairAction({ body }: Message, peer: ServerPeer, desk: Desk): Reply {
  const info = body.floorRequests?.[0];
  if (!info?.floors.every((floor) => peer.knowsFloor(floor.id))) return errorReply(errorCodes.invalidFloorId);
  const ticket = desk.ticket(info.id);
  if (!ticket) return errorReply(errorCodes.floorRequestDoesNotExist);
  const { chair } = desk;
  if (!chair) return errorReply(errorCodes.unauthorizedOperation);
  const wish = info.floors.find((floor) => floor.status) ?? info.overall;
  const decision = wish?.status && decisionOn(ticket, wish.status.state);
  if (!wish?.status || !decision) {
    return errorReply(errorCodes.generic, [], 'a chair grants, accepts, denies or revokes');
  }
  const { info: text = '' } = wish;
  // What is so already is acknowledged all the same: the chair's picture of the request may be a moment old.
  chair.decide(ticket.id, decision, { place: wish.status.position, info: text });
  return { primitive: 'ChairActionAck', body: {} };
}

function decisionOn(ticket: DeskTicket, wanted: RequestState): ChairDecision | null {
  switch (wanted) {
    case 'granted':
      return 'grant';
    case 'accepted':
      return 'accept';
    case 'denied':
    case 'revoked':
      return ticket.state === 'granted' ? 'revoke' : 'deny';
    default:
      return null;
  }
}

/** Gives back all that the peer holds or waits for. */
export function leave(peer: ServerPeer, desk: Desk): void {
  for (const { id, state } of desk.tickets()) {
    if (!isOngoing(state)) continue;
    const ticket = desk.release(id);
    if (ticket) peer.own(ticket);
  }
}
