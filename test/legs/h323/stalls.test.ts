import assert from 'node:assert/strict';
import { silentLog } from '../../../src/base/log.js';
import { transportOf } from '../../../src/protocol/h323/addresses.js';
import { DialOut } from '../../../src/rooms/dial-out.js';
import { settle, startH323Rig, type H323Rig } from '../../support/h323-rig.js';

describe('H.323 devices that stall, or want to be elsewhere', () => {
  let rig: H323Rig;
  let failed: number[];
  beforeEach(async () => {
    rig = await startH323Rig();
    failed = [];
    rig.room('demo').on.on('participantFailed', ({ status }) => failed.push(status));
  });
  afterEach(() => rig.nothingLeft());

  const call = async (port: number): Promise<void> => {
    const { clock, metrics, dialer } = rig;
    const dialOut = new DialOut({ dialers: [dialer], clock, log: silentLog, metrics, perRoom: 5 });
    dialOut.call(rig.room('demo'), { to: `h323:board@127.0.0.1:${port}` });
    await settle(clock);
  };

  it('one that never speaks H.245 is let go after its time (T101)', async () => {
    const peer = await (await rig.peer({ noControl: true })).dial('meeting');
    await settle(rig.clock, 29_000);
    assert.equal(peer.released, null);
    await settle(rig.clock, 2000);
    assert.ok(peer.released);
    assert.equal(rig.room('meeting').size, 0);
  });

  it('one that answers no channel keeps what it sends itself', async () => {
    const peer = await (await rig.peer({ ignoresChannels: true })).dial('meeting');
    await peer.send('audio');
    // ours run out (T103), or are refused by then
    await settle(rig.clock, 40_000);
    assert.equal(peer.released, null);
    const [leg] = rig.legs('meeting');
    assert.equal(leg!.lines.audio?.params?.direction, 'recvonly');
    assert.deepEqual(leg!.lineProblems.map(({ line }) => line).sort(), ['audio', 'video']);
  });

  it('one that takes the connection and says nothing is given up (T303)', async () => {
    const listener = await rig.net.listen({ address: '127.0.0.1', port: 2720 }, { type: 'tcp' }, () => undefined);
    await call(2720);
    await settle(rig.clock, 9000);
    assert.deepEqual(failed, []);
    await settle(rig.clock, 1000);
    assert.deepEqual(failed, [408]);
    listener.dispose();
  });

  it('nobody is followed elsewhere: before the answer the call has failed, in a call it goes on', async () => {
    const elsewhere = { alternativeAddress: transportOf({ address: '192.0.2.7', port: 1720 }) };
    const peer = await rig.peer();
    await call(peer.port);
    peer.call?.facility({ facility: { reason: { callForwarded: true }, ...elsewhere } });
    await settle(rig.clock);
    assert.deepEqual(failed.length, 1);
    assert.ok(peer.released);

    await call(peer.port);
    await peer.answer();
    await peer.send('audio');
    for (const reason of [{ callForwarded: true }, { routeCallToMC: true }] as const) {
      peer.call?.facility({ facility: { reason, ...elsewhere } });
      await settle(rig.clock);
    }
    assert.equal(peer.released, null);
    assert.equal(rig.legs('demo')[0]?.lines.audio?.params?.direction, 'sendrecv');
  });

  it('callers that keep a connection for several calls have each of them', async () => {
    const peer = await rig.peer();
    await peer.dial('meeting', { setup: { multipleCalls: true, maintainConnection: true } });
    await peer.send('audio');
    assert.equal(rig.legs('meeting')[0]?.lines.audio?.params?.direction, 'sendrecv');
    await peer.hangUp();
    await peer.dial('meeting', { setup: { multipleCalls: true, maintainConnection: true } });
    await peer.send('audio');
    assert.equal(rig.room('meeting').size, 1);
  });
});
