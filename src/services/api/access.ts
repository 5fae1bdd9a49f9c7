import type { FastifyRequest } from 'fastify';
import { RoomNotFound } from '../../rooms/errors.js';
import { may, type Right } from '../../rooms/rights.js';
import type { Room } from '../../rooms/room.js';
import type { TokenGrant } from '../../rooms/tokens.js';
import { requireMember, type Caller } from './caller.js';
import { Forbidden } from './errors.js';
import type { ApiOptions } from './options.js';
import type { Sessions } from './session.js';

/** What the routes work with. */
export interface RouteTools {
  options: ApiOptions;
  sessions: Sessions;
  caller: (request: FastifyRequest) => Caller;
}

/** The room, if the caller may see it; those who may not learn nothing about whether it exists. */
export function roomFor(options: ApiOptions, caller: Caller, name: string): { room: Room; grant: TokenGrant } {
  const grant = requireMember(caller, name.toLowerCase());
  const room = options.rooms.find(name);
  if (!room) throw new RoomNotFound(name);
  return { room, grant };
}

/** Throws Forbidden when the role of the grant does not carry the right. */
export function allow(grant: TokenGrant, right: Right): void {
  if (!may(grant.role, right)) throw new Forbidden(`a ${grant.role} may not do that (${right})`);
}
