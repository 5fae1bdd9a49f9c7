import assert from 'node:assert/strict';
import { encodeClip } from '../support/clip.js';
import { ClipSender, PatientReceiver } from '../support/lossy-peers.js';
import { EngineBench } from './engine-bench.js';
import { h264 } from './peer.js';

const base = { receive: [h264(97)], send: [h264(97)] };
const fps = 15;
const delayMs = 40;

/** Somebody who comes while content is shown has the picture within a second (network included). */
describe('a late joiner', function () {
  this.timeout(30_000);
  let clip: Buffer[][];
  before(() => (clip = encodeClip({ size: '640x360', fps, seconds: 10, kbps: 1000 })));

  /** Milliseconds from the route to the first whole picture; `before` happens while others watch. */
  async function wait(options: {
    /** Keyframe requests that are lost on their way. */
    lost?: number;
    /** A receiver asks for keyframes at these instants. */
    others?: number[];
    joinsAt: number;
  }): Promise<number> {
    const bench = new EngineBench();
    const { clock } = bench;
    await bench.line(1, 'p/content', base);
    await bench.line(2, 'b/content', base);
    await bench.line(3, 'late/content', base);
    bench.route(2, 1);
    let lost = 0;
    const sender = new ClipSender(clip, { pt: 97, mode: 1, fps, resends: false }, (packet) =>
      clock.after(delayMs, () => bench.rtp(1, packet, packet.payload)),
    );
    const receiver = new PatientReceiver(clock, { pli: () => undefined }, 2 * delayMs);
    bench.onSent = ({ fromPort, rtcp, rtp }) => {
      if (rtcp?.some(({ type }) => type === 'pli')) {
        if (clock.now() >= options.joinsAt && lost < (options.lost ?? 0)) lost++;
        else clock.after(delayMs, () => sender.keyframe());
      }
      if (fromPort === 3000 && rtp) clock.after(delayMs, () => receiver.receive(rtp));
    };
    for (let now = 0; now < options.joinsAt + 3000; now += 5) {
      if (Math.floor((now * fps) / 1000) !== Math.floor(((now - 5) * fps) / 1000)) sender.next();
      if (options.others?.includes(now)) bench.rtcp(2, [{ type: 'pli', sender: 200, media: 2 }]);
      if (now === options.joinsAt) bench.route(3, 1);
      clock.advance(5);
    }
    bench.engine.handle({ type: 'stop' });
    return receiver.shown[0]!.at - options.joinsAt;
  }

  const often = Array.from({ length: 60 }, (_, i) => i * 100);
  const cases: [name: string, options: Parameters<typeof wait>[0], most: number][] = [
    ['sees content soon', { joinsAt: 5000 }, 250],
    ['also when somebody else has just been given a keyframe', { joinsAt: 5000, others: [4800] }, 350],
    ['also when its first request is lost', { joinsAt: 5000, lost: 1 }, 800],
    ['also beside receivers that ask all the time', { joinsAt: 5050, others: often }, 800],
  ];
  for (const [name, options, most] of cases)
    it(name, async () => {
      const ms = await wait(options);
      assert.ok(ms > 0 && ms <= most, `${ms} ms`);
    });
});
