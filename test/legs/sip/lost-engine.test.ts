import assert from 'node:assert/strict';
import { describePeer } from '../../support/offers.js';
import { startSipRig } from '../../support/sip-rig.js';
import { waitUntil } from '../../support/wait.js';

describe('calls that are answered while the SIP engine is lost', () => {
  for (const late of [false, true]) {
    it(`leave nothing behind${late ? ', and are hung up when it tells of them after all' : ''}`, async () => {
      const rig = await startSipRig();
      const createUas = rig.signalling.createUAS.bind(rig.signalling);
      let tell: (() => void) | undefined;
      rig.signalling.createUAS = (request, response, options, callback) => {
        tell = () => createUas(request, response, options, callback);
      };
      const call = await rig.call('demo');
      call.send('INVITE', describePeer());
      await waitUntil(() => tell !== undefined, 2000);
      assert.deepEqual([rig.gateway.load, rig.room('demo').size], [1, 1]);
      rig.clock.skip(11_000);
      await waitUntil(() => rig.gateway.load === 0 && rig.room('demo').size === 0, 2000);
      if (late) {
        tell?.();
        await call.final('INVITE');
        call.ack();
        call.peer.answer(await call.request('BYE'), '200 OK');
      }
      await rig.nothingLeft();
      await rig.close();
    });
  }
});
