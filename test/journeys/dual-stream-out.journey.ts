import assert from 'node:assert/strict';
import { startEndpoint, type Endpoint } from '../../scripts/endpoint/endpoint.js';
import { listenForCalls, type AnsweringEndpoint } from '../../scripts/endpoint/listen.js';
import { noOutgoing } from '../../src/outgoing.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { meetAndShare, patience, tones } from './support/meet-and-share.js';
import { withTrunk } from './support/trunk.js';
import { until } from './support/until.js';

const here = '127.0.0.1';
describe('a room system that is called', function () {
  this.timeout(60_000);
  let gateway: TestGateway;
  let near: Endpoint;
  let answering: AnsweringEndpoint;

  for (const vendor of ['generic', 'cisco', 'aver']) {
    describe(`by a room, a ${vendor} one`, () => {
      before(async () => {
        const outgoing = { ...noOutgoing, rules: { targets: [`*@${here}`], numbers: [] } };
        gateway = await startTestGateway({ change: (settings) => ({ ...settings, outgoing }) });
        answering = await listenForCalls({ name: 'FAR', vendor, audio: `tone:${tones.far}` });
        near = await startEndpoint({ uri: gateway.uri('demo'), name: 'NEAR', audio: `tone:${tones.near}` });
      });
      after(async () => {
        await answering?.close();
        await near?.hangup();
        await gateway?.close();
      });

      it('hears, sees, shows and is shown', async () => {
        const { rooms, dialOut } = gateway.gateway.core;
        dialOut.call(rooms.open('demo'), { to: answering.uri(), name: 'FAR' });
        const far = await answering.call();
        await meetAndShare(near, far);
        await far.hangup();
        await until('the room to be left', patience, () => rooms.open('demo').size === 1 || null);
      });
    });
  }

  describe('by a caller through a trunk', () => {
    before(async () => {
      answering = await listenForCalls({ name: 'FAR', audio: `tone:${tones.far}` });
      const port = Number(/:(\d+)$/.exec(answering.uri())?.[1]);
      gateway = await startTestGateway({ change: withTrunk(port) });
      const bind = '127.0.0.2';
      near = await startEndpoint({ uri: gateway.uri('94930'), name: 'NEAR', bind, audio: `tone:${tones.near}` });
    });
    after(async () => {
      await answering?.close();
      await near?.hangup();
      await gateway?.close();
    });

    it('hears, sees, shows and is shown', async () => {
      await meetAndShare(near, await answering.call(), '4930');
    });

    it('is not reached from outside the trusted networks', async () => {
      // 127.0.0.1 is where the trunk's server is
      const stranger = { uri: gateway.uri('94931'), name: 'OTHER', bind: '127.0.0.4' };
      await assert.rejects(startEndpoint(stranger), /403/);
      assert.equal(answering.calls.length, 1);
    });

    it('is hung up on with its caller', async () => {
      const far = await answering.call();
      await near.hangup();
      await far.over;
      assert.equal(gateway.gateway.core.sip.size, 0);
    });
  });
});
