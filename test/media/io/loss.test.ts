import assert from 'node:assert/strict';
import type { LineParams } from '../../../src/media/plane.js';
import { seeded } from '../../support/seeded.js';
import { decodePictures, encodeClip } from '../support/clip.js';
import { ClipSender, longestFreeze, lossyWay, PatientReceiver, unwrapped } from '../support/lossy-peers.js';
import { EngineBench, type Sent } from './engine-bench.js';
import { h264 } from './peer.js';

const fps = 15;
const seconds = 20;
const delayMs = 30;
const able = { pli: true, fir: false, nack: true, remb: false };
const unable = { ...able, nack: false };

interface Figures {
  /** Of the pictures sent, those that a decoder showed. */
  share: number;
  freezeMs: number;
  keyframesAsked: number;
  nacksUp: number;
  complaints: string;
}

/** Real pictures through the switch, with loss on both ways of both hops. */
describe('content over lossy networks', function () {
  this.timeout(60_000);
  let clip: Buffer[][];
  before(() => (clip = encodeClip({ fps, kbps: 1500 })));

  async function run(
    loss: number,
    source: LineParams['feedback'],
    sink: LineParams['feedback'],
    rtx = false,
  ): Promise<Figures> {
    const bench = new EngineBench();
    const numbers = [{ pt: 98, apt: 97 }];
    const apart = rtx ? { rtx: { receive: numbers, send: numbers } } : {};
    const { clock } = bench;
    const roll = seeded(7);
    const way = () => lossyWay(clock, roll, loss, delayMs);
    const [up, upBack, down, downBack] = [way(), way(), way(), way()];
    await bench.line(1, 'a/content', { receive: [h264(97)], send: [h264(97)], feedback: source, ...apart });
    await bench.line(2, 'b/content', { receive: [h264(97)], send: [h264(97)], feedback: sink, ...apart });
    bench.route(2, 1);
    const resendPt = rtx ? 98 : null;
    const sender = new ClipSender(clip, { pt: 97, mode: 1, fps, resends: source.nack, resendPt }, (packet) =>
      up.send(() => bench.rtp(1, packet, packet.payload)),
    );
    const media = (): number => bench.media(2).at(-1)?.ssrc ?? 0;
    const receiver = new PatientReceiver(
      clock,
      {
        ...(sink.nack
          ? {
              nack: (lost) => downBack.send(() => bench.rtcp(2, [{ type: 'nack', sender: 200, media: media(), lost }])),
            }
          : {}),
        pli: () => downBack.send(() => bench.rtcp(2, [{ type: 'pli', sender: 200, media: media() }])),
      },
      2 * delayMs,
    );
    bench.onSent = (sent: Sent) => {
      if (sent.fromPort === 2000 && sent.rtp) down.send(() => receiver.receive(unwrapped(sent.rtp!, 98, 97)));
      for (const packet of sent.fromPort === 1001 ? (sent.rtcp ?? []) : []) {
        if (packet.type === 'pli') upBack.send(() => sender.keyframe());
        if (packet.type === 'nack') upBack.send(() => sender.nack(packet.lost));
      }
    };
    for (let now = 0; now < seconds * 1000; now += 5) {
      if (Math.floor((now * fps) / 1000) !== Math.floor(((now - 5) * fps) / 1000)) sender.next();
      clock.advance(5);
      receiver.tick();
    }
    bench.engine.handle({ type: 'stop' });
    const { shown, complaints } = decodePictures(receiver.shown.map(({ nals }) => nals));
    return {
      share: shown / sender.pictures,
      freezeMs: longestFreeze(receiver.shown, seconds * 1000),
      keyframesAsked: bench.control(1, 'pli').length,
      nacksUp: bench.control(1, 'nack').length,
      complaints,
    };
  }

  for (const loss of [20, 50])
    it(`shows at least 90 % of the pictures at ${loss / 10} % on each way of both hops, without keyframes for it`, async () => {
      const { share, freezeMs, keyframesAsked, complaints, nacksUp } = await run(loss, able, able);
      assert.equal(complaints, '');
      assert.ok(share >= 0.9, `${share}`);
      assert.ok(freezeMs <= 2000, `${freezeMs}`);
      assert.ok(nacksUp > 20, `${nacksUp}`);
      // one for the beginning
      assert.ok(keyframesAsked <= 3, `${keyframesAsked}`);
    });

  it('does so with what is sent again under numbers of its own', async () => {
    const { share, freezeMs, keyframesAsked, complaints } = await run(50, able, able, true);
    assert.equal(complaints, '');
    assert.ok(share >= 0.9 && freezeMs <= 2000 && keyframesAsked <= 3, `${share} ${freezeMs} ${keyframesAsked}`);
  });

  it('asks a source that cannot resend for keyframes, but no more than one a second', async () => {
    const { keyframesAsked, complaints } = await run(50, unable, able);
    assert.equal(complaints, '');
    assert.ok(keyframesAsked > 8 && keyframesAsked <= seconds + 5, `${keyframesAsked}`);
  });
});
