import assert from 'node:assert/strict';
import { holdsTone } from '../../../scripts/endpoint/audio/spectrum.js';
import { startEndpoint, type Endpoint } from '../../../scripts/endpoint/endpoint.js';
import { readTarget } from '../../../scripts/endpoint/h323/signalling.js';
import { listenForCalls, type AnsweringEndpoint, type ListenOptions } from '../../../scripts/endpoint/listen.js';
import type { EndpointOptions, H323Options } from '../../../scripts/endpoint/options.js';
import { ffmpegPresent } from '../../../scripts/endpoint/view/decoder.js';

/** Ways to begin: caller, callee. */
const ways: Record<string, readonly [H323Options, H323Options]> = {
  'slow and tunnelled': [{}, {}],
  'slow and separate': [{ h245: 'separate' }, {}],
  'tunnelled, which is refused': [{}, { h245: 'separate' }],
  'fast and tunnelled': [{ start: 'fast' }, { start: 'fast' }],
  'fast and separate': [{ start: 'fast', h245: 'separate' }, { start: 'fast' }],
  'fast, which is refused': [{ start: 'fast' }, {}],
  'with H.245 in the Setup': [{ early: 'h245Control' }, {}],
  'fast with H.245 beside it': [
    { start: 'fast', early: 'parallel' },
    { start: 'fast', terminalType: 60 },
  ],
};

/** Waits until packets of these lines come. */
async function receives(endpoint: Endpoint, ...lines: ('audio' | 'main' | 'content')[]): Promise<void> {
  const come = (line: string): boolean => (endpoint.figures[line] as { packetsIn: number }).packetsIn > 3;
  await endpoint.waitFor(() => lines.every(come), 5000, `packets on ${lines.join()}`);
}

