import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemChance } from '../../../src/base/ids.js';
import { silentLog } from '../../../src/base/log.js';
import type {
  ErrorAnswer,
  RecordingAnswer,
  RecordingRecord,
  RecordingRemoved,
  RecordingsAnswer,
} from '../../../src/services/api/contract.js';
import { Shelf } from '../../../src/services/recordings/shelf.js';
import { roomTools, turn } from '../../support/fakes/rooms.js';
import { ManualClock } from '../../support/manual-clock.js';
import { apiUnderTest, Client, type TestApi } from './support.js';

const path = '/api/v1/rooms/demo/recording';

describe('recordings by REST', () => {
  let test: TestApi;
  let folder: string;
  let shelf: Shelf;
  let who: 'admin' | 'moderator';
  let admin: { authorization: string };
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'recordings-'));
    who = 'moderator';
    const most = { recordings: 10, bytes: 1e9, minutes: 10, days: 7 };
    const servers = { directory: '/srv', seen: new Map([['near', folder]]) };
    const tools = { clock: new ManualClock(), chance: systemChance, log: silentLog };
    shelf = new Shelf({ directory: folder, servers, most }, tools);
    test = await apiUnderTest(
      {
        recordings: {
          shelf,
          get who() {
            return who;
          },
        },
      },
      { ...roomTools(), recordings: { shelf, words: { begins: [], ends: [] } } },
    );
    admin = await test.admin();
  });
  afterEach(async () => {
    await test.close();
    await shelf.close();
    await rm(folder, { recursive: true });
  });

  const error = async (answer: Promise<{ status: number; body: unknown }>): Promise<[number, string]> => {
    const { status, body } = await answer;
    return [status, (body as ErrorAnswer).error];
  };
  const list = async (headers: Record<string, string>, query = ''): Promise<RecordingRecord[]> =>
    ((await test.get(`/api/v1/recordings${query}`, headers)).body as RecordingsAnswer).items;
  /** Somebody in the room with the rights of a moderator. */
  const moderator = (room: string): { authorization: string } => ({
    authorization: `Bearer ${test.tokens.issue({ kind: 'session', room, name: 'Mona', role: 'moderator', ttlMs: 60_000 }).token}`,
  });

  it('begin, pause and end by a moderator, and everybody in the room is told who did it', async () => {
    const ann = await test.join('demo', 'Ann');
    await turn();
    const events = new Client(`ws://127.0.0.1:${test.port}/api/v1/events?token=${ann.token}`);
    assert.equal((await events.find('snapshot')).room.recording, null);
    const mona = moderator('demo');
    const { status, body } = await test.post(path, { action: 'start' }, mona);
    const { recording } = body as RecordingAnswer;
    assert.deepEqual([status, recording?.state, recording?.by], [200, 'running', 'Mona']);
    const told = await events.find('recording');
    assert.deepEqual([told.recording, told.by], [recording, 'Mona']);
    await test.post(path, { action: 'pause' }, mona);
    assert.equal((await events.find('recording')).recording?.state, 'paused');
    await test.post(path, { action: 'resume' }, admin);
    await events.find('recording');
    const ended = await test.post(path, { action: 'stop' }, mona);
    assert.deepEqual(ended.body, { recording: null });
    const over = await events.find('recording');
    assert.deepEqual([over.recording, over.by], [null, 'Mona']);
    assert.deepEqual(await error(test.post(path, { action: 'stop' }, mona)), [409, 'recording_state']);
    events.close();
  });

  it('are not for guests, nor for moderators where only administrators may, nor for those of other rooms', async () => {
    const ann = await test.join('demo', 'Ann');
    assert.deepEqual(await error(test.post(path, { action: 'start' }, ann.bearer)), [403, 'forbidden']);
    assert.deepEqual(await error(test.get('/api/v1/recordings', ann.bearer)), [403, 'forbidden']);
    assert.deepEqual(await error(test.get('/api/v1/recordings')), [401, 'unauthorized']);
    assert.deepEqual(await error(test.post(path, { action: 'start' }, moderator('closed'))), [403, 'forbidden']);
    assert.deepEqual(await error(test.post(path, { action: 'erase' }, admin)), [400, 'bad_request']);
    who = 'admin';
    assert.deepEqual(await error(test.post(path, { action: 'start' }, moderator('demo'))), [403, 'forbidden']);
    assert.deepEqual(await error(test.get('/api/v1/recordings', moderator('demo'))), [403, 'forbidden']);
    assert.equal((await test.post(path, { action: 'start' }, admin)).status, 200);
  });

  it('are listed, got and removed by moderators of their room and by administrators', async () => {
    await test.join('demo', 'Ann');
    await turn();
    const begun = await test.post(path, { action: 'start' }, admin);
    const { id } = (begun.body as RecordingAnswer).recording ?? { id: '' };
    assert.deepEqual(await error(test.delete(`/api/v1/recordings/${id}`, admin)), [409, 'recording_state']);
    await test.post(path, { action: 'stop' }, admin);
    const conference = test.bridge.conferences.get('demo')?.recording?.files[0]?.path;
    assert.equal(conference, `/srv/${id}.wav`);
    const [one] = await list(moderator('demo'));
    assert.deepEqual([one?.id, one?.room, one?.endedAt !== null], [id, 'demo', true]);
    assert.deepEqual(await list(moderator('closed')), []);
    assert.deepEqual(await list(admin, '?room=closed'), []);
    const file = `/api/v1/recordings/${id}/1.wav`;
    assert.deepEqual(await error(test.get(file, moderator('closed'))), [404, 'not_found']);
    assert.deepEqual(await error(test.get(`/api/v1/recordings/${id}/2.wav`, admin)), [404, 'not_found']);
    assert.deepEqual(await error(test.get(`/api/v1/recordings/..%2f${id}/1.wav`, admin)), [400, 'bad_request']);
    assert.deepEqual(await error(test.delete(`/api/v1/recordings/${id}`, moderator('closed'))), [404, 'not_found']);
    const removed = await test.delete(`/api/v1/recordings/${id}`, moderator('demo'));
    assert.equal(removed.status, 200);
    assert.deepEqual(await list(admin), []);
  });

  it('come as WAVE files, or say on which server they lie', async () => {
    const place = await shelf.begin('demo', 'Mona');
    await writeFile(join(folder, `${place.id}.wav`), 'RIFF of a kind');
    const far = { path: `/srv/${place.id}-2.wav`, server: 'far' };
    await place.keep([{ path: place.path, server: 'near' }, far], true);
    const [one] = await list(admin);
    assert.deepEqual(
      one?.files.map(({ server, path, bytes, url }) => [server, path, bytes, url]),
      [
        ['near', place.path, 14, `/api/v1/recordings/${place.id}/1.wav`],
        ['far', far.path, null, null],
      ],
    );
    const got = await test.get(one?.files[0]?.url ?? '', admin);
    assert.deepEqual(
      [got.status, got.body, got.headers['content-type'], got.headers['content-disposition']],
      [200, 'RIFF of a kind', 'audio/wav', `attachment; filename="${place.id}-1.wav"`],
    );
    const elsewhere = await test.get(`/api/v1/recordings/${place.id}/2.wav`, admin);
    assert.equal(elsewhere.status, 409);
    assert.match((elsewhere.body as ErrorAnswer).message, /of the server far/);
    const removed = await test.delete(`/api/v1/recordings/${place.id}`, admin);
    assert.deepEqual((removed.body as RecordingRemoved).left, [{ server: 'far', path: far.path }]);
  });
});
