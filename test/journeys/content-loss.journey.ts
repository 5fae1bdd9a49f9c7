import assert from 'node:assert/strict';
import { FarGuest, skipWithoutFarGuest } from './support/far-guest.js';
import { note } from './support/note.js';
import { until } from './support/until.js';

const patience = 15_000;
/** At each loss. */
const watchedMs = 3_000;
/** Slides that the test endpoint sends meanwhile: five a second. */
const sent = 15;

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

  /** Pictures by `count` while it is watched, and the longest time without a new one, ms. */
  async function watch(count: () => Promise<number>): Promise<{ pictures: number; freezeMs: number }> {
    const first = await count();
    const from = performance.now();
    let [last, at, freezeMs] = [first, from, 0];
    while (performance.now() - from < watchedMs) {
      const now = await count();
      freezeMs = Math.max(freezeMs, performance.now() - at);
      if (now !== last) [last, at] = [now, performance.now()];
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return { pictures: last - first, freezeMs };
  }

  it('sees slides without a stop, at 5 % and at 2 %', async () => {
    assert.equal(await far.colleague.ask('share'), 'granted');
    await until('the slides on the page', patience, async () => (await far.wanda.sees('content')) === 'STAFF slides');
    const decoded = async (): Promise<number> => (await far.wanda.figures())?.content.framesDecoded ?? 0;
    for (const loss of [0.05, 0.02]) {
      const before = (await far.wanda.figures())!.content;
      lose(loss);
      const { pictures, freezeMs } = await watch(decoded);
      const { content } = (await far.wanda.figures())!;
      const what = `${pictures} of ${sent} pictures at ${loss * 100} %`;
      note(`${what}, longest stop ${Math.round(freezeMs)} ms`);
      assert.ok(pictures >= sent * 0.9, what);
      assert.ok(freezeMs <= 2000, `${what}, stopped for ${freezeMs} ms`);
      assert.equal(content.plis, before.plis, 'no keyframe was needed');
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
