import assert from 'node:assert/strict';
import { startEndpoint, type Endpoint } from '../../scripts/endpoint/endpoint.js';
import { listenForCalls, type AnsweringEndpoint } from '../../scripts/endpoint/listen.js';
import { engineElsewhere } from '../support/engine-elsewhere.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { holdAndResume, meetAndShare, patience, tones } from './support/meet-and-share.js';
import { sendingOn } from './support/sending-on.js';
import { until } from './support/until.js';

const here = '127.0.0.1';

describe('a call through the gateway', function () {
  this.timeout(60_000);
  let gateway: TestGateway;
  let near: Endpoint;
  let answering: AnsweringEndpoint;

  before(function () {
    if (engineElsewhere()) this.skip();
  });

  for (const [from, to] of [
    ['sip', 'h323'],
    ['h323', 'sip'],
    ['h323', 'h323'],
  ] as const) {
    describe(`from ${from} to ${to}`, () => {
      before(async () => {
        answering = await listenForCalls({ name: 'FAR', protocol: to, audio: `tone:${tones.far}` });
        gateway = await startTestGateway({ change: sendingOn(() => answering.uri()) });
        const [h323] = gateway.gateway.core.h323?.listening ?? [];
        const uri = from === 'sip' ? gateway.uri('far') : `h323:far@${here}:${h323?.port ?? 0}`;
        near = await startEndpoint({ uri, name: 'NEAR', audio: `tone:${tones.near}` });
      });
      after(async () => {
        await near?.hangup();
        await answering?.close();
        await gateway?.close();
      });

      it('is heard, seen, shows and is shown', async () => {
        await meetAndShare(near, await answering.call(), null, null);
      });

      it('is put on hold by either side, and goes on with sound, pictures and slides', async () => {
        const far = await answering.call();
        await holdAndResume(near, far, near);
        await holdAndResume(far, near, near);
      });

      it('needs no mixer, and ends on both sides', async () => {
        const { core } = gateway.gateway;
        const sounds = core.plane.chains().filter((chain) => chain.includes('/audio'));
        assert.equal(sounds.length, 2, core.plane.chains().join('\n'));
        const far = await answering.call();
        await near.hangup();
        await far.over;
        await until(
          'both calls to be gone',
          patience,
          () => core.sip.load + (core.h323?.gateway.load ?? 0) === 0 || null,
        );
        assert.deepEqual(core.plane.chains(), []);
      });
    });
  }
});
