import assert from 'node:assert/strict';
import { DialOut } from '../../../src/rooms/dial-out.js';
import { BadTarget, LoopDetected, TargetNotAllowed, DialFailed } from '../../../src/rooms/dialer.js';
import { readH323Target } from '../../../src/legs/h323/dial-target.js';
import { silentLog } from '../../../src/base/log.js';
import { settle, startH323Rig, type H323Rig, type Peer } from '../../support/h323-rig.js';

describe('a room calls by H.323', () => {
  let rig: H323Rig;
  let peer: Peer;
  let failed: string[];
  let ringing: boolean[];
  beforeEach(async () => {
    rig = await startH323Rig();
    peer = await rig.peer();
    const room = rig.room('demo');
    failed = [];
    ringing = [];
    room.on.on('participantFailed', ({ status, reason }) => failed.push(`${status} ${reason}`));
    room.on.on('participantRinging', (one) => ringing.push(one.ringing));
  });
  afterEach(() => rig.nothingLeft());

  const call = async (to = `h323:board@127.0.0.1:${peer.port}`): Promise<number> => {
    const { clock, metrics, dialer } = rig;
    const dialOut = new DialOut({ dialers: [dialer], clock, log: silentLog, metrics, perRoom: 5 });
    const id = dialOut.call(rig.room('demo'), { to });
    await settle(clock);
    return id;
  };

  it('rings, is answered, and has media like a call that came in', async () => {
    const id = await call();
    assert.deepEqual(ringing, [false, true]);
    assert.equal(peer.call?.called.aliases[0]?.['h323-ID'], 'board');
    assert.equal(peer.call?.peer.display, 'demo');
    assert.equal(peer.call?.bearerKbps, 1920);
    await peer.answer();
    await peer.send('audio');
    await peer.send('video');
    const [one] = rig.room('demo').describe().participants;
    assert.deepEqual([one?.id, one?.audio, one?.video], [id, true, true]);
    assert.deepEqual(peer.channels('in'), ['audio 1', 'video 2']);
    assert.equal(rig.legs('demo')[0]?.dialledOut, true);
    await peer.hangUp();
    assert.equal(rig.room('demo').size, 0);
  });

  it('is refused, not answered, or given up, and says why', async () => {
    await call();
    peer.call?.release({ cause: 17 });
    await settle(rig.clock);
    await call();
    await settle(rig.clock, 60_000);
    assert.equal(peer.released?.cause, 19);
    const id = await call();
    await rig.room('demo').remove(id, 'a moderator');
    await settle(rig.clock);
    assert.equal(peer.released?.cause, 21);
    await call('h323:board@127.0.0.7:1');
    await settle(rig.clock, 11_000);
    assert.deepEqual(
      failed.map((words) => words.slice(0, 3)),
      ['486', '408', '487', '503'],
    );
    assert.equal(rig.room('demo').size, 0);
  });

  it('hangs up a device that answers when the room has no place any more', async () => {
    const full = await startH323Rig({ capacity: 1 });
    const other = await full.peer();
    const room = full.room('demo');
    const { clock, metrics, dialer } = full;
    const dialOut = new DialOut({ dialers: [dialer], clock, log: silentLog, metrics, perRoom: 5 });
    dialOut.call(room, { to: `h323:127.0.0.1:${other.port}` });
    await settle(clock);
    await (await full.peer()).dial('demo');
    await other.answer();
    assert.ok(other.released);
    assert.equal(room.size, 1);
    await full.nothingLeft();
  });
});

describe('targets of calls by H.323', () => {
  const rules = {
    targets: ['*@rooms.example.org', '192.0.2.*', 'mcu@[2001:db8::7]:1800'],
    isOwn: (host: string, port: number | null) => host === '192.0.2.1' && (port === null || port === 1720),
  };

  for (const [text, target] of [
    ['h323:board@rooms.example.org', { user: 'board', host: 'rooms.example.org', port: 1720 }],
    ['H323:4711@ROOMS.example.org', { user: '4711', host: 'rooms.example.org', port: 1720 }],
    ['h323:192.0.2.9:1721', { user: null, host: '192.0.2.9', port: 1721 }],
    ['h323:mcu@[2001:db8::7]:1800', { user: 'mcu', host: '2001:db8::7', port: 1800 }],
    ['h323:room%20one@rooms.example.org', { user: 'room one', host: 'rooms.example.org', port: 1720 }],
  ] as const) {
    it(`${text} is called`, () => assert.deepEqual(readH323Target(text, rules), { kind: 'address', ...target }));
  }

  for (const [text, error] of [
    ['h323:board@elsewhere.example.org', TargetNotAllowed],
    ['h323:mcu@[2001:db8::7]', TargetNotAllowed],
    ['h323:192.0.2.1', LoopDetected],
    ['h323:board@192.0.2.9;gateway=198.51.100.1', BadTarget],
    ['h323:a@b@rooms.example.org:99999', BadTarget],
    ['h323:board@', BadTarget],
    ['h323:', BadTarget],
    ['h323:b<oard@rooms.example.org', BadTarget],
    ['h323:%zz@rooms.example.org', BadTarget],
    ['h323:board@[::zz]', BadTarget],
    ['sip:board@rooms.example.org', BadTarget],
    ['h323:1002', DialFailed],
  ] as const) {
    it(`${text} is refused: ${error.name}`, () => assert.throws(() => readH323Target(text, rules), error));
  }
});
