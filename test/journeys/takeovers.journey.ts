import assert from 'node:assert/strict';
import { startEndpoint, type Endpoint } from '../../scripts/endpoint/endpoint.js';
import { TestBrowser, type RoomPage } from './support/chromium.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { skipWithout } from './support/needs.js';
import { note } from './support/note.js';
import { RefusingDevice } from './support/refusing-device.js';
import { servedTime, waitedForCore } from './support/served-time.js';
import { stampedScreen } from './support/stamped-screen.js';
import { until } from './support/until.js';

const takeovers = 10;
/** Ten of them take a third of the half minute that they may. */
const everyMs = 1000;
const wrongMs = 500;
const frozenMs = 500;
const fps = 10;
const room = 'turns';

/** A person without camera and microphone, whose screen shows a picture that can be read back. */
const stamped = `localStorage.setItem('microphone', 'none'); localStorage.setItem('camera', 'none');
${stampedScreen('GUS', fps)}`;

/** What one receiver shows: who, and which picture of theirs. */
type Shown = { from: string; counter: number | null } | null;

/** Looks at what a receiver shows, and judges it by who presents; times are those of `servedTime`. */
class Witness {
  /** Longest time that something else was shown than what is presented, and that the right picture did not change. */
  worst = { wrong: 0, frozen: 0 };
  private rightSince = 0;
  private lastRight: number;
  private changed: number;
  private counter: number | null = null;

  constructor(
    readonly name: string,
    private readonly look: () => Shown | Promise<Shown>,
  ) {
    this.lastRight = this.changed = servedTime();
  }

  async sees(): Promise<string | null> {
    return (await this.look())?.from ?? null;
  }

  /** `since` is when they were given the floor. */
  async check(presenter: string, since: number): Promise<void> {
    if (presenter === this.name) {
      this.lastRight = this.changed = servedTime();
      return;
    }
    const shown = await this.look();
    const now = servedTime();
    const right = shown?.from === presenter;
    if (!right) {
      this.worst.wrong = Math.max(this.worst.wrong, now - Math.max(since, this.lastRight));
      return;
    }
    if (this.rightSince < since) {
      this.rightSince = since;
      this.changed = now;
    }
    this.lastRight = now;
    if (shown.counter !== this.counter) this.changed = now;
    this.counter = shown.counter;
    this.worst.frozen = Math.max(this.worst.frozen, now - this.changed);
  }
}

describe('many takeovers among legs of different kinds', function () {
  this.timeout(60_000);
  let gateway: TestGateway;
  let browser: TestBrowser;
  let gus: RoomPage;
  let alpha: Endpoint;
  let device: RefusingDevice;

  before(async function () {
    skipWithout(this, ['ffmpeg', 'rtpengine', 'chromium']);
    gateway = await startTestGateway({ web: true });
    const quiet = { audio: 'silence', camera: false, contentFps: fps };
    alpha = await startEndpoint({ uri: gateway.uri(room), name: 'ALPHA', bind: '127.0.0.1', ...quiet });
    device = await RefusingDevice.call(gateway, room, 'DELTA');
    browser = await TestBrowser.start();
    gus = await browser.person({ init: stamped });
    await gus.join(gateway.page, room, 'GUS');
  });

  after(async () => {
    await browser?.close();
    await device?.hangup();
    await alpha?.hangup();
    await gateway?.close();
  });

  const take = async (presenter: 'ALPHA' | 'GUS'): Promise<void> => {
    if (presenter === 'ALPHA') assert.equal(await alpha.share(), 'granted');
    else await gus.page.click('text=Share screen');
  };
  const witnesses = (): Witness[] => [
    new Witness('ALPHA', () => shownOf(alpha.state.content)),
    new Witness('GUS', async () => {
      const code = await gus.code('content');
      return code && { from: code.id, counter: code.counter };
    }),
    new Witness('DELTA', () => shownOf(device.picture)),
  ];

  it(`show nothing wrong for more than ${wrongMs} ms, and freeze nobody`, async () => {
    const present = gateway.gateway.core.rooms.find(room);
    assert.ok(present);
    let holder = { name: '', since: 0 };
    const watching = present.on.on('floor', (floor) => {
      const name = floor.holder?.name ?? '';
      if (name !== holder.name) holder = { name, since: servedTime() };
    });
    // once round, so that every line and decoder is there
    for (const presenter of ['GUS', 'ALPHA'] as const) {
      await take(presenter);
      const seen = witnesses();
      await until(`${presenter} to be seen by all`, 15_000, async () => {
        const right = seen.map(async (each) => each.name === presenter || (await each.sees()) === presenter);
        return (await Promise.all(right)).every(Boolean) || null;
      });
    }
    const looking = witnesses();
    let over = false;
    const watched = looking.map(async (each) => {
      while (!over) {
        await each.check(holder.name, holder.since);
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    });
    const begin = performance.now();
    const waited = waitedForCore();
    for (let i = 0; i < takeovers; i++) {
      const presenter = i % 2 === 0 ? 'GUS' : 'ALPHA';
      await take(presenter);
      await until(`${presenter} to hold the floor`, 5000, () => holder.name === presenter || null);
      const rest = begin + (i + 1) * everyMs - performance.now();
      await new Promise((resolve) => setTimeout(resolve, Math.max(rest, everyMs / 2)));
    }
    over = true;
    await Promise.all(watched);
    watching.dispose();
    const took = performance.now() - begin;
    const busy = (waitedForCore() - waited) / took;
    note(
      `${takeovers} takeovers in ${(took / 1000).toFixed(1)} s, ${(busy * 100).toFixed(0)} % of it waiting for a core`,
    );
    for (const { name, worst } of looking) {
      note(`${name}: wrong for ${worst.wrong.toFixed(0)} ms at most, still for ${worst.frozen.toFixed(0)} ms`);
    }
    assert.ok(took <= 30_000, `${took} ms`);
    for (const { name, worst } of looking) {
      assert.ok(worst.wrong <= wrongMs, `${name} was shown something wrong for ${worst.wrong} ms`);
      assert.ok(worst.frozen <= frozenMs, `${name} was frozen for ${worst.frozen} ms`);
    }
  });
});

function shownOf({ from, counter }: { from: string | null; counter: number | null }): Shown {
  return from === null ? null : { from, counter };
}
