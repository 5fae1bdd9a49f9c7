import assert from 'node:assert/strict';
import { roomTokenHeader } from '../../../src/rooms/tokens.js';
import { describePeer } from '../../support/offers.js';
import type { RawCall } from '../../support/raw-call.js';
import { startSipRig, type SipRig } from '../../support/sip-rig.js';
import { waitUntil } from '../../support/wait.js';

const control = 'application/media_control+xml';
const fastUpdate = (stream = ''): string =>
  '<media_control><vc_primitive><to_encoder><picture_fast_update/></to_encoder>' +
  `${stream && `<stream_id>${stream}</stream_id>`}</vc_primitive></media_control>`;

describe('requests beside the session', () => {
  let rig: SipRig;
  before(async () => (rig = await startSipRig()));
  after(() => rig.close());
  afterEach(() => rig.nothingLeft());

  const joined = async (name: string, feedback = true): Promise<RawCall> => {
    const call = await rig.call('demo', name);
    await call.invite(describePeer({ content: 'sendrecv', floor: 'UDP', feedback }));
    return call;
  };
  const lineOf = (name: string, line: string) => {
    const leg = rig.legs.find((one) => one.who.name === name && !one.over);
    return rig.plane.line(`${leg?.id ?? ''}/${line}`);
  };

  it('ask the shown source for a keyframe by INFO, on the main line and on the content line', async () => {
    const [anna, berta] = [await joined('Anna'), await joined('Berta')];
    const room = rig.room('demo');
    const seat = room.describe().participants.find(({ name }) => name === 'Anna');
    room.requestFloor(seat?.id ?? 0);
    const [camera, slides] = [lineOf('Anna', 'video'), lineOf('Anna', 'content')];
    const before = [camera.refreshed, slides.refreshed];
    berta.send('INFO', fastUpdate(), [], control);
    assert.match((await berta.final('INFO')).start, / 200 /);
    assert.deepEqual([camera.refreshed, slides.refreshed], [before[0]! + 1, before[1]]);
    const label = /a=label:(\S+)[^]*a=label:(\S+)/.exec(berta.sdp)?.[2];
    for (const stream of ['12', label ?? 'none']) {
      berta.send('INFO', fastUpdate(stream), [], control);
      await berta.final('INFO');
    }
    assert.ok(slides.refreshed > before[1]!, `no keyframe asked for by the label ${label}`);
    await Promise.all([anna.bye(), berta.bye()]);
  });

  it('are asked by INFO themselves where they know no feedback, once refused never again', async () => {
    const anna = await joined('Anna', false);
    const line = lineOf('Anna', 'video');
    line.events.emit('keyframeWanted', undefined);
    const info = await anna.request('INFO');
    assert.equal(info.message.headers.get('content-type'), control);
    assert.match(info.message.body.toString(), /<picture_fast_update\/>/);
    assert.doesNotMatch(info.message.body.toString(), /stream_id/);
    anna.peer.answer(info, '200 OK');
    lineOf('Anna', 'content').events.emit('keyframeWanted', undefined);
    const second = await anna.request('INFO');
    assert.match(second.message.body.toString(), /<stream_id>12</);
    anna.peer.answer(second, '415 Unsupported Media Type');
    await anna.settled();
    line.events.emit('keyframeWanted', undefined);
    await anna.settled();
    assert.equal(anna.requested('INFO'), 2);
    await anna.bye();
  });

  it('carry digits in INFO', async () => {
    const anna = await joined('Anna');
    const digits: string[] = [];
    rig.legs.at(-1)?.on.on('digits', ({ digit }) => digits.push(digit));
    anna.send('INFO', 'Signal=5\r\nDuration=160\r\n', [], 'application/dtmf-relay');
    assert.match((await anna.final('INFO')).start, / 200 /);
    anna.send('INFO', '#', [], 'application/dtmf');
    await anna.final('INFO');
    anna.send('INFO', 'Signal=*\r\nDuration=160\r\n', ['Info-Package: dtmf'], 'application/dtmf-relay');
    assert.match((await anna.final('INFO')).start, / 200 /);
    assert.deepEqual(digits, ['5', '#', '*']);
    await anna.bye();
  });

  it('count a key once that comes by INFO and as an event', async () => {
    const anna = await joined('Anna');
    const digits: string[] = [];
    rig.legs.at(-1)?.on.on('digits', ({ digit }) => digits.push(digit));
    for (const digit of ['5', '5', '1']) {
      anna.send('INFO', `Signal=${digit}\r\nDuration=160\r\n`, [], 'application/dtmf-relay');
      await anna.final('INFO');
      lineOf('Anna', 'audio').events.emit('digit', { digit, durationMs: 160 });
    }
    assert.deepEqual(digits, ['5', '5', '1']);
    await anna.bye();
  });

  it('are how keys are pressed at those who know no events', async () => {
    const anna = await joined('Anna');
    const leg = rig.legs.at(-1);
    const pressing = leg?.press('1#');
    for (const digit of ['1', '#']) {
      const info = await anna.request('INFO');
      assert.equal(info.message.headers.get('content-type'), 'application/dtmf-relay');
      assert.equal(info.message.body.toString(), `Signal=${digit}\r\nDuration=120\r\n`);
      anna.peer.answer(info, '200 OK');
    }
    await pressing;
    const refused = assert.rejects(leg!.press('12'), /415/);
    anna.peer.answer(await anna.request('INFO'), '415 Unsupported Media Type');
    await refused;
    assert.equal(anna.requested('INFO'), 3, 'the second key of a refused one is not tried');
    await anna.bye();
    const berta = await rig.call('demo', 'Berta');
    await berta.invite(describePeer({ events: true }));
    await rig.legs.at(-1)?.press('42', 80);
    assert.equal(lineOf('Berta', 'audio').pressed, '42');
    assert.equal(berta.requested('INFO'), 0);
    await berta.bye();
  });

  it('are answered when nobody knows what they mean', async () => {
    const anna = await joined('Anna');
    anna.send('INFO', 'what is this', [], 'text/plain');
    assert.match((await anna.final('INFO')).start, / 200 /);
    anna.send('INFO', 'package', ['Info-Package: conference'], 'text/plain');
    assert.match((await anna.final('INFO')).start, / 469 Bad Info Package/);
    anna.send('OPTIONS');
    const options = await anna.final('OPTIONS');
    assert.match(options.message.headers.get('allow') ?? '', /UPDATE/);
    anna.send('MESSAGE', 'hello', [], 'text/plain');
    assert.match((await anna.final('MESSAGE')).start, / 405 /);
    anna.send('REFER', '', ['Refer-To: <sip:other@127.0.0.1>']);
    assert.match((await anna.final('REFER')).start, / 603 /);
    assert.equal(rig.room('demo').size, 1);
    await anna.bye();
  });

  it('answer OPTIONS outside of calls', async () => {
    const call = await rig.call('demo');
    call.send('OPTIONS');
    const answer = await call.final('OPTIONS');
    assert.match(answer.start, / 200 /);
    assert.equal(answer.message.headers.get('accept'), 'application/sdp');
    assert.match(answer.message.headers.get('allow') ?? '', /INVITE/);
  });

  it('register nobody without a token, and web users for a while', async () => {
    const call = await rig.call('demo');
    call.send('REGISTER');
    assert.match((await call.final('REGISTER')).start, / 403 /);
    call.send('REGISTER', '', [`${roomTokenHeader}: wrong`]);
    assert.match((await call.final('REGISTER')).start, / 403 /);
    const what = { kind: 'session', room: 'demo', name: 'Web', role: 'guest', ttlMs: 60_000 } as const;
    const { token } = rig.tokens.issue(what);
    call.send('REGISTER', '', [`${roomTokenHeader}: ${token}`, 'Expires: 86400']);
    const answer = await call.final('REGISTER');
    assert.match(answer.start, / 200 /);
    assert.equal(answer.message.headers.get('expires'), '600');
  });

  it('lend a token to one call at a time, with its name', async () => {
    const what = { kind: 'session', room: 'demo', name: 'Web User', role: 'guest', ttlMs: 60_000 } as const;
    const { token } = rig.tokens.issue(what);
    const first = await rig.call('demo', 'Somebody');
    await first.invite(describePeer(), [`${roomTokenHeader}: ${token}`]);
    const [one] = rig.room('demo').describe().participants;
    assert.deepEqual([one?.name, one?.role], ['Web User', 'guest']);
    assert.equal(rig.tokens.claim(token), null);
    await first.bye();
    await waitUntil(() => rig.room('demo').size === 0, 2000);
    const { grant } = { grant: rig.tokens.claim(token) };
    assert.ok(grant);
    rig.tokens.unclaim(grant.id);
  });
});