describe('test endpoint by H.323', () => {
  let answering: AnsweringEndpoint | null = null;
  let caller: Endpoint | null = null;
  const listen = async (options: ListenOptions = {}): Promise<AnsweringEndpoint> =>
    (answering = await listenForCalls({ name: 'Called', protocol: 'h323', ...options }));
  const call = async (at: AnsweringEndpoint, options: Partial<EndpointOptions> = {}): Promise<Endpoint> =>
    (caller = await startEndpoint({ uri: at.uri(), name: 'Caller', ...options }));

  before(function () {
    if (!ffmpegPresent()) this.skip();
  });
  afterEach(async () => {
    await caller?.hangup();
    await answering?.close();
    answering = caller = null;
  });

  for (const [way, [ours, theirs]] of Object.entries(ways)) {
    it(`sends and shares both ways: ${way}`, async () => {
      const at = await listen({ h323: theirs, blind: true });
      const first = await call(at, { h323: ours, blind: true });
      const second = await at.call();
      const begun = first.events.find((e) => e.event === 'fast-start');
      const fast = ours.start === 'fast' && theirs.start === 'fast';
      assert.equal(begun?.channels, ours.start === 'fast' ? (fast ? 4 : 0) : undefined);
      await receives(second, 'audio', 'main');
      await receives(first, 'audio', 'main');
      await first.nextEvent((e) => e.event === 'floor-ready', 2000, 0);
      assert.equal(await first.share(), 'granted');
      await receives(second, 'content');
      assert.equal(second.state.holder, 'Caller');
      assert.equal(await second.share(), 'granted');
      await receives(first, 'content');
      assert.equal(first.state.floor, 'revoked');
      await first.hangup();
      assert.match((await second.over).reason, /hung up/);
    });
  }

  it('is heard and seen', async () => {
    const at = await listen({ audio: 'tone:700' });
    const first = await call(at, { vendor: 'single-nal' });
    const second = await at.call();
    await second.waitFor((s) => holdsTone(s.heard.tones, 440) && s.main.from === 'CALLER', 5000);
    await first.waitFor((s) => holdsTone(s.heard.tones, 700) && s.main.from === 'CALLED', 5000);
    assert.equal(await second.share(), 'granted');
    await first.waitFor(({ content }) => content.from === 'CALLED' && content.kind === 'slides', 5000);
    const { forms } = first.figures['main'] as { forms: Record<string, number> };
    assert.deepEqual([forms['stap'], forms['fu']], [0, 0]);
  });

  it('presses keys beside its sound too', async () => {
    const at = await listen();
    const first = await call(at, { h323: { keys: 'rtp' } });
    const second = await at.call();
    await receives(second, 'audio');
    await first.press('40#');
    const pressed = (): string[] => second.events.flatMap((e) => (e.event === 'keys' ? e.keys : []));
    await second.waitFor(() => pressed().length === 3, 5000, 'keys');
    assert.deepEqual(pressed(), ['4', '0', '#']);
    await second.waitFor((s) => holdsTone(s.heard.tones, 440), 5000, 'sound goes on');
  });

  it('presses keys, mutes, holds and asks for keyframes by H.245', async () => {
    const at = await listen();
    const first = await call(at);
    const second = await at.call();
    const from = second.events.length;
    await first.press('12#');
    first.mute(true);
    await second.nextEvent((e) => e.event === 'muted' && e.line === 'audio' && e.muted, 2000, from);
    const keys = second.events.flatMap((e) => (e.event === 'keys' ? e.keys : []));
    assert.deepEqual(keys, ['1', '2', '#']);
    second.keyframe();
    await first.nextEvent((e) => e.event === 'keyframe-request' && e.by === 'h245', 2000, 0);
    await second.hold(true);
    await first.nextEvent((e) => e.event === 'renegotiated' && e.audio === null && e.video === null, 2000, 0);
    const back = first.events.length;
    await second.hold(false);
    await first.nextEvent((e) => e.event === 'renegotiated' && e.audio !== null && e.video !== null, 2000, back);
    await first.take(128);
    await second.nextEvent((e) => e.event === 'limit' && e.kbps === 128, 2000, 0);
  });

  it('takes one call at a time, and is told who calls', async () => {
    const at = await listen();
    const first = await call(at);
    await assert.rejects(startEndpoint({ uri: at.uri(), name: 'Second' }), /17 inConf/);
    const second = await at.call();
    assert.ok(second.events.some((e) => e.event === 'called' && /^h323:Caller@127\.0\.0\.1:\d+$/.test(e.from)));
    await first.hangup();
    await second.over;
    await call(at);
  });

  it('goes on sending content where that is the kind of device', async () => {
    const at = await listen();
    const first = await call(at, { vendor: 'clings' });
    const second = await at.call();
    assert.equal(await first.share(), 'granted');
    await second.waitFor(({ content }) => content.from === 'CALLER', 5000);
    const sent = (): number => (first.figures['content'] as { packetsOut: number }).packetsOut;
    assert.equal(await second.share(), 'granted');
    await first.waitFor((s) => s.floor === 'revoked' && s.content.from === 'CALLED', 5000);
    const before = sent();
    await first.waitFor(() => sent() > before + 5, 3000);
    await first.release();
  });

  it('keeps the token where that is the kind of device, and has none without H.239', async () => {
    const at = await listen({ vendor: 'refuses' });
    const first = await call(at);
    const second = await at.call();
    assert.equal(await second.share(), 'granted');
    assert.equal(await first.share(), 'denied');
    await first.hangup();
    await second.over;
    const third = await call(at, { vendor: 'single-stream' });
    await assert.rejects(third.share(), /no floor control/);
  });
});

describe('H.323 addresses', () => {
  for (const [uri, alias, host, port] of [
    ['h323:demo@127.0.0.1', 'demo', '127.0.0.1', 1720],
    ['h323:demo@127.0.0.1:1721', 'demo', '127.0.0.1', 1721],
    ['h323:127.0.0.1', null, '127.0.0.1', 1720],
    ['h323:a%20b@[::1]:99', 'a b', '::1', 99],
    ['h323:1002', '1002', null, 1720],
  ] as const) {
    it(`are read: ${uri}`, () => assert.deepEqual(readTarget(uri), { alias, host, port }));
  }
});
