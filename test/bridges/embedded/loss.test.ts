import assert from 'node:assert/strict';
import { Emitter } from '../../../src/base/events.js';
import { silentLog } from '../../../src/base/log.js';
import { embeddedBridge } from '../../../src/bridges/embedded/bridge.js';
import { LossWatch } from '../../../src/bridges/embedded/loss.js';
import type { LossFigures } from '../../../src/bridges/embedded/loss.js';
import type { Mixer } from '../../../src/media/mixer/mixer.js';
import type { Line } from '../../../src/media/plane.js';
import type { MixedCodecName } from '../../../src/media/vocabulary.js';
import { ManualClock } from '../../support/manual-clock.js';
import { paramsOf } from './harness.js';

describe('loss of what a member is sent', () => {
  const figures = (lossOut: number | null, packetsIn = 0, lostIn = 0): LossFigures => ({ lossOut, packetsIn, lostIn });
  const after = (watch: LossWatch, ...looks: LossFigures[]): boolean[] =>
    looks.map((look) => {
      watch.look(look);
      return watch.lossy;
    });

  it('is expected until the first report, and believed at once when it comes', () => {
    const watch = new LossWatch();
    assert.equal(watch.lossy, true);
    assert.deepEqual(after(watch, figures(0), figures(0.004), figures(0.02), figures(0)), [false, false, true, true]);
  });

  it('is expected for half a minute after the last of it', () => {
    const watch = new LossWatch();
    watch.look(figures(0.1));
    const looks = after(watch, ...Array.from({ length: 6 }, () => figures(0)));
    assert.deepEqual(looks, [true, true, true, true, true, false]);
  });

  it('is taken from the packets of who sends no reports, since the last look', () => {
    const watch = new LossWatch();
    const looks = after(watch, figures(null, 250, 0), figures(null, 495, 5), figures(null, 745, 5));
    assert.deepEqual(looks, [false, true, true]);
  });

  it('stays unknown where there are neither reports nor packets', () => {
    const watch = new LossWatch();
    assert.deepEqual(after(watch, figures(null), figures(null)), [true, true]);
    assert.equal(watch.look(figures(null, 250)), true);
  });

  it('is told to the mixer when it begins and when it is over, of Opus alone', async () => {
    const told: string[] = [];
    const quiet = (): Promise<void> => Promise.resolve();
    const mixer = {
      on: new Emitter(),
      ...{ open: quiet, closeRoom: quiet, join: quiet, leave: quiet },
      expectLoss: (_room: string, member: string, on: boolean) => Promise.resolve(told.push(`${member} ${on}`)),
    } as unknown as Mixer;
    let lossOut: number | null = 0;
    const line = (codec: MixedCodecName): Line =>
      ({
        ...{ slot: 1, params: paramsOf(codec), on: new Emitter() },
        stats: () => Promise.resolve(figures(lossOut)),
      }) as unknown as Line;
    const clock = new ManualClock();
    const bridge = embeddedBridge(mixer, silentLog, clock);
    const conference = await bridge.open('r');
    await conference.join('opus', line('opus'));
    await conference.join('pcmu', line('PCMU'));
    const look = async (): Promise<void> => {
      clock.advance(5000);
      await new Promise((resolve) => setImmediate(resolve));
    };
    await look();
    await look();
    lossOut = 0.05;
    await look();
    assert.deepEqual(told, ['opus false', 'opus true']);
    await bridge.close();
    assert.equal(clock.pending, 0);
  });
});