describe('silence', () => {
  let rig: SipRig;
  before(async () => (rig = await startSipRig()));
  after(() => rig.close());
  afterEach(() => rig.nothingLeft());

  const silent = (...ends: string[]): void => {
    for (const end of ends) rig.plane.line(end).events.emit('silent', { ms: 15_000 });
  };

  it('ends a call whose lines are all silent, and frees its floor', async () => {
    const call = await rig.call('demo');
    await call.invite(describePeer({ content: 'sendrecv', floor: 'UDP' }));
    const room = rig.room('demo');
    room.requestFloor(1);
    rig.clock.skip(15_001);
    silent('/audio', '/video');
    assert.equal(room.size, 1);
    silent('/content');
    assert.equal(room.size, 0);
    assert.equal(room.describe().floor.holder, null);
    const bye = await call.request('BYE');
    assert.match(bye.message.headers.get('reason') ?? '', /cause=102/);
    call.peer.answer(bye, '200 OK');
  });

  it('does not count lines on hold or lines that the peer only listens to', async () => {
    const held = await rig.call('demo');
    await held.invite(describePeer({ audio: 'inactive', video: 'inactive' }));
    silent('/audio', '/video');
    assert.equal(rig.room('demo').size, 1);
    await held.bye();
    await waitUntil(() => rig.room('demo').size === 0, 2000);
    const listener = await rig.call('demo');
    await listener.invite(describePeer({ video: 'recvonly' }));
    silent('/audio');
    assert.equal(rig.room('demo').size, 0);
    listener.peer.answer(await listener.request('BYE'), '200 OK');
  });

  it('waits for floor control to be silent too, and takes life back', async () => {
    const call = await rig.call('demo');
    await call.invite(describePeer({ floor: 'UDP' }));
    silent('/audio', '/video');
    assert.equal(rig.room('demo').size, 1, 'floor control was heard just now');
    rig.plane.line('/audio').events.emit('alive', undefined);
    rig.clock.skip(16_000);
    assert.equal(rig.room('demo').size, 1);
    silent('/audio');
    assert.equal(rig.room('demo').size, 0);
    call.peer.answer(await call.request('BYE'), '200 OK');
  });
});
