import assert from 'node:assert/strict';
import { holdsTone } from '../../../scripts/endpoint/audio/spectrum.js';
import { startEndpoint, type Endpoint } from '../../../scripts/endpoint/endpoint.js';
import { listenForCalls, type AnsweringEndpoint, type ListenOptions } from '../../../scripts/endpoint/listen.js';
import { openEngine } from '../../../scripts/endpoint/sip/engine.js';
import { ffmpegPresent } from '../../../scripts/endpoint/view/decoder.js';
import { systemClock } from '../../../src/base/clock.js';
import { waitUntil } from '../../support/wait.js';

describe('test endpoint that is called', () => {
  let answering: AnsweringEndpoint | null = null;
  let caller: Endpoint | null = null;
  const listen = async (options: ListenOptions = {}): Promise<AnsweringEndpoint> =>
    (answering = await listenForCalls({ name: 'Called', ...options }));

  before(function () {
    if (!ffmpegPresent()) this.skip();
  });
  afterEach(async () => {
    await caller?.hangup();
    await answering?.close();
    answering = caller = null;
  });

  for (const transport of ['udp', 'tcp'] as const) {
    it(`over ${transport} hears, sees, and is over when the caller hangs up`, async () => {
      const { uri, call } = await listen({ audio: 'tone:700' });
      caller = await startEndpoint({ uri: uri(transport), name: 'Caller' });
      const called = await call();
      await called.waitFor((s) => holdsTone(s.heard.tones, 440) && s.main.from === 'CALLER', 5000);
      await caller.waitFor((s) => holdsTone(s.heard.tones, 700) && s.main.from === 'CALLED', 5000);
      await caller.hold(true);
      await caller.hold(false);
      await caller.hangup();
      assert.match((await called.over).reason, /hung up/);
    });
  }

  it('takes one call at a time, and another afterwards', async () => {
    const { uri, call, calls } = await listen();
    caller = await startEndpoint({ uri: uri(), name: 'First' });
    await assert.rejects(startEndpoint({ uri: uri(), name: 'Second' }), /486/);
    await (await call()).hangup();
    await waitUntil(() => caller?.state.phase === 'ended', 2000);
    caller = await startEndpoint({ uri: uri(), name: 'Third' });
    await (await call()).waitFor(({ main }) => main.from === 'THIRD', 5000);
    assert.equal(calls.length, 2);
  });

  for (const [vendor, taken] of [
    ['generic', ['audio', 'video', 'application', 'video']],
    ['poly', ['audio', 'video', 'application', 'video']],
    ['aver', ['audio', 'video', 'application', 'video']],
    ['webex', ['audio', 'application', 'video']],
    ['cisco-dx80', ['audio', 'video']],
    ['phone', ['audio']],
  ] as const) {
    it(`takes of an offer what a ${vendor} has`, async () => {
      const { uri } = await listen({ vendor });
      caller = await startEndpoint({ uri: uri(), name: 'Caller' });
      const { remote } = caller.descriptions;
      assert.deepEqual(
        [...remote.matchAll(/^m=(\w+) [1-9]/gm)].map(([, media]) => media),
        taken,
      );
    });
  }

  it('refuses a call with a description that is none', async () => {
    const { uri } = await listen();
    const engine = await openEngine({ bind: '127.0.0.1', transport: 'udp', clock: systemClock });
    try {
      const call = engine.srf.createUAC(uri(), { localSdp: 'nothing', headers: { 'Content-Type': 'application/sdp' } });
      await assert.rejects(call, { status: 400 });
    } finally {
      await engine.close();
    }
  });
});
