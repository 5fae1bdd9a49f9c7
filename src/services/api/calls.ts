import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { CallArchive, CallReport, CallSummary } from '../../rooms/call-archive.js';
import { RoomNotFound } from '../../rooms/errors.js';
import { requireAdmin, type Caller } from './caller.js';
import type { CallDiagnosis, CallRecordSnapshot, CallsAnswer, LineSnapshot } from './contract.js';
import { NotFound, Unavailable } from './errors.js';
import type { ApiOptions } from './options.js';
import { parse, participantParams } from './schemas.js';

const listQuery = z.strictObject({
  room: z.string().min(1).max(64).optional(),
  callId: z.string().min(1).max(256).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
const callParams = z.object({ id: z.string().min(1).max(64) });
const captureQuery = z.strictObject({ rtpSeconds: z.coerce.number().min(0).max(30).default(0) });

interface Tools {
  options: ApiOptions;
  caller: (request: FastifyRequest) => Caller;
}

/** How calls went, for administrators. */
export function addCalls(app: FastifyInstance, { options, caller }: Tools): void {
  const archive = (request: FastifyRequest): CallArchive => {
    requireAdmin(caller(request));
    if (!options.calls) throw new Unavailable('no messages of calls are kept here');
    return options.calls;
  };
  app.get('/api/v1/calls', (request): CallsAnswer => {
    const calls = archive(request);
    const { limit, room, callId } = parse(listQuery, request.query);
    const which = { ...(room === undefined ? {} : { room }), ...(callId === undefined ? {} : { callId }) };
    return { items: calls.list({ ...which, limit }).map(summary) };
  });
  app.get('/api/v1/calls/:id', (request): CallDiagnosis => {
    const calls = archive(request);
    return report(calls, parse(callParams, request.params).id);
  });
  app.get('/api/v1/calls/:id/capture.pcapng', (request, reply) => {
    const calls = archive(request);
    return capture(calls, parse(callParams, request.params).id, request, reply);
  });
  const seat = '/api/v1/rooms/:name/participants/:id';
  app.get(`${seat}/diagnosis`, (request): CallDiagnosis => {
    const calls = archive(request);
    return report(calls, callOf(calls, options, request));
  });
  app.get(`${seat}/capture.pcapng`, (request, reply) => {
    const calls = archive(request);
    return capture(calls, callOf(calls, options, request), request, reply);
  });
}

function callOf(calls: CallArchive, { rooms }: ApiOptions, request: FastifyRequest): string {
  const { name, id } = parse(participantParams, request.params);
  if (!rooms.find(name)) throw new RoomNotFound(name);
  const call = calls.callOf(name, id);
  if (call === null) throw new NotFound(`there is no call of a participant ${id}`);
  return call;
}

function report(calls: CallArchive, id: string): CallDiagnosis {
  const found = calls.report(id);
  if (!found) throw new NotFound(`there is no call ${id} any more`);
  return diagnosis(found);
}

async function capture(calls: CallArchive, id: string, request: FastifyRequest, reply: FastifyReply): Promise<Buffer> {
  const { rtpSeconds } = parse(captureQuery, request.query);
  const file = await calls.capture(id, rtpSeconds * 1000);
  if (!file) throw new NotFound(`there is no call ${id} any more`);
  const name = `call-${id.replace(/[^\w-]/g, '')}.pcapng`;
  reply.headers({ 'content-type': 'application/x-pcapng', 'content-disposition': `attachment; filename="${name}"` });
  return file;
}

function diagnosis(report: CallReport): CallDiagnosis {
  const { facts, sees, talk, messages, exchanges, ended, notes, missing, sound, ...call } = report;
  const { last } = talk;
  return {
    ...summary(call),
    device: facts?.device ?? null,
    encrypted: facts?.encrypted ?? null,
    ended,
    lines: (facts?.lines ?? []).map((line): LineSnapshot => ({ ...line, shows: shownOn(line.line, sees) })),
    floor: floorOf(facts),
    bfcp: {
      received: talk.received,
      sent: talk.sent,
      helloFromPeer: time(talk.helloFromPeer),
      helloFromUs: time(talk.helloFromUs),
      helloAnswered: time(talk.helloAnswered),
      last: last && { ...last, at: iso(last.at) },
    },
    content: facts?.content ?? null,
    sound: sound.map(({ startedAt, endedAt, ...rest }) => ({
      ...rest,
      startedAt: iso(startedAt),
      endedAt: time(endedAt),
    })),
    messages: messages.map(({ at, ...rest }) => ({ at: iso(at), ...rest })),
    exchanges: exchanges.map(({ at, by, ...rest }) => ({ at: iso(at), offeredBy: by, ...rest })),
    notes: notes.map(({ at, what }) => ({ at: iso(at), what })),
    missing,
  };
}

function floorOf(facts: CallReport['facts']): CallDiagnosis['floor'] {
  const floor = facts?.floor ?? null;
  return floor && { ...floor, peerIs: floor.weAre === 'server' ? 'client' : 'server' };
}

function shownOn(line: LineSnapshot['line'], sees: CallReport['sees']): LineSnapshot['shows'] {
  return line === 'main' || line === 'content' ? (sees?.[line] ?? null) : null;
}

function summary({ startedAt, endedAt, ...rest }: CallSummary): CallRecordSnapshot {
  return { ...rest, startedAt: iso(startedAt), endedAt: time(endedAt) };
}

function time(ms: number | null): string | null {
  return ms === null ? null : iso(ms);
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
