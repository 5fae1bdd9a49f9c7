import assert from 'node:assert/strict';
import type { LineParams, LineStats } from '../../../src/media/plane.js';
import { seeded } from '../../support/seeded.js';
import { decodePictures, encodeClip } from '../support/clip.js';
import { ClipSender, longestFreeze, lossyWay, PatientReceiver } from '../support/lossy-peers.js';
import { EngineBench, type Sent } from './engine-bench.js';
import { h264 } from './peer.js';

const fps = 15;
const seconds = 20;
const delayMs = 30;
const keyframesOnly = { pli: true, fir: false, nack: false, remb: false };
const numbers = { red: 116, ulpfec: 117 };
const fec = { fec: { receive: numbers, send: numbers } };

interface Figures {
  /** Of the pictures sent, those that a decoder showed. */
  share: number;
  freezeMs: number;
  keyframesAsked: number;
  complaints: string;
  /** Of the line that sends over the lossy way, and of the one that receives from it. */
  sink: LineStats;
  source: LineStats;
}

/**
 * Two engines, one after the other: what the first sends to a receiver that knows FEC and no NACK is what the second gets
 * from a source of that kind. Between them packets are lost both ways, and nowhere else.
 */
describe('FEC between two that send nothing again', function () {
  this.timeout(60_000);
  let clip: Buffer[][];
  before(() => (clip = encodeClip({ fps, kbps: 1500 })));

  async function run(loss: number, kind: 'content' | 'video', both: Partial<LineParams>, seed = 7): Promise<Figures> {
    const near = new EngineBench();
    const far = new EngineBench();
    const { clock } = near;
    const roll = seeded(seed);
    const [out, back] = [lossyWay(clock, roll, loss, delayMs), lossyWay(clock, roll, loss, delayMs)];
    const formats = { receive: [h264(97)], send: [h264(97)] };
    await near.line(1, `a/${kind}`, { ...formats, feedback: keyframesOnly });
    await near.line(2, `b/${kind}`, { ...formats, feedback: keyframesOnly, ...both });
    near.route(2, 1);
    await far.line(1, `b/${kind}`, { ...formats, feedback: keyframesOnly, ...both });
    await far.line(2, `c/${kind}`, { ...formats, feedback: keyframesOnly });
    far.route(2, 1);
    const sender = new ClipSender(clip, { pt: 97, mode: 1, fps, resends: false }, (packet) =>
      near.rtp(1, packet, packet.payload),
    );
    const receiver = new PatientReceiver(
      far.clock,
      { pli: () => far.rtcp(2, [{ type: 'pli', sender: 200, media: 2 }]) },
      0,
    );
    near.onSent = (sent: Sent) => {
      if (sent.fromPort === 2000 && sent.rtp) out.send(() => far.rtp(1, sent.rtp!, sent.rtp!.payload));
      else if (sent.fromPort === 2001 && sent.rtcp) out.send(() => far.rtcp(1, sent.rtcp!));
      else for (const { type } of sent.rtcp ?? []) if (type === 'pli') sender.keyframe();
    };
    far.onSent = (sent: Sent) => {
      if (sent.fromPort === 1001 && sent.rtcp) back.send(() => near.rtcp(2, sent.rtcp!));
      else if (sent.fromPort === 2000 && sent.rtp) receiver.receive(sent.rtp);
    };
    for (let now = 0; now < seconds * 1000; now += 5) {
      if (Math.floor((now * fps) / 1000) !== Math.floor(((now - 5) * fps) / 1000)) sender.next();
      clock.advance(5);
      far.clock.advance(5);
      receiver.tick();
    }
    const [sink, source] = [near.stats(2), far.stats(1)];
    const keyframesAsked = near.control(1, 'pli').length;
    for (const bench of [near, far]) bench.engine.handle({ type: 'stop' });
    const { shown, complaints } = decodePictures(receiver.shown.map(({ nals }) => nals));
    const freezeMs = longestFreeze(receiver.shown, seconds * 1000);
    return { share: shown / sender.pictures, freezeMs, keyframesAsked, complaints, sink, source };
  }

  for (const kind of ['video', 'content'] as const)
    for (const loss of [20, 50])
      it(`shows at least 90 % of the pictures of ${kind} at ${loss / 10} %`, async () => {
        const figures = await run(loss, kind, fec);
        assert.equal(figures.complaints, '');
        assert.ok(figures.share >= 0.9, `${figures.share}`);
        assert.ok(figures.freezeMs <= 2000, `${figures.freezeMs}`);
        assert.ok(figures.source.recoveredIn > 50, `${figures.source.recoveredIn}`);
      });

  it('is not sent, and costs nothing, where nothing is lost', async () => {
    const { share, sink, source, keyframesAsked } = await run(0, 'content', fec);
    assert.deepEqual([share, sink.protectionOut, source.recoveredIn, keyframesAsked], [1, 0, 0, 0]);
  });

  it('is missed where only one side has it', async () => {
    const { share, complaints, sink } = await run(50, 'content', {});
    assert.equal(complaints, '');
    assert.equal(sink.protectionOut, 0);
    assert.ok(share < 0.8, `${share}`);
  });
});
