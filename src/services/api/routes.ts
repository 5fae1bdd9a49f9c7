import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Participant } from '../../rooms/participant.js';
import type { Room } from '../../rooms/room.js';
import type { TokenGrant } from '../../rooms/tokens.js';
import { allow, roomFor, type RouteTools } from './access.js';
import { adminCookie, isAdmin, local, nearby, requireAdmin, type Caller } from './caller.js';
import type {
  AboutAnswer,
  DemoAnswer,
  FloorSnapshot,
  HealthAnswer,
  LineFigures,
  MeAnswer,
  MediaAnswer,
  ParticipantSnapshot,
  QuarantineAnswer,
  RedeemAnswer,
  RoomSnapshot,
  RoomSummary,
} from './contract.js';
import { BadRequest, NotFound, Unauthorized, Unavailable } from './errors.js';
import {
  demoRequest,
  dtmfRequest,
  floorBody,
  leaveQuery,
  parse,
  participantParams,
  participantPatch,
  quarantineParams,
  redeemRequest,
  roomParams,
  roomPatch,
  sessionRequest,
  type FloorBody,
} from './schemas.js';
import { addCalls } from './calls.js';
import { addDialOut } from './dial-out-routes.js';
import { addRecordings } from './recordings.js';
import { addRegistrations } from './registrations.js';
import { addAudioServers } from './audio-servers.js';
import { addTrunks } from './trunks.js';
import { adminTtlMs } from './tokens.js';

/** REST `/api/v1`, `/metrics` and `/admin`; the shapes are in contract.ts. */
export function addRoutes(app: FastifyInstance, tools: RouteTools): void {
  addGeneral(app, tools);
  addAdministration(app, tools);
  addQuarantine(app, tools);
  addRooms(app, tools);
  addParticipants(app, tools);
  addDialOut(app, tools);
  addRecordings(app, tools);
  addRegistrations(app, tools);
  addCalls(app, tools);
  addTrunks(app, tools);
  addAudioServers(app, tools);
}

function addGeneral(app: FastifyInstance, { options, sessions, caller }: RouteTools): void {
  app.get('/api/v1/health', (): HealthAnswer => {
    const rooms = options.rooms.list();
    const servers = options.audioServers?.list() ?? [];
    const audio = servers.length === 0 || servers.some(({ state }) => state !== 'down') ? 'ok' : 'down';
    const participants = rooms.reduce((sum, room) => sum + room.size, 0);
    return { status: 'ok', audio, rooms: rooms.length, participants };
  });
  app.get('/api/v1/about', (request): AboutAnswer => {
    const demo = options.demo !== null && mayUseDemo(caller(request));
    return { product: 'dualstream', ...options.about, demo };
  });
  app.get('/api/v1/me', (request): MeAnswer => ({ grant: describeGrant(caller(request).grant) }));
  app.post('/api/v1/session', (request) => sessions.open(caller(request), parse(sessionRequest, request.body)));
  app.get('/api/v1/demo', (): DemoAnswer => ({ running: options.demo?.running ?? false }));
  app.post('/api/v1/demo', async (request): Promise<DemoAnswer> => {
    const { action } = parse(demoRequest, request.body);
    if (!mayUseDemo(caller(request))) throw new Unauthorized();
    const demo = options.demo;
    if (!demo) throw new Unavailable('there is no demonstration room system here');
    if (action === 'start') await demo.start();
    else if (action === 'take-floor') await demo.takeFloor();
    else await demo.stop();
    return { running: demo.running };
  });
}

function addAdministration(app: FastifyInstance, { options, caller }: RouteTools): void {
  app.get('/metrics', async (request, reply) => {
    const who = caller(request);
    if (!local(who)) requireAdmin(who);
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(await options.metrics.text());
  });
  app.get('/admin', async (request, reply) => {
    const { key } = parse(redeemRequest, request.query);
    const answer = options.tokens.redeem(key);
    if (!answer) throw new Unauthorized();
    return signIn(reply, answer.token, caller(request).secure).redirect('/');
  });
  app.post('/api/v1/admin', (request): RedeemAnswer => {
    const answer = options.tokens.redeem(parse(redeemRequest, request.body).key);
    if (!answer) throw new Unauthorized();
    return { token: answer.token, expiresAt: new Date(answer.grant.expiresAt).toISOString() };
  });
}

function addQuarantine(app: FastifyInstance, { options, caller }: RouteTools): void {
  app.get('/api/v1/quarantine', (request): QuarantineAnswer => {
    requireAdmin(caller(request));
    const sources = options.quarantine?.list() ?? [];
    return { sources: sources.map((one) => ({ ...one, until: new Date(one.until).toISOString() })) };
  });
  app.delete('/api/v1/quarantine/:source', (request, reply) => {
    requireAdmin(caller(request));
    const { source } = parse(quarantineParams, request.params);
    if (!options.quarantine?.release(source)) throw new NotFound(`${source} is not in quarantine`);
    return reply.code(204).send();
  });
}

