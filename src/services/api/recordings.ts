import type { FastifyInstance } from 'fastify';
import { WrongRecordingState } from '../../rooms/recordings.js';
import type { TokenGrant } from '../../rooms/tokens.js';
import type { ListedRecording } from '../recordings/shelf.js';
import { allow, roomFor, type RouteTools } from './access.js';
import { isAdmin, requireMember, type Caller } from './caller.js';
import type {
  RecordedFileSnapshot,
  RecordingAnswer,
  RecordingRecord,
  RecordingRemoved,
  RecordingsAnswer,
} from './contract.js';
import { Forbidden, NotFound, Unauthorized } from './errors.js';
import type { ApiOptions } from './options.js';
import {
  parse,
  recordingFileParams,
  recordingParams,
  recordingRequest,
  recordingsQuery,
  roomParams,
} from './schemas.js';

type Recordings = NonNullable<ApiOptions['recordings']>;

/** Recordings of rooms: for their moderators, or for administrators only. */
export function addRecordings(app: FastifyInstance, { options, caller }: RouteTools): void {
  app.post('/api/v1/rooms/:name/recording', async (request): Promise<RecordingAnswer> => {
    const { room, grant } = roomFor(options, caller(request), parse(roomParams, request.params).name);
    const { action } = parse(recordingRequest, request.body);
    permitted(options, caller(request), grant);
    const { recording } = room;
    if (action === 'start') await recording.start(grant.name);
    else if (action === 'stop') await recording.stop(grant.name);
    else await recording.pause(action === 'pause', grant.name);
    return { recording: recording.describe() };
  });
  app.get('/api/v1/recordings', async (request): Promise<RecordingsAnswer> => {
    const who = caller(request);
    if (!who.grant) throw new Unauthorized();
    const room = parse(recordingsQuery, request.query).room?.toLowerCase() ?? who.grant.room;
    if (room !== null) requireMember(who, room);
    const { shelf } = permitted(options, who, who.grant);
    return { items: (await shelf.list(room)).map(snapshot) };
  });
  addFiles(app, { options, caller });
}

function addFiles(app: FastifyInstance, { options, caller }: Pick<RouteTools, 'options' | 'caller'>): void {
  app.get('/api/v1/recordings/:id/:file', async (request, reply) => {
    const { id, file } = parse(recordingFileParams, request.params);
    const { shelf, one } = await kept(options, caller(request), id);
    const opened = await shelf.open(one.id, file - 1);
    if (!opened) throw new NotFound(`the recording ${id} has no file ${file}`);
    const name = one.files.length > 1 ? `${id}-${file}.wav` : `${id}.wav`;
    reply.headers({
      'content-type': 'audio/wav',
      'content-length': opened.bytes,
      'content-disposition': `attachment; filename="${name}"`,
    });
    // what is appended meanwhile is not part of it
    if (opened.bytes === 0) return opened.file.close().then(() => reply.send(''));
    return reply.send(opened.file.createReadStream({ start: 0, end: opened.bytes - 1 }));
  });
  app.delete('/api/v1/recordings/:id', async (request): Promise<RecordingRemoved> => {
    const { id } = parse(recordingParams, request.params);
    const { shelf } = await kept(options, caller(request), id);
    const left = await shelf.remove(id);
    if (left === false) throw new WrongRecordingState('the recording goes on');
    return { left: left.map(({ server, path }) => ({ server, path })) };
  });
}

/** Those who may have to do with recordings. Throws Forbidden. */
function permitted({ recordings }: ApiOptions, who: Caller, grant: TokenGrant): Recordings {
  allow(grant, 'record');
  if (!recordings) throw new Forbidden('nothing is recorded here');
  if (recordings.who === 'admin' && !isAdmin(who)) throw new Forbidden('only administrators may record');
  return recordings;
}

/** One of a room that the caller may see; others are not there. */
async function kept(
  options: ApiOptions,
  who: Caller,
  id: string,
): Promise<{ shelf: Recordings['shelf']; one: ListedRecording }> {
  if (!who.grant) throw new Unauthorized();
  const { shelf } = permitted(options, who, who.grant);
  const one = await shelf.find(id);
  if (!one || (who.grant.room !== null && who.grant.room !== one.room))
    throw new NotFound(`there is no recording ${id}`);
  return { shelf, one };
}

function snapshot({ id, room, by, startedAt, endedAt, files }: ListedRecording): RecordingRecord {
  return {
    ...{ id, room, by, startedAt: new Date(startedAt).toISOString() },
    endedAt: endedAt === null ? null : new Date(endedAt).toISOString(),
    files: files.map(({ server, path, bytes }, index): RecordedFileSnapshot => ({
      ...{ server, path, bytes },
      url: bytes === null ? null : `/api/v1/recordings/${id}/${index + 1}.wav`,
    })),
  };
}
