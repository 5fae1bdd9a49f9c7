import assert from 'node:assert/strict';
import { onceBelow } from '../support/once-below.js';
import { FarGuest, skipWithoutFarGuest } from './support/far-guest.js';
import { note } from './support/note.js';
import { until } from './support/until.js';

const patience = 15_000;
/** Slides that are watched at each loss, and the time in which the test endpoint sends them: five a second. */
const slides = { count: 15, ms: 3_000 };

/** Shares of real pictures at 2 and 5 % loss each way between a browser and the gateway. */
describe('a browser at the end of a lossy line', function () {
  this.timeout(60_000);
  const far = new FarGuest();

  before(async function () {
    skipWithoutFarGuest(this);
    await far.begin({ tone: 1000, colleague: ['--quiet'] });
    await far.enter();
  });

  after(() => far.close());

  /** Drops that share of UDP in both directions, at random. */
  let rules = 0;
  function lose(share: number): void {
    const rule = `-p udp -m statistic --mode random --probability ${share} -j DROP`;
    far.sites.home.configure(`iptables ${rules++ === 0 ? '-I' : '-R'} FORWARD 1 ${rule}`);
  }

  /** How long so many slides take by `count`, and the longest time without a new one, ms. */
  async function watch(count: () => Promise<number>): Promise<{ tookMs: number; freezeMs: number }> {
    const first = await count();
    const from = performance.now();
    let [last, at, freezeMs] = [first, from, 0];
    while (last - first < slides.count) {
      const now = await count();
      freezeMs = Math.max(freezeMs, performance.now() - at);
      if (now !== last) [last, at] = [now, performance.now()];
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return { tookMs: at - from, freezeMs };
  }

  it('sees slides without a stop, at 5 % and at 2 %', async () => {
    assert.equal(await far.colleague.ask('share'), 'granted');
    await until('the slides on the page', patience, async () => (await far.wanda.sees('content')) === 'STAFF slides');
    const decoded = async (): Promise<number> => (await far.wanda.figures())?.content.framesDecoded ?? 0;
    for (const loss of [0.05, 0.02]) {
      lose(loss);
      // nine of ten in their time, where one is just under way
      await onceBelow(slides.ms / 0.9 + slides.ms / slides.count, async () => {
        const before = (await far.wanda.figures())!.content;
        const { tookMs, freezeMs } = await watch(decoded);
        const keyframes = (await far.wanda.figures())!.content.plis - before.plis;
        const what = `${slides.count} slides at ${loss * 100} % in ${Math.round(tookMs)} ms`;
        note(`${what}, longest stop ${Math.round(freezeMs)} ms, ${keyframes} keyframes asked for`);
        return freezeMs <= 2000 && keyframes === 0 ? tookMs : Infinity;
      });
    }
  });

  it('has what was lost sent again under numbers of its own, and sends again what was lost of its own picture', async () => {
    lose(0.05);
    const { main, content } = await until('packets sent again both ways', patience, async () => {
      const figures = await far.wanda.figures();
      return figures && figures.main.resent + figures.content.resent > 0 && figures.main.sentAgain > 0 ? figures : null;
    });
    note(`${main.resent + content.resent} packets again to it, ${main.sentAgain} from it`);
  });
});
