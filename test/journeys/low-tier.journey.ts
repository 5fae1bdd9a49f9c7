import assert from 'node:assert/strict';
import { startEndpoint, type Endpoint } from '../../scripts/endpoint/endpoint.js';
import type { VideoLineName } from '../../scripts/endpoint/events.js';
import type { ParticipantDescription } from '../../src/rooms/describe.js';
import { TestBrowser, type RoomPage } from './support/chromium.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { skipWithout } from './support/needs.js';
import { note } from './support/note.js';
import { until } from './support/until.js';

/** A camera and a desktop full of movement: each is more than the weak receiver takes for all. */
const lively = `{
  const paint = (width, height, fps, draw) => {
    const canvas = Object.assign(document.createElement('canvas'), { width, height });
    const pen = canvas.getContext('2d');
    let count = 0;
    const step = () => draw(pen, count++);
    step();
    const timer = setInterval(step, 1000 / fps);
    const stream = canvas.captureStream(fps);
    for (const track of stream.getTracks()) {
      const stop = track.stop.bind(track);
      track.stop = () => { clearInterval(timer); stop(); };
    }
    return stream;
  };
  const camera = (pen, count) => {
    pen.fillStyle = '#567'; pen.fillRect(0, 0, 960, 540);
    for (let i = 0; i < 60; i += 1) {
      pen.fillStyle = 'hsl(' + ((i * 47 + count * 3) % 360) + ' 70% 50%)';
      const wave = Math.sin(i + count / 10);
      pen.fillRect(((i * 211 + count * (3 + i % 7)) % 1060) - 100, 230 + 220 * wave, 70 + (i % 5) * 12, 50 + (i % 3) * 20);
    }
  };
  const desktop = (pen, count) => {
    pen.fillStyle = '#fff'; pen.fillRect(0, 0, 1440, 810);
    pen.fillStyle = '#111'; pen.font = '32px sans-serif';
    for (let i = 0; i < 12; i += 1) pen.fillText('Line ' + i + ' of a page beside a film', 80, 80 + i * 55);
    for (let i = 0; i < 90; i += 1) {
      pen.fillStyle = 'hsl(' + ((i * 67 + count * 5) % 360) + ' 80% 45%)';
      pen.fillRect(700 + ((i * 97 + count * (5 + i % 9)) % 650), 100 + ((i * 53 + count * (1 + i % 6)) % 600), 90, 60);
    }
  };
  navigator.mediaDevices.getUserMedia = async ({ video }) => {
    const stream = video ? paint(960, 540, 12, camera) : new MediaStream();
    const context = new AudioContext();
    const tone = new OscillatorNode(context, { frequency: 1000 });
    const sound = context.createMediaStreamDestination();
    tone.connect(new GainNode(context, { gain: 0.3 })).connect(sound);
    tone.start();
    stream.addTrack(sound.stream.getAudioTracks()[0]);
    return stream;
  };
  navigator.mediaDevices.getDisplayMedia = async () => paint(1440, 810, 6, desktop);
}`;

const watchedMs = 2500;
const takes = 512;

