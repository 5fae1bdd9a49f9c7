import assert from 'node:assert/strict';
import { Frailty } from '../../../src/media/io/frailty.js';
import { EngineBench } from './engine-bench.js';
import { h264, keyframe, slice } from './peer.js';

describe('a source whose losses nothing brings back', () => {
  it('is told after some seconds of loss, and not any more after some without', () => {
    const frailty = new Frailty();
    let [lost, came, now] = [0, 0, 0];
    const pass = (missing: number, there: number): boolean => {
      lost += missing;
      came += there;
      return frailty.check(lost, came, (now += 5000));
    };
    assert.deepEqual(
      [pass(0, 0), pass(0, 100), pass(1, 100), pass(3, 97), pass(1, 99), pass(0, 0), pass(0, 100)],
      [false, false, false, true, true, true, false],
    );
    assert.equal(pass(-3, 100), false, 'late ones count backwards');
  });

  for (const nack of [false, true])
    it(`is told to its receivers ${nack ? 'not, where it sends again' : 'where it sends nothing again'}`, async () => {
      const bench = new EngineBench();
      const feedback = { pli: true, fir: false, nack, remb: false };
      const formats = { receive: [h264(97)], send: [h264(97)] };
      await bench.line(1, 'a/video', { ...formats, feedback });
      await bench.line(2, 'b/video', { ...formats, feedback });
      bench.route(2, 1);
      for (let seq = 0, now = 0; now < 30_000; now += 20, seq++) {
        const lossy = now < 12_000;
        if (!(lossy && seq % 20 === 7))
          bench.rtp(1, { pt: 97, seq, timestamp: now * 90 }, now % 1000 === 0 ? keyframe : slice);
        bench.clock.advance(20);
      }
      const told = bench.named(2, 'unforwardable');
      const said = 'packets of the source are lost on their way, and it sends nothing again';
      const all = [
        { reason: said, transcodable: false },
        { reason: null, transcodable: false },
      ];
      assert.deepEqual(told, nack ? [] : all);
      if (nack) return;
      const asked = bench.control(1, 'pli').length;
      assert.ok(asked <= 12 + 5, `keyframes are rationed: ${asked}`);
    });
});
