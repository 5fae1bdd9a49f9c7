import assert from 'node:assert/strict';
import { holdsTone } from '../../scripts/endpoint/audio/spectrum.js';
import { startEndpoint, type Endpoint } from '../../scripts/endpoint/endpoint.js';
import { listenForCalls, type AnsweringEndpoint } from '../../scripts/endpoint/listen.js';
import { noOutgoing } from '../../src/outgoing.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { withTrunk } from './support/trunk.js';
import { until } from './support/until.js';

const patience = 15_000;
const here = '127.0.0.1';
const tones = { near: 1000, far: 400 };

/** Both hear and see each other, then one shares to the other and back. */
async function meetAndShare(near: Endpoint, far: Endpoint, farName = 'FAR'): Promise<void> {
  await near.waitFor(({ heard }) => holdsTone(heard.tones, tones.far), patience, 'the near end to hear the far one');
  await far.waitFor(({ heard }) => holdsTone(heard.tones, tones.near), patience, 'the far end to hear the near one');
  await near.waitFor(({ main }) => main.from === 'FAR', patience, 'the near end to see the far one');
  await far.waitFor(({ main }) => main.from === 'NEAR', patience, 'the far end to see the near one');
  for (const [from, to] of [
    [far, near],
    [near, far],
    [far, near],
  ] as const) {
    const { received } = to.state.content;
    const holds = from === far ? farName : 'NEAR';
    assert.equal(await from.share(), 'granted');
    const sees = ({ content, holder }: Endpoint['state']): boolean =>
      content.from === from.name && content.kind === 'slides' && content.received > received && holder === holds;
    await to.waitFor(sees, patience, `${to.name} to see the slides of ${from.name}`);
    assert.equal(to.state.main.from, from.name);
    assert.notEqual(to.state.floor, 'granted');
  }
  assert.equal(await far.release(), 'released');
  await near.waitFor(({ holder }) => holder === null, patience, 'the floor to be free');
}

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
