import assert from 'node:assert/strict';
import { silentLog } from '../../../src/base/log.js';
import { peerInfoOf } from '../../../src/legs/h323/peer-info.js';
import { DialOut } from '../../../src/rooms/dial-out.js';
import { settle, startH323Rig, type H323Rig } from '../../support/h323-rig.js';

describe('an H.323 gateway that closes', () => {
  let rig: H323Rig;
  const begin = async (fastStart = false): Promise<void> => {
    rig = await startH323Rig({ start: { fastStart, tunnelling: true, earlyH245: false } });
  };
  const shut = async (): Promise<void> => {
    const closed = rig.gateway.close();
    await settle(rig.clock, 6000);
    await closed;
  };
  afterEach(() => rig.nothingLeft());

  it('ends a call that is answered in this moment, like the others', async () => {
    await begin();
    const peer = await rig.peer();
    const call = rig.endpoint.dial({ address: '127.0.0.1', port: peer.port }, { source: [], destination: [] });
    const leg = rig.gateway.legOf(call, peerInfoOf(call, null), { keys: null });
    const why: string[] = [];
    leg.on.on('ended', ({ reason }) => why.push(reason.kind));
    const closing = rig.gateway.close();
    rig.gateway.keep(leg);
    assert.deepEqual([why, rig.gateway.size], [['shutdown'], 0]);
    await settle(rig.clock, 6000);
    await closing;
  });

  for (const fastStart of [false, true]) {
    it(`calls nobody any more, also where a call ${fastStart ? 'waits for its ports' : 'is about to begin'}`, async () => {
      await begin(fastStart);
      const peer = await rig.peer();
      const { clock, metrics, dialer } = rig;
      const dialOut = new DialOut({ dialers: [dialer], clock, log: silentLog, metrics, perRoom: 5 });
      const room = rig.room('demo');
      const failed: string[] = [];
      room.on.on('participantFailed', ({ status }) => failed.push(`${status}`));
      if (fastStart) dialOut.call(room, { to: `h323:board@127.0.0.1:${peer.port}` });
      const closed = shut();
      if (!fastStart) dialOut.call(room, { to: `h323:board@127.0.0.1:${peer.port}` });
      await closed;
      assert.deepEqual([peer.call === null, rig.endpoint.calls.size, failed], [true, 0, ['503']]);
    });
  }
});