describe('a receiver that takes little beside one that takes all', function () {
  this.timeout(90_000);
  let gateway: TestGateway;
  let browser: TestBrowser;
  let wanda: RoomPage;
  let strong: Endpoint;
  let weak: Endpoint;

  before(async function () {
    skipWithout(this, ['ffmpeg', 'rtpengine', 'chromium']);
    gateway = await startTestGateway({ web: true });
    browser = await TestBrowser.start();
    wanda = await browser.person({ init: lively });
    strong = await startEndpoint({ ...silent, uri: gateway.uri('tiers'), name: 'STRONG' });
  });

  after(async () => {
    await browser?.close();
    await weak?.hangup();
    await strong?.hangup();
    await gateway?.close();
  });

  const silent = { bind: '127.0.0.1', audio: 'silence', camera: false };
  const room = () => gateway.gateway.core.rooms.find('tiers')!;
  const seat = (name: string): ParticipantDescription =>
    room()
      .describe()
      .participants.find((one) => one.name === name)!;
  const lines = ['main', 'content'] as const;

  /** What one receiver was sent on a line in a while, and what its sender sent, per second. */
  async function watch(who: Endpoint, ms: number): Promise<Record<VideoLineName, Watched> & { kbps: number }> {
    const leg = room().participant(seat(who.name).id)!.leg;
    const count = async () => {
      const sent = (await wanda.figures())!;
      const sentAt = performance.now();
      const [main, content, audio] = await Promise.all(
        (['video', 'content', 'audio'] as const).map((name) => leg.lines[name]!.stats()),
      );
      const seen = { main: { ...who.state.main }, content: { ...who.state.content } };
      return { at: performance.now(), sentAt, sent, stats: { main: main!, content: content! }, audio: audio!, seen };
    };
    const stops = { main: new Stops(), content: new Stops() };
    const first = await count();
    while (performance.now() - first.at < ms) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      for (const line of lines) stops[line].look(who.state[line].decoded);
    }
    const last = await count();
    // a busy browser is slow to tell
    const [s, sentS] = [(last.at - first.at) / 1000, (last.sentAt - first.sentAt) / 1000];
    const of = (line: VideoLineName): Watched => ({
      width: last.seen[line].width,
      decoded: (last.seen[line].decoded - first.seen[line].decoded) / s,
      sent: (last.sent[line].framesSent - first.sent[line].framesSent) / sentS,
      kbps: ((last.stats[line].bytesOut - first.stats[line].bytesOut) * 8) / 1000 / s,
      target: last.sent[line].targetBitrate,
      thinned: last.stats[line].thinnedOut - first.stats[line].thinnedOut,
      stopMs: stops[line].longest,
    });
    const [main, content] = [of('main'), of('content')];
    const audio = ((last.audio.bytesOut - first.audio.bytesOut) * 8) / 1000 / s;
    return { main, content, kbps: main.kbps + content.kbps + audio };
  }

  interface Watched {
    width: number;
    decoded: number;
    sent: number;
    kbps: number;
    /** Bit/s that the sender's encoder aims at. */
    target: number;
    thinned: number;
    stopMs: number;
  }

  const words = (what: string, { main, content }: Record<VideoLineName, Watched>): void => {
    const one = (line: Watched): string =>
      `${line.width} wide, ${line.decoded.toFixed(1)} of ${line.sent.toFixed(1)} a second, ${Math.round(line.kbps)} kbit/s, longest stop ${Math.round(line.stopMs)} ms`;
    note(`${what}: main ${one(main)}; content ${one(content)}`);
  };

  let alone: Record<VideoLineName, Watched>;

  it('begins with a browser whose camera and screen one room system sees whole', async () => {
    const callMs = await wanda.join(gateway.page, 'tiers', 'Wanda');
    note(`click to call: ${Math.round(callMs)} ms`);
    await wanda.page.click('text=Share screen');
    const whole = { main: 960, content: 1440 };
    await strong.waitFor(
      (state) => lines.every((line) => state[line].width === whole[line] && state[line].decoded > 10),
      20_000,
      'both pictures whole',
    );
    const { leg } = room().participant(seat('STRONG').id)!;
    await until('each to be more than the weak one takes', 20_000, async () => {
      const stats = await Promise.all([leg.lines.video!.stats(), leg.lines.content!.stats()]);
      return stats.every(({ kbpsOut }) => kbpsOut > takes * 1.1) || null;
    });
    alone = await watch(strong, watchedMs);
    words('alone', alone);
    for (const line of lines) assert.ok(alone[line].kbps > takes, `${line} is more than the weak one takes`);
    assert.deepEqual(seat('Wanda').lowWanted, { main: null, content: null });
  });

  it('gives a receiver of 512 kbit/s the low encodings, and the other one loses nothing', async () => {
    const from = performance.now();
    weak = await startEndpoint({ ...silent, uri: gateway.uri('tiers'), name: 'WEAK', kbps: takes });
    await until('the weak one to get the low encodings', 20_000, () => {
      const { sees } = seat('WEAK');
      return (sees.main?.low && sees.content?.low) || null;
    });
    note(`from the call to both low encodings: ${Math.round(performance.now() - from)} ms`);
    const already = { main: weak.state.main.decoded, content: weak.state.content.decoded };
    await weak.waitFor(
      (state) => state.main.decoded > already.main + 10 && state.content.decoded > already.content + 2,
      20_000,
      'pictures of the low encodings',
    );
    const [low, beside] = await Promise.all([watch(weak, watchedMs), watch(strong, watchedMs)]);
    words('weak', low);
    words('beside it', beside);
    note(`weak, all together: ${Math.round(low.kbps)} kbit/s; wanted ${JSON.stringify(seat('Wanda').lowWanted)}`);
    assert.ok(low.main.width < 960 && low.main.width >= 320, `main ${low.main.width}`);
    assert.ok(low.content.width <= 1280 && low.content.width >= 960, `content ${low.content.width}`);
    assert.ok(low.main.decoded > 5, `main ${low.main.decoded}`);
    assert.ok(low.content.decoded > 1.5, `content ${low.content.decoded}`);
    assert.ok(low.kbps <= takes * 1.05, `${low.kbps} kbit/s`);
    for (const line of lines) {
      assert.equal(beside[line].width, alone[line].width);
      assert.equal(beside[line].thinned, 0);
      // two may be under way, one at each end of the time
      const fewest = beside[line].sent * 0.95 - 2000 / watchedMs;
      assert.ok(beside[line].decoded >= fewest, `${line}: ${beside[line].decoded} of ${beside[line].sent} a second`);
      // a machine that is short of time for two more encoders may cost some pictures, the gateway and the line none
      assert.ok(beside[line].sent >= alone[line].sent * 0.5, `${line}: ${beside[line].sent} of ${alone[line].sent}`);
      assert.ok(beside[line].target > alone[line].kbps * 800, `${line}: its encoder may send no less than before`);
      assert.ok(low[line].stopMs < 2000, `${line} stood still for ${low[line].stopMs} ms`);
    }
    assert.deepEqual(seat('WEAK').problems, []);
    assert.equal(seat('STRONG').sees.main?.low, false);
  });

  it('gives it the full ones when it takes them', async () => {
    const stops = { main: new Stops(), content: new Stops() };
    await weak.take(20_000);
    await until('both pictures whole', 20_000, () => {
      for (const line of lines) stops[line].look(weak.state[line].decoded);
      return (weak.state.main.width === 960 && weak.state.content.width === 1440) || null;
    });
    const high = await watch(weak, 1000);
    words('weak no more', high);
    for (const line of lines) assert.ok(Math.max(stops[line].longest, high[line].stopMs) < 2000);
    assert.deepEqual(wanda.complaints, []);
  });
});

/** The longest time a count stood still. */
class Stops {
  longest = 0;
  private last = -1;
  private at = performance.now();

  look(count: number): void {
    const now = performance.now();
    this.longest = Math.max(this.longest, now - this.at);
    if (count === this.last) return;
    this.last = count;
    this.at = now;
  }
}
