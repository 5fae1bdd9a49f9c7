import type { FastifyInstance } from 'fastify';
import { allow, roomFor, type RouteTools } from './access.js';
import { isAdmin } from './caller.js';
import type { CallAnswer } from './contract.js';
import { Forbidden } from './errors.js';
import { callRequest, parse, roomParams } from './schemas.js';

/** Calls of a room: for its moderators, or for administrators only. */
export function addDialOut(app: FastifyInstance, { options, caller }: RouteTools): void {
  app.post('/api/v1/rooms/:name/participants', (request, reply) => {
    const who = caller(request);
    const { room, grant } = roomFor(options, who, parse(roomParams, request.params).name);
    const { uri, user, name, role } = parse(callRequest, request.body);
    allow(grant, 'dial');
    const { dialOut } = options;
    if (!dialOut) throw new Forbidden('nobody may be called from here');
    if (dialOut.who === 'admin' && !isAdmin(who)) throw new Forbidden('only administrators may call somebody');
    const answer: CallAnswer = { id: dialOut.call(room, { to: uri ?? `user:${user ?? ''}`, name, role }) };
    return reply.code(202).send(answer);
  });
}
