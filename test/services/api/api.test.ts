import assert from 'node:assert/strict';
import { request } from 'node:http';
import { WebSocket } from 'ws';
import { startApi } from '../../../src/services/api/api.js';
import { RoomDoor } from '../../../src/legs/admission/room-door.js';
import { WrongPin } from '../../../src/rooms/errors.js';
import type { ErrorAnswer, RoomSnapshot, SessionAnswer, MediaAnswer } from '../../../src/services/api/contract.js';
import { FakeLeg } from '../../support/fakes/fake-leg.js';
import { turn } from '../../support/fakes/rooms.js';
import { apiUnderTest, Client, closeCode, refused, type TestApi } from './support.js';

describe('services/api', () => {
  let test: TestApi;
  beforeEach(async () => (test = await apiUnderTest()));
  afterEach(() => test.close());

  it('answers health, about and metrics', async () => {
    const health = { status: 'ok', rooms: 3, participants: 0, audio: 'ok' };
    assert.deepEqual((await test.get('/api/v1/health')).body, health);
    const about = (await test.get('/api/v1/about')).body as Record<string, unknown>;
    assert.deepEqual([about['product'], about['version'], about['demo']], ['dualstream', '0', true]);
    const metrics = await test.get('/metrics');
    assert.match(String(metrics.body), /dualstream_http_requests_total/);
    const proxied = await test.get('/metrics', { 'x-forwarded-for': '8.8.8.8' });
    assert.equal(proxied.status, 401, 'what comes through a proxy is not from here');
  });

  it('answers unknown paths, wrong bodies and big bodies in JSON', async () => {
    const error = async (answer: Promise<{ status: number; body: unknown }>): Promise<[number, string]> => {
      const { status, body } = await answer;
      return [status, (body as ErrorAnswer).error];
    };
    assert.deepEqual(await error(test.get('/api/v1/nothing')), [404, 'not_found']);
    assert.deepEqual(await error(test.get('/nothing.js')), [404, 'not_found']);
    assert.deepEqual(await error(test.post('/api/v1/session', { room: 'demo' })), [400, 'bad_request']);
    assert.deepEqual(await error(test.post('/api/v1/session', { room: 'demo', name: '\u0000 ' })), [
      400,
      'bad_request',
    ]);
    assert.deepEqual(await error(test.post('/api/v1/session', { room: 'demo', name: 'A', x: 1 })), [
      400,
      'bad_request',
    ]);
    assert.deepEqual(await error(test.post('/api/v1/session', '{')), [400, 'bad_request']);
    assert.deepEqual(await error(test.post('/api/v1/session', { room: 'x'.repeat(70_000) })), [413, 'too_large']);
    assert.deepEqual(await error(test.get('/api/v1/rooms/demo')), [401, 'unauthorized']);
    assert.deepEqual(await error(test.get('/admin?key=nonsense')), [401, 'unauthorized']);
    assert.deepEqual(await error(test.get('/api/%zz')), [400, 'bad_request']);
  });

  it('shows a page even before one was built, with headers that keep others out', async () => {
    const page = await test.get('/r/demo');
    assert.equal(page.status, 200);
    assert.match(String(page.body), /npm run build/);
    for (const name of ['content-security-policy', 'x-content-type-options', 'x-frame-options', 'referrer-policy'])
      assert.ok(page.headers[name], name);
  });

  it('lets a guest into a room and gives all that a call needs', async () => {
    const { status, body } = await test.post('/api/v1/session', { room: 'Demo', name: ' Ann\tLee ' });
    const session = body as SessionAnswer;
    assert.equal(status, 200);
    assert.deepEqual([session.room, session.name, session.role], ['demo', 'Ann Lee', 'guest']);
    assert.match(session.sipUri, /^sip:w[0-9a-f]{16}@127\.0\.0\.1$/);
    assert.equal(session.roomUri, 'sip:demo@127.0.0.1');
    assert.equal(session.wsUrl, `ws://127.0.0.1:${test.port}/sip`);
    assert.deepEqual(session.sipHeaders, [`X-Dualstream-Token: ${session.token}`]);
    assert.equal(test.tokens.claim(session.token)?.name, 'Ann Lee');
    assert.equal(test.tokens.claim(session.token), null, 'good for one call at a time');
  });

  it('makes ad-hoc rooms for those nearby and asks those from afar for a token', async () => {
    assert.equal((await test.post('/api/v1/session', { room: 'team', name: 'A' })).status, 200);
    assert.ok(test.rooms.find('team'));
    const far = await test.post('/api/v1/session', { room: 'other', name: 'A' }, { 'x-forwarded-for': '8.8.8.8' });
    assert.deepEqual([far.status, (far.body as ErrorAnswer).error], [401, 'pin_required']);
    assert.equal(test.rooms.find('other'), null);
  });

  it('wants the PIN where there is one and stops those who guess', async () => {
    const join = (pin?: string) => test.post('/api/v1/session', { room: 'closed', name: 'A', ...(pin ? { pin } : {}) });
    assert.equal(((await join()).body as ErrorAnswer).error, 'pin_required');
    assert.equal((await join('1234')).status, 200);
    for (let n = 0; n < 10; n++) assert.equal(((await join('9')).body as ErrorAnswer).error, 'wrong_pin');
    assert.equal((await join('1234')).status, 429);
    test.clock.advance(60_000);
    assert.equal((await join('1234')).status, 200);
  });

  it('counts wrong PINs together with those of calls', async () => {
    const join = (pin: string) => test.post('/api/v1/session', { room: 'closed', name: 'A', pin });
    const door = new RoomDoor(test.rooms, test.options.guesses);
    const call = (pin: string) => door.open('closed', { address: '127.0.0.1', direct: true, pin });
    for (let n = 0; n < 5; n++) {
      assert.equal((await join('9')).status, 401);
      assert.throws(() => call('9'), WrongPin);
    }
    assert.equal((await join('1234')).status, 429);
    assert.throws(() => call('1234'), WrongPin);
    test.clock.advance(60_000);
    assert.equal((await join('1234')).status, 200);
    assert.equal(call('1234').room.name, 'closed');
  });

  it('says when a room is full or locked', async () => {
    const room = test.rooms.open('demo');
    room.lock(true);
    const locked = await test.post('/api/v1/session', { room: 'demo', name: 'A' });
    assert.deepEqual([locked.status, (locked.body as ErrorAnswer).error], [403, 'room_locked']);
    room.lock(false);
    for (let n = 0; n < 10; n++) room.join(new FakeLeg());
    const full = await test.post('/api/v1/session', { room: 'demo', name: 'A' });
    assert.deepEqual(
      [full.status, full.body],
      [409, { error: 'room_full', message: 'room demo is full (10 participants)', retry: true }],
    );
  });

  it('lets guests mute themselves and nobody else', async () => {
    const { bearer, leg, id } = await test.join('demo', 'Ann');
    const other = test.rooms.open('demo').join(new FakeLeg());
    const path = (who: number): string => `/api/v1/rooms/demo/participants/${who}`;
    const muted = await test.patch(path(id), { muted: true }, bearer);
    assert.deepEqual([muted.status, (muted.body as { muted: boolean }).muted], [200, true]);
    assert.deepEqual(leg.told, [{ muted: true, mutedBy: null }]);
    assert.equal((await test.patch(path(other.id), { muted: true }, bearer)).status, 403);
    assert.equal((await test.delete(path(other.id), bearer)).status, 403);
    assert.equal((await test.patch('/api/v1/rooms/demo', { locked: true }, bearer)).status, 403);
    assert.equal((await test.patch(path(999), { muted: true }, await test.admin())).status, 404);
    assert.equal((await test.get('/api/v1/rooms/echo', bearer)).status, 403);
    assert.equal(((await test.get('/api/v1/rooms', bearer)).body as unknown[]).length, 1);
    assert.equal((await test.delete(path(id), bearer)).status, 204);
    assert.deepEqual(leg.ended, { kind: 'removed', by: 'Ann' });
  });

  it('tells the figures of its lines to oneself and to administrators', async () => {
    const { bearer, leg, id } = await test.join('demo', 'Ann');
    const other = test.rooms.open('demo').join(new FakeLeg());
    const path = (who: number): string => `/api/v1/rooms/demo/participants/${who}/media`;
    const answer = await test.get(path(id), bearer);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    const { lines } = answer.body as MediaAnswer;
    const open = [leg.lines.audio, leg.lines.video, leg.lines.content].filter((line) => line !== null);
    assert.equal(lines.length, open.length);
    assert.deepEqual([lines[0]?.line, typeof lines[0]?.jitterMs], ['audio', 'number']);
    assert.equal((await test.get(path(other.id), bearer)).status, 403);
    assert.equal((await test.get(path(other.id), await test.admin())).status, 200);
    assert.equal((await test.get(path(999), await test.admin())).status, 404);
    assert.equal((await test.get(path(id))).status, 401);
  });

  it('presses keys for moderators', async () => {
    const { bearer, leg, id } = await test.join('demo', 'Ann');
    const path = `/api/v1/rooms/demo/participants/${id}/dtmf`;
    assert.equal((await test.post(path, { digits: '1' }, bearer)).status, 403);
    assert.equal((await test.post(path, { digits: '1' })).status, 401);
    const admin = await test.admin();
    assert.equal((await test.post(path, { digits: '2468#' }, admin)).status, 204);
    assert.equal(leg.pressed, '2468#');
    for (const body of [
      { digits: '' },
      { digits: '12x' },
      { digits: '1'.repeat(65) },
      { digits: '1', durationMs: 1 },
    ]) {
      assert.equal((await test.post(path, body, admin)).status, 400, JSON.stringify(body));
    }
    assert.equal((await test.post(path.replace(String(id), '999'), { digits: '1' }, admin)).status, 404);
  });

  it('lets an administrator do everything, by a link that works once', async () => {
    const link = test.tokens.adminLink();
    const first = await test.get(link);
    assert.deepEqual([first.status, first.headers.location], [302, '/']);
    assert.match(String(first.headers['set-cookie']), /HttpOnly; SameSite=Strict/);
    assert.equal((await test.get(link)).status, 401);
    const cookie = { cookie: String(first.headers['set-cookie']).split(';')[0] ?? '' };
    const { id, leg } = await test.join('demo', 'Ann');
    assert.equal((await test.patch('/api/v1/rooms/demo', { locked: true }, cookie)).status, 200);
    assert.equal(((await test.get('/api/v1/rooms', cookie)).body as unknown[]).length, 3);
    assert.equal((await test.patch(`/api/v1/rooms/demo/participants/${id}`, { muted: true }, cookie)).status, 200);
    assert.equal((await test.delete(`/api/v1/rooms/demo/participants/${id}`, cookie)).status, 204);
    assert.deepEqual(leg.ended, { kind: 'removed', by: 'administrator' });
    const foreign = await test.patch(
      '/api/v1/rooms/demo',
      { locked: false },
      { ...cookie, origin: 'https://evil.example' },
    );
    assert.equal(foreign.status, 403);
  });

  it('shows administrators who is not heard, and forgives one', async () => {
    const until = Date.UTC(2026, 5, 1);
    const held = new Map([['2001:db8:0:0::/64', { source: '2001:db8:0:0::/64', offence: 'scanner', times: 3, until }]]);
    const quarantined = await apiUnderTest({
      quarantine: {
        list: () => [...held.values()],
        release: (source) => held.delete(source),
        offence: () => undefined,
      },
    });
    const admin = await quarantined.admin();
    const path = '/api/v1/quarantine';
    assert.equal((await quarantined.get(path)).status, 401);
    assert.deepEqual((await quarantined.get(path, admin)).body, {
      sources: [{ source: '2001:db8:0:0::/64', offence: 'scanner', times: 3, until: '2026-06-01T00:00:00.000Z' }],
    });
    const one = `${path}/${encodeURIComponent('2001:db8:0:0::/64')}`;
    assert.equal((await quarantined.delete(one)).status, 401);
    assert.equal((await quarantined.delete(one, admin)).status, 204);
    assert.equal((await quarantined.delete(one, admin)).status, 404);
    await quarantined.close();
  });

  it('takes the token of who was put out', async () => {
    const { id, token } = await test.join('demo', 'Ann');
    const events = new Client(`ws://127.0.0.1:${test.port}/api/v1/events?token=${token}`);
    await events.next();
    await test.delete(`/api/v1/rooms/demo/participants/${id}`, await test.admin());
    assert.equal((await events.find('participant.left')).reason, 'removed by administrator');
    assert.equal(await events.closed, 4401);
    assert.equal(test.tokens.verify(token), null);
  });

  it('takes and moderates the floor over REST', async () => {
    const { bearer, id } = await test.join('demo', 'Ann');
    const admin = await test.admin();
    const floor = (body: unknown, who: Record<string, string>) => test.post('/api/v1/rooms/demo/floor', body, who);
    const taken = await floor({ action: 'request' }, bearer);
    assert.equal((taken.body as RoomSnapshot['floor']).holder?.who, id);
    assert.equal((await floor({ action: 'revoke' }, bearer)).status, 403);
    assert.equal((await floor({ action: 'revoke' }, admin)).status, 200);
    assert.equal((await floor({ action: 'revoke' }, admin)).status, 409);
    assert.equal((await floor({ action: 'request', participant: id }, admin)).status, 200);
    assert.equal((await floor({ action: 'release' }, bearer)).status, 200);
    assert.equal((await floor({ action: 'request' }, admin)).status, 400);
  });

  it('starts and stops the demonstration system for those nearby', async () => {
    assert.deepEqual((await test.post('/api/v1/demo', { action: 'start' })).body, { running: true });
    assert.equal((await test.post('/api/v1/demo', { action: 'take-floor' })).status, 200);
    assert.deepEqual((await test.post('/api/v1/demo', { action: 'stop' })).body, { running: false });
    assert.deepEqual(test.demoCalls, ['start', 'take-floor', 'stop']);
    assert.equal((await test.post('/api/v1/demo', { action: 'start' }, { forwarded: 'for=8.8.8.8' })).status, 401);
  });

  it('refuses names that somebody pointed at this machine', async () => {
    const status = await new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: test.port, path: '/api/v1/health', headers: { host: 'evil.example' } };
      request(options, (answer) => resolve(answer.resume().statusCode))
        .on('error', reject)
        .end();
    });
    assert.equal(status, 403);
  });

  it('says which setting to change when a port is taken', async () => {
    await assert.rejects(
      startApi({ ...test.options, http: { address: '127.0.0.1', port: test.port } }),
      (error: NodeJS.ErrnoException & { key?: string }) => error.code === 'EADDRINUSE' && error.key === 'api.http',
    );
  });

  it('sends the snapshot, then numbered changes, then what is only for oneself', async () => {
    const { body } = await test.post('/api/v1/session', { room: 'demo', name: 'Ann' });
    const session = body as SessionAnswer;
    const events = new Client(session.eventsUrl);
    const snapshot = await events.next();
    assert.equal(snapshot.type === 'snapshot' && snapshot.room.participants.length, 0);
    assert.equal(snapshot.type === 'snapshot' && snapshot.you, null);
    const room = test.rooms.open('demo');
    const leg = new FakeLeg({ name: 'Ann' });
    const one = room.join(leg, { role: 'guest', session: test.tokens.verify(session.token)?.id ?? null });
    const you = await events.find('you');
    assert.equal(you.you?.id, one.id);
    assert.deepEqual(you.you?.bfcp, {
      token: 't',
      confId: 7,
      userId: one.id,
      floorId: 1,
      url: `ws://127.0.0.1:${test.port}/bfcp?token=t`,
    });
    one.desk.request();
    assert.equal((await events.find('floor')).floor.holder?.name, 'Ann');
    room.lock(true);
    assert.equal((await events.find('room')).locked, true);
    leg.hangUp();
    assert.equal((await events.find('participant.left')).reason, 'left');
    await room.close({ kind: 'room-closed' });
    assert.equal((await events.find('closed')).reason, 'room closed');
    assert.deepEqual(
      events.all.map((message) => message.seq),
      events.all.map((_message, index) => index + 1),
    );
    assert.equal(await events.closed, 1000);
  });

  it('refuses events without a token, from other pages and of other rooms', async () => {
    const url = `ws://127.0.0.1:${test.port}/api/v1/events`;
    assert.equal(await closeCode(new WebSocket(`${url}?token=nonsense`)), 4401);
    const admin = (await test.admin()).authorization.slice(7);
    assert.equal(await closeCode(new WebSocket(`${url}?token=${admin}`)), 4401, 'an administrator names a room');
    const events = new Client(`${url}?token=${admin}&room=demo`);
    assert.equal((await events.next()).type, 'snapshot');
    events.close();
    assert.equal(await refused(new WebSocket(url, { headers: { origin: 'https://evil.example' } })), 403);
    assert.equal(await refused(new WebSocket(`ws://127.0.0.1:${test.port}/nothing`)), 404);
    assert.match(
      await test.raw('GET // HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'),
      /^HTTP\/1.1 400/,
    );
    assert.equal(await refused(new WebSocket(`ws://127.0.0.1:${test.port}/sip`)), 400, 'subprotocol missing');
  });

  it('hands over SIP and BFCP as message streams', async () => {
    const sip = new WebSocket(`ws://127.0.0.1:${test.port}/sip`, ['other', 'sip']);
    const answer = new Promise<string>((resolve) => sip.once('message', (data: Buffer) => resolve(data.toString())));
    sip.once('open', () => sip.send('OPTIONS'));
    assert.equal(await answer, 'sip echo OPTIONS');
    assert.equal(sip.protocol, 'sip');
    sip.close();
    // the token is the right to it, so pages of others may come too
    const headers = { origin: 'https://elsewhere.example' };
    const bfcp = new WebSocket(`ws://127.0.0.1:${test.port}/bfcp?token=good`, 'bfcp', { headers });
    const bytes = new Promise<Buffer>((resolve) => bfcp.once('message', (data: Buffer) => resolve(data)));
    bfcp.once('open', () => bfcp.send(Buffer.from([0x20, 0xff])));
    assert.deepEqual(await bytes, Buffer.from([0x20, 0xff]));
    bfcp.close();
    assert.equal(await closeCode(new WebSocket(`ws://127.0.0.1:${test.port}/bfcp?token=bad`, 'bfcp')), 1005);
    assert.equal(await closeCode(oversized(test.port)), 1009);
  });

  it('does not lend the address of a proxy to those behind it', async () => {
    const headers = { 'x-forwarded-for': '10.0.0.1' };
    const address = new Promise<string>((resolve) => (test.onRemote = resolve));
    const ws = new WebSocket(`ws://127.0.0.1:${test.port}/sip`, 'sip', { headers });
    const closed = closeCode(ws);
    assert.equal(await address, '0.0.0.0');
    ws.terminate();
    await closed;
  });

  it('slows down a source that asks too often', async () => {
    const statuses: number[] = [];
    for (let n = 0; n < 31; n++) {
      const answer = await test.post('/api/v1/session', { room: 'demo', name: 'A' }, { forwarded: 'for=8.8.8.8' });
      statuses.push(answer.status);
    }
    assert.deepEqual([statuses[0], statuses[29], statuses[30]], [401, 401, 429]);
  });

  it('pings, and drops who does not answer', async () => {
    const ws = new WebSocket(`ws://127.0.0.1:${test.port}/sip`, 'sip', { autoPong: false });
    await new Promise((resolve) => ws.once('open', resolve));
    const pinged = new Promise((resolve) => ws.once('ping', resolve));
    const code = closeCode(ws);
    test.clock.advance(25_000);
    await pinged;
    test.clock.advance(25_000);
    assert.equal(await code, 1006);
  });

  it('leaves no timer, listener or socket behind', async () => {
    const events = new Client((await test.session('demo', 'Ann')).eventsUrl);
    await events.next();
    await test.close();
    await events.closed;
    await turn();
    assert.equal(test.clock.pending, 0);
    await assert.rejects(test.get('/api/v1/health'));
  });
});

function oversized(port: number): WebSocket {
  const ws = new WebSocket(`ws://127.0.0.1:${port}/sip`, 'sip');
  ws.once('open', () => ws.send('x'.repeat(70_000)));
  return ws;
}
