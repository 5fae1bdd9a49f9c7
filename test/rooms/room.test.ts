import assert from 'node:assert/strict';
import { NoSuchParticipant, NotConfirmed, RoomClosed, RoomFull, RoomLocked } from '../../src/rooms/errors.js';
import { FakeLeg } from '../support/fakes/fake-leg.js';
import { fakeRoom, record, turn } from '../support/fakes/rooms.js';

const single = { floor: false, can: { content: 'in-main', renegotiate: false } } as const;

describe('rooms/room', () => {
  it('shows two legs to each other and tells who came and went', async () => {
    const { room, plane, bridge, clock } = fakeRoom();
    const events = record(room);
    const [a, b] = [new FakeLeg({ name: 'a' }), new FakeLeg({ name: 'b' })];
    room.join(a);
    room.join(b);
    const chains = [`${a.id}/video -> ${b.id}/video`, `${b.id}/video -> ${a.id}/video`];
    assert.deepEqual(plane.chains(), chains.sort());
    await turn();
    assert.equal(bridge.conferences.get('demo')?.members.size, 2);
    a.hangUp();
    assert.deepEqual(plane.chains(), []);
    b.hangUp({ kind: 'failed', why: 'gone' });
    await turn();
    assert.deepEqual(
      events,
      ['participantJoined a', 'participantJoined b', '1 left', '2 failed: gone'].map((line, index) =>
        index > 1 ? `participantLeft ${line}` : line,
      ),
    );
    assert.equal(bridge.conferences.size, 0, 'the empty conference is closed');
    assert.equal(clock.pending, 0);
    assert.equal(a.events.size + b.events.size, 0, 'no listener is left on the legs');
  });

  it('follows the active speaker; the speaker sees the one before', async () => {
    const { room, plane, bridge } = fakeRoom();
    const legs = [new FakeLeg(), new FakeLeg(), new FakeLeg()] as const;
    for (const leg of legs) room.join(leg);
    await turn();
    const events = bridge.conferences.get('demo')?.events;
    events?.emit('active', { member: legs[1].id });
    events?.emit('active', { member: legs[2].id });
    const [a, b, c] = legs.map((leg) => leg.id);
    const chains = [`${b}/video -> ${c}/video`, `${c}/video -> ${a}/video`, `${c}/video -> ${b}/video`];
    assert.deepEqual(plane.chains(), chains.sort());
    const before = plane.calls;
    events?.emit('active', { member: legs[2].id });
    events?.emit('active', { member: null });
    assert.equal(plane.calls, before, 'only differences reach the plane');
    assert.equal(room.describe().speaker, 3);
  });

  it('tells floor effects in order: revoked, granted, then the holder to all', async () => {
    const { room } = fakeRoom();
    const [a, b] = [new FakeLeg({ name: 'a' }), new FakeLeg({ name: 'b' })];
    const [pa, pb] = [room.join(a), room.join(b)];
    assert.equal(pa.desk.request().state, 'granted');
    await turn();
    a.floor!.heard.length = 0;
    const ticket = pb.desk.request('slides');
    assert.deepEqual([ticket.state, ticket.info], ['granted', 'slides']);
    assert.deepEqual(a.floor!.heard, ['revoked 1'], 'revoked before the request was answered');
    assert.deepEqual(b.floor!.heard, ['holder a'], 'its own answer is the return value');
    await turn();
    assert.deepEqual(a.floor!.heard, ['revoked 1', 'holder b']);
    assert.deepEqual(b.floor!.heard, ['holder a', 'holder b']);
    assert.deepEqual(a.told, [{ presenting: true }, { presenting: false }]);
    assert.deepEqual(
      room.describe().participants.map((one) => one.presenting),
      [false, true],
    );
  });

  it('routes content to content lines, into the main picture, and back again', () => {
    const { room, plane } = fakeRoom();
    const presenter = new FakeLeg({ content: 'sendrecv' });
    const dual = new FakeLeg({ content: 'sendrecv' });
    const weak = new FakeLeg(single);
    const p = room.join(presenter);
    room.join(dual);
    room.join(weak);
    const ticket = p.desk.request();
    assert.deepEqual(
      plane.chains(),
      [
        `${dual.id}/video -> ${presenter.id}/video`,
        `${presenter.id}/content -> ${dual.id}/content`,
        `${presenter.id}/content -> ${weak.id}/video`,
        `${presenter.id}/video -> ${dual.id}/video`,
      ].sort(),
    );
    assert.deepEqual(room.describe().participants[2]?.sees, {
      main: { from: 1, what: 'content', low: false },
      content: null,
    });
    p.desk.release(ticket.id);
    assert.ok(plane.chains().includes(`${presenter.id}/video -> ${weak.id}/video`));
    assert.ok(!plane.chains().some((chain) => chain.includes('content')));
    assert.equal(weak.opened, 0);
  });

  it('tells a presenter by its own signalling what it may send, where it takes no RTCP for it', () => {
    const { room } = fakeRoom();
    const leg = new FakeLeg({ content: 'sendrecv' });
    room.join(leg);
    leg.at('content').events.emit('rateWanted', { kbps: 1200 });
    leg.at('video').events.emit('rateWanted', { kbps: 900 });
    assert.deepEqual(leg.limits, ['content 1200'], 'cameras are left alone');
    const paced = new FakeLeg({ content: 'sendrecv', can: { paces: true } });
    room.join(paced);
    paced.at('content').events.emit('rateWanted', { kbps: 1200 });
    paced.at('video').events.emit('rateWanted', { kbps: 900 });
    assert.deepEqual(paced.limits, ['content 1200', 'video 900']);
  });

  it('opens a content line where there is none, and puts content into the main picture when refused', async () => {
    const { room, plane } = fakeRoom();
    const presenter = new FakeLeg({ content: 'sendrecv' });
    const willing = new FakeLeg();
    const refusing = new FakeLeg({ opens: 'no' });
    const p = room.join(presenter);
    room.join(willing);
    room.join(refusing);
    p.desk.request();
    assert.ok(plane.chains().includes(`${presenter.id}/video -> ${refusing.id}/video`), 'the speaker stays meanwhile');
    await turn();
    assert.ok(plane.chains().includes(`${presenter.id}/content -> ${willing.id}/content`));
    assert.ok(plane.chains().includes(`${presenter.id}/content -> ${refusing.id}/video`));
    assert.deepEqual([willing.opened, refusing.opened], [1, 1], 'no retry in a loop');
  });

  it('does not wait for ever for a content line', async () => {
    const { room, plane, clock } = fakeRoom();
    const presenter = new FakeLeg({ content: 'sendrecv' });
    const slow = new FakeLeg({ opens: 'never' });
    const p = room.join(presenter);
    room.join(slow);
    p.desk.request();
    await turn();
    clock.advance(4000);
    await turn();
    assert.ok(plane.chains().includes(`${presenter.id}/content -> ${slow.id}/video`));
    slow.add('content', 'sendonly');
    assert.ok(plane.chains().includes(`${presenter.id}/content -> ${slow.id}/content`), 'it came in the end');
    assert.equal(slow.opened, 1);
  });

  it('falls back when the opened line does not come to life, without asking again', async () => {
    const { room, plane } = fakeRoom();
    const presenter = new FakeLeg({ content: 'sendrecv' });
    const odd = new FakeLeg({ content: 'inactive', opens: 'yes' });
    odd.open = function (this: FakeLeg) {
      this.opened++;
      return Promise.resolve(this.at('content'));
    };
    const p = room.join(presenter);
    room.join(odd);
    p.desk.request();
    await turn();
    await turn();
    assert.equal(odd.opened, 1);
    assert.ok(plane.chains().includes(`${presenter.id}/content -> ${odd.id}/video`));
  });

  it('shows content when the presenter adds its line after the grant', async () => {
    const { room, plane } = fakeRoom();
    const presenter = new FakeLeg();
    const other = new FakeLeg({ content: 'sendrecv' });
    const p = room.join(presenter);
    room.join(other);
    p.desk.request();
    await turn();
    presenter.drop('content');
    assert.ok(!plane.chains().some((chain) => chain.includes('content')));
    presenter.add('content', 'recvonly');
    assert.ok(plane.chains().includes(`${presenter.id}/content -> ${other.id}/content`));
  });

  it('frees floor and seat at once when the presenter vanishes', async () => {
    const { room, plane } = fakeRoom();
    const a = new FakeLeg({ name: 'a', content: 'sendrecv' });
    const b = new FakeLeg({ name: 'b', content: 'sendrecv' });
    const pa = room.join(a);
    room.join(b);
    pa.desk.request();
    await turn();
    a.hangUp({ kind: 'silent', ms: 15000 });
    assert.equal(room.describe().floor.holder, null);
    assert.deepEqual(plane.chains(), []);
    await turn();
    assert.equal(b.floor!.heard.at(-1), 'holder nobody');
    assert.equal(pa.desk.request().state, 'denied', 'the desk of somebody who left is dead');
    assert.equal(room.describe().floor.holder, null);
  });

  it('passes keyframe wishes both ways', () => {
    const { room } = fakeRoom();
    const [a, b] = [new FakeLeg(), new FakeLeg()];
    room.join(a);
    room.join(b);
    a.events.emit('refresh', { line: 'video' });
    assert.equal(b.at('video').refreshed, 1);
    b.at('video').events.emit('keyframeWanted', undefined);
    assert.deepEqual(b.asked, ['video']);
  });

  it('does not show a camera that fell silent', () => {
    const { room, plane } = fakeRoom();
    const legs = [new FakeLeg(), new FakeLeg(), new FakeLeg()] as const;
    for (const leg of legs) room.join(leg);
    legs[0].at('video').events.emit('silent', { ms: 15000 });
    assert.ok(plane.chains().includes(`${legs[1].id}/video -> ${legs[2].id}/video`));
    legs[0].at('video').events.emit('alive', undefined);
    assert.ok(plane.chains().includes(`${legs[0].id}/video -> ${legs[2].id}/video`));
  });

  it('mutes when the bridge confirms, whoever began it', async () => {
    const { room, bridge } = fakeRoom();
    const leg = new FakeLeg();
    room.join(leg);
    await room.mute(1, true);
    assert.equal(room.describe().participants[0]?.muted, true);
    assert.deepEqual(leg.told, [{ muted: true, mutedBy: null }]);
    const state = { id: leg.id, muted: false, deaf: false, gainDb: 0 };
    bridge.conferences.get('demo')?.events.emit('member', { ...state, by: 'keypad' });
    assert.equal(room.describe().participants[0]?.muted, false);
    assert.equal(room.describe().participants[0]?.mutedBy, 'keypad');
    await assert.rejects(room.mute(7, true), NoSuchParticipant);
  });

  it('says who muted, once for each change: who asked, who pressed a key, or nobody known', async () => {
    const { room, bridge } = fakeRoom();
    const leg = new FakeLeg();
    const one = room.join(leg);
    await turn();
    const told: string[] = [];
    room.on.on('participantChanged', ({ muted, mutedBy }) => told.push(`${muted} ${mutedBy}`));
    await room.mute(1, true, 'Mona');
    await room.mute(1, true, 'Else');
    leg.events.emit('digits', { digit: '5', durationMs: null });
    const conference = bridge.conferences.get('demo');
    const state = { id: leg.id, deaf: false, gainDb: 0 };
    conference?.events.emit('member', { ...state, muted: false, by: leg.id });
    conference?.events.emit('member', { ...state, muted: true, by: 'console' });
    await room.mute(1, false);
    assert.deepEqual(told, ['true Mona', `false ${one.name}`, 'true console', 'false null']);
    const seen = leg.told.map(({ muted, mutedBy }) => `${muted} ${mutedBy}`);
    assert.deepEqual(seen, ['true Mona', 'false null', 'true console', 'false null'], 'and itself needs no name');
    assert.ok(conference?.log.includes('press 5'));
  });

  it('ends the call of who is put out at the audio bridge, and locks that too', async () => {
    const { room, bridge } = fakeRoom();
    room.lock(true);
    const leg = new FakeLeg();
    room.join(leg, { role: 'moderator' });
    await turn();
    const conference = bridge.conferences.get('demo');
    assert.deepEqual(conference?.log, ['lock', `join ${leg.id}/audio`]);
    room.lock(false);
    await turn();
    assert.equal(conference.log.at(-1), 'unlock');
    conference.events.emit('removed', { member: leg.id, by: 'console' });
    assert.equal(room.size, 0);
    assert.deepEqual(leg.ended, { kind: 'removed', by: 'console' });
  });

  it('keeps a mute when the audio line is replaced', async () => {
    const { room, bridge } = fakeRoom();
    const leg = new FakeLeg();
    room.join(leg);
    await room.mute(1, true);
    leg.add('audio', 'sendrecv');
    await turn();
    assert.equal(bridge.conferences.get('demo')?.members.get(leg.id)?.state.muted, true);
    assert.deepEqual(bridge.conferences.get('demo')?.log, [
      `join ${leg.id}/audio`,
      `leave ${leg.id}`,
      `join ${leg.id}/audio`,
    ]);
  });

  it('gives up on a bridge that does not confirm', async () => {
    const { room, bridge, clock } = fakeRoom();
    room.join(new FakeLeg());
    await turn();
    bridge.stuck = true;
    const muting = assert.rejects(room.mute(1, true), NotConfirmed);
    await turn();
    clock.advance(3000);
    await muting;
    assert.equal(room.describe().participants[0]?.muted, false);
    assert.equal(clock.pending, 0);
  });

  it('counts an audio bridge that refuses, lives on and tries again', async () => {
    const { room, bridge, metrics, clock } = fakeRoom();
    bridge.broken = true;
    room.join(new FakeLeg());
    await turn();
    assert.equal(metrics.counted('dualstream_room_failures_total', { what: 'audio_join' }), 1);
    assert.equal(room.size, 1);
    bridge.broken = false;
    clock.advance(2000);
    await turn();
    await room.mute(1, true);
    assert.equal(clock.pending, 0);
  });

  it('is full, locked and closed in words', async () => {
    const { room } = fakeRoom({ capacity: 2 });
    const events = record(room);
    const first = new FakeLeg();
    room.join(first);
    room.lock(true);
    assert.throws(() => room.join(new FakeLeg()), RoomLocked);
    room.join(new FakeLeg(), { role: 'moderator' });
    room.lock(false);
    assert.throws(() => room.join(new FakeLeg()), RoomFull);
    await room.close({ kind: 'shutdown' });
    assert.deepEqual(first.ended, { kind: 'shutdown' });
    assert.throws(() => room.join(new FakeLeg()), RoomClosed);
    assert.equal(events.at(-1), 'closed shutting down');
    assert.deepEqual(first.told, [{ locked: true }, { locked: false }]);
  });

  it('removes somebody: seat and floor first, then the call', async () => {
    const { room } = fakeRoom();
    const leg = new FakeLeg();
    room.join(leg).desk.request();
    const events = record(room);
    await room.remove(1, 'Ann');
    assert.deepEqual(leg.ended, { kind: 'removed', by: 'Ann' });
    assert.deepEqual(events, ['floor nobody', 'participantLeft 1 removed by Ann']);
  });

  it('survives legs that throw', () => {
    const { room, metrics } = fakeRoom();
    const [a, b] = [new FakeLeg(), new FakeLeg()];
    const [pa, pb] = [room.join(a), room.join(b)];
    a.floor!.onChanged = () => {
      throw new Error('broken');
    };
    pa.desk.request();
    assert.equal(pb.desk.request().state, 'granted');
    assert.equal(metrics.counted('dualstream_room_failures_total', { what: 'telling_a_leg' }), 1);
  });

  it('tells everybody of the holder, also when requests came in the same turn before', async () => {
    const { room } = fakeRoom({ policy: 'ask-moderator' });
    const [a, b] = [new FakeLeg({ name: 'a' }), new FakeLeg({ name: 'b' })];
    const [pa] = [room.join(a), room.join(b)];
    pa.desk.request();
    room.moderateFloor('grant', 'Ann');
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([a.floor!.heard, b.floor!.heard], [['granted 1', 'holder a'], ['holder a']]);
    assert.equal(b.floor!.queueMoves, 0);
  });

  it('moderates the floor', () => {
    const { room } = fakeRoom({ policy: 'ask-moderator' });
    const [a, b] = [new FakeLeg({ name: 'a' }), new FakeLeg({ name: 'b' })];
    const [pa, pb] = [room.join(a), room.join(b)];
    assert.equal(pa.desk.request().state, 'pending');
    assert.equal(room.requestFloor(pb.id).position, 2);
    room.moderateFloor('grant', 'Ann');
    assert.deepEqual(a.floor!.heard, ['granted 1']);
    assert.equal(room.describe().floor.waiting[0]?.name, 'b');
    room.moderateFloor('deny', 'Ann', 2);
    room.moderateFloor('revoke', 'Ann');
    assert.deepEqual(room.describe().floor, { policy: 'ask-moderator', holder: null, waiting: [] });
    assert.throws(() => room.moderateFloor('revoke', 'Ann'), { name: 'NoSuchTicket' });
  });

  it('queues who was accepted, and tells everybody what moved', async () => {
    const { room } = fakeRoom({ policy: 'ask-moderator' });
    const [a, b, c] = ['a', 'b', 'c'].map((name) => new FakeLeg({ name })) as [FakeLeg, FakeLeg, FakeLeg];
    const [pa, pb, pc] = [room.join(a, { role: 'moderator' }), room.join(b), room.join(c)];
    pa.desk.request();
    pb.desk.request();
    const { id } = pc.desk.request();
    assert.equal(pb.desk.chair, null);
    assert.equal(pa.desk.chair?.decide(id, 'accept')?.position, 1);
    room.moderateFloor('accept', 'Ann');
    assert.deepEqual(
      room.describe().floor.waiting.map(({ name, state, position }) => `${name} ${state} ${position}`),
      ['c accepted 1', 'b accepted 2'],
    );
    room.moderateFloor('revoke', 'Ann');
    assert.equal(room.describe().floor.holder?.name, 'c');
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(a.floor!.queueMoves, 0, 'one announcement for all that happened in a turn: the holder');
    const { chair } = pa.desk;
    pb.desk.release(room.describe().floor.waiting[0]?.id ?? 0);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(a.floor!.queueMoves, 1);
    room.release(pa.id);
    assert.equal(chair?.decide(room.describe().floor.holder?.id ?? 0, 'revoke'), null, 'who left decides nothing');
  });

  it('says who speaks and why a picture does not come', async () => {
    const { room, bridge } = fakeRoom();
    const leg = new FakeLeg();
    room.join(leg);
    await turn();
    const changes: string[] = [];
    room.on.on('participantChanged', (one) => changes.push(`${one.speaking} ${one.problems[0]?.reason ?? 'fine'}`));
    bridge.conferences.get('demo')?.events.emit('speaking', { members: [leg.id] });
    leg.at('video').events.emit('unforwardable', { reason: 'fragments' });
    leg.at('video').events.emit('unforwardable', { reason: null });
    assert.deepEqual(changes, ['true fine', 'true fragments', 'true fine']);
  });

  it('echoes: own picture, own conference', async () => {
    const { room, plane, bridge } = fakeRoom({ name: 'echo', mode: 'echo' });
    const [a, b] = [new FakeLeg(), new FakeLeg()];
    room.join(a);
    room.join(b);
    await turn();
    const chains = [`${a.id}/video -> ${a.id}/video`, `${b.id}/video -> ${b.id}/video`];
    assert.deepEqual(plane.chains(), chains.sort());
    assert.deepEqual([...bridge.conferences.keys()], ['echo-1', 'echo-2']);
    a.hangUp();
    b.hangUp();
    await turn();
    assert.equal(bridge.conferences.size, 0);
  });
});