function addRooms(app: FastifyInstance, { options, caller }: RouteTools): void {
  app.get('/api/v1/rooms', (request): RoomSummary[] => {
    const grant = caller(request).grant;
    if (!grant) throw new Unauthorized();
    const rooms = options.rooms.list().filter((room) => grant.room === null || grant.room === room.name);
    return rooms.map(summary);
  });
  app.get('/api/v1/rooms/:name', (request): RoomSnapshot => {
    return roomFor(options, caller(request), parse(roomParams, request.params).name).room.describe();
  });
  app.patch('/api/v1/rooms/:name', (request): RoomSummary => {
    const { room, grant } = roomFor(options, caller(request), parse(roomParams, request.params).name);
    const { locked, floor } = parse(roomPatch, request.body);
    allow(grant, 'lock');
    if (floor !== undefined) allow(grant, 'moderate-floor');
    if (locked !== undefined) room.lock(locked);
    if (floor !== undefined) room.setPolicy(floor);
    return summary(room);
  });
  app.post('/api/v1/rooms/:name/floor', (request): FloorSnapshot => {
    const { room, grant } = roomFor(options, caller(request), parse(roomParams, request.params).name);
    changeFloor(room, grant, parse(floorBody, request.body));
    return room.describe().floor;
  });
}

function addParticipants(app: FastifyInstance, { options, caller }: RouteTools): void {
  const path = '/api/v1/rooms/:name/participants/:id';
  app.patch(path, async (request): Promise<ParticipantSnapshot> => {
    const { name, id } = parse(participantParams, request.params);
    const { room, grant } = roomFor(options, caller(request), name);
    const { muted, presenter } = parse(participantPatch, request.body);
    if (muted !== undefined || presenter === undefined)
      allow(grant, isSelf(room, grant, id) ? 'mute-self' : 'mute-others');
    if (presenter !== undefined) {
      allow(grant, 'moderate-floor');
      room.setPresenter(id, presenter);
    }
    if (muted !== undefined) await room.mute(id, muted, grant.name);
    const one = room.participant(id);
    if (!one) throw new NotFound(`there is no participant ${id} any more`);
    return one.describe();
  });
  app.get(`${path}/media`, async (request): Promise<MediaAnswer> => {
    const { name, id } = parse(participantParams, request.params);
    const { room, grant } = roomFor(options, caller(request), name);
    allow(grant, isSelf(room, grant, id) ? 'see-room' : 'mute-others');
    const one = room.participant(id);
    if (!one) throw new NotFound(`there is no participant ${id}`);
    return { lines: await mediaOf(one) };
  });
  app.post(`${path}/dtmf`, async (request, reply) => {
    const { name, id } = parse(participantParams, request.params);
    const { room, grant } = roomFor(options, caller(request), name);
    const { digits, durationMs } = parse(dtmfRequest, request.body);
    allow(grant, 'press-keys');
    const one = room.participant(id);
    if (!one) throw new NotFound(`there is no participant ${id}`);
    await one.leg.press(digits, durationMs);
    return reply.code(204).send();
  });
  app.delete(path, async (request, reply) => {
    const { name, id } = parse(participantParams, request.params);
    const { room, grant } = roomFor(options, caller(request), name);
    if (!isSelf(room, grant, id)) {
      allow(grant, 'remove');
      const session = room.participant(id)?.session ?? null;
      // Who was put out does not come back, nor listen on, with the same token.
      if (session !== null) options.tokens.revoke(session);
    }
    const { back } = parse(leaveQuery, request.query);
    const comesBack = back !== undefined && isSelf(room, grant, id);
    await room.remove(id, grant.name, comesBack ? { kind: 'failed', why: 'the page comes back' } : undefined);
    return reply.code(204).send();
  });
}

async function mediaOf({ leg }: Participant): Promise<LineFigures[]> {
  const named = [
    ['audio', leg.lines.audio],
    ['main', leg.lines.video],
    ['content', leg.lines.content],
  ] as const;
  const open = named.flatMap(([line, port]) => (port ? [{ line, port }] : []));
  return Promise.all(open.map(async ({ line, port }) => ({ line, ...(await port.stats()) })));
}

function changeFloor(room: Room, grant: TokenGrant, body: FloorBody): void {
  switch (body.action) {
    case 'request':
      room.requestFloor(presenter(room, grant, body));
      return;
    case 'release':
      room.releaseFloor(presenter(room, grant, body));
      return;
    case 'grant':
    case 'accept':
    case 'deny':
    case 'revoke':
      allow(grant, 'moderate-floor');
      room.moderateFloor(body.action, grant.name, body.ticket, body.place);
  }
}

/** For whom a request or release is: oneself, or whom a moderator names. */
function presenter(room: Room, grant: TokenGrant, body: FloorBody): number {
  const own = room.participantOf(grant.id)?.id;
  const id = body.participant ?? own;
  if (id === undefined) throw new BadRequest('participant: you are not in the room, so say who');
  allow(grant, id === own ? 'present' : 'moderate-floor');
  return id;
}

function isSelf(room: Room, grant: TokenGrant, id: number): boolean {
  return room.participantOf(grant.id)?.id === id;
}

function mayUseDemo(caller: Caller): boolean {
  return nearby(caller) || isAdmin(caller);
}

function signIn(reply: FastifyReply, token: string, secure: boolean): FastifyReply {
  const parts = [`${adminCookie}=${token}`, 'Path=/', `Max-Age=${adminTtlMs / 1000}`, 'HttpOnly', 'SameSite=Strict'];
  return reply.header('set-cookie', [...parts, ...(secure ? ['Secure'] : [])].join('; '));
}

function describeGrant(grant: TokenGrant | null): MeAnswer['grant'] {
  if (!grant || grant.kind === 'link') return null;
  const { kind, room, name, role } = grant;
  return { kind, room, name, role, expiresAt: new Date(grant.expiresAt).toISOString() };
}

function summary(room: Room): RoomSummary {
  const { name, permanent, locked, capacity, participants, floor } = room.describe();
  const presenter = floor.holder?.name ?? null;
  return { name, permanent, locked, capacity, participants: participants.length, presenter };
}
