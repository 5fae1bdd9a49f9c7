import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEndpoint, type Endpoint } from '../../scripts/endpoint/endpoint.js';
import { holdsTone } from '../../scripts/endpoint/audio/spectrum.js';
import { makeDevices, TestBrowser, type RoomPage } from './support/chromium.js';
import { skipWithout } from './support/needs.js';
import { note } from './support/note.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { until } from './support/until.js';

const tones = { wanda: 1000, beta: 700 } as const;
const engineLost = 'The part of the gateway that carries sound and picture was restarted.';

/**
 * Looks at an endpoint's counters until told to stop; the longest time that sound, or pictures, stood still. The gateway and
 * the endpoint run here: what keeps them both from running is not counted.
 */
function watchStandstill(endpoint: Endpoint): () => { audioMs: number; pictureMs: number } {
  const longest = { audioMs: 0, pictureMs: 0 };
  const lookMs = 10;
  const begun = performance.now();
  let [now, lookedAt] = [begun, begun];
  const last = { audio: 0, audioAt: begun, pictures: 0, picturesAt: begun };
  const look = (): void => {
    now += Math.min(performance.now() - lookedAt, 2 * lookMs);
    lookedAt = performance.now();
    const { audio } = endpoint.figures as { audio: { packetsIn: number } };
    const pictures = endpoint.state.main.received;
    if (audio.packetsIn !== last.audio) Object.assign(last, { audio: audio.packetsIn, audioAt: now });
    if (pictures !== last.pictures) Object.assign(last, { pictures, picturesAt: now });
    longest.audioMs = Math.max(longest.audioMs, now - last.audioAt);
    longest.pictureMs = Math.max(longest.pictureMs, now - last.picturesAt);
  };
  const timer = setInterval(look, lookMs);
  return () => {
    look();
    clearInterval(timer);
    return longest;
  };
}

describe('a browser whose call breaks', function () {
  this.timeout(60_000);
  const directory = mkdtempSync(join(tmpdir(), 'journey-'));
  let gateway: TestGateway;
  let browser: TestBrowser;
  let wanda: RoomPage;
  let alpha: Endpoint;
  let beta: Endpoint;

  before(async function () {
    skipWithout(this, ['ffmpeg', 'rtpengine', 'chromium']);
    gateway = await startTestGateway({ web: true });
    const common = { uri: gateway.uri('demo'), bind: '127.0.0.1' };
    alpha = await startEndpoint({ ...common, name: 'ALPHA', quiet: true });
    beta = await startEndpoint({ ...common, name: 'BETA', audio: `tone:${tones.beta}` });
    browser = await TestBrowser.start(makeDevices(directory, 'WANDA', tones.wanda));
    wanda = await browser.person();
    await wanda.join(gateway.page, 'demo', 'Wanda');
    await wanda.decodes('main', 1);
  });

  after(async () => {
    await browser?.close();
    await alpha?.hangup();
    await beta?.hangup();
    await gateway?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const seats = (name: string): number =>
    gateway.gateway.core.rooms
      .find('demo')
      ?.describe()
      .participants.filter((one) => one.name === name).length ?? 0;

  const back = async (): Promise<void> => {
    await wanda.says('You are back in the room.', '.status');
    await wanda.decodes('main');
    await alpha.waitFor(
      ({ heard }) => holdsTone(heard.tones, tones.wanda),
      5_000,
      'the endpoint to hear the page again',
    );
    assert.equal(seats('Wanda'), 1);
  };

  it('comes back when its signalling breaks, and holds the picture meanwhile', async () => {
    await wanda.page.route('**/api/v1/session', (route) => route.abort());
    assert.equal(await wanda.cut('sip'), 1);
    await wanda.says('The connection to the gateway was lost. Trying to come back', '[role=alert]');
    assert.ok(await wanda.sees('main'), 'the last picture is still there');
    await wanda.page.unroute('**/api/v1/session');
    await back();
  });

  it('keeps its floor and goes on with a share after that', async () => {
    await wanda.page.click('text=Share screen');
    await alpha.waitFor(({ content }) => content.width === 1920, 10_000, 'the shared screen');
    const holders: (string | null)[] = [];
    const room = gateway.gateway.core.rooms.find('demo')!;
    const heard = room.on.on('floor', ({ holder }) => holders.push(holder && `${holder.name} away ${holder.away}`));
    await wanda.cut('sip');
    await wanda.says('Trying to come back', '[role=alert]');
    await wanda.page.waitForSelector('text=Stop sharing');
    const { decoded } = alpha.state.content;
    await alpha.waitFor(({ content }) => content.decoded >= decoded + 5, 10_000, 'the shared screen again');
    assert.deepEqual(await wanda.captures(), ['live']);
    heard.dispose();
    assert.deepEqual(holders, ['Wanda away true', 'Wanda away false'], 'the floor was kept for it');
  });

  it('keeps a share when only floor control breaks, and can end it afterwards', async () => {
    assert.equal(await wanda.cut('bfcp'), 1);
    await until('floor control to be back', 5_000, async () => (await wanda.connected('bfcp')) || null);
    assert.equal(alpha.state.holder, 'Wanda');
    const { decoded } = alpha.state.content;
    await alpha.waitFor(({ content }) => content.decoded >= decoded + 5, 10_000, 'the share to go on');
    await wanda.page.click('text=Stop sharing');
    await alpha.waitFor(({ holder }) => holder === null, 5_000, 'the floor to be free');
    assert.equal((await wanda.captures()).at(-1), 'ended');
  });

  it('loses the share when a moderator ends it', async () => {
    await wanda.page.click('text=Share screen');
    await alpha.waitFor(({ holder }) => holder === 'Wanda', 5_000, 'the share');
    await wanda.page.waitForSelector('text=Stop sharing');
    gateway.gateway.core.rooms.find('demo')?.moderateFloor('revoke', 'a test');
    await wanda.says('Your sharing has been stopped.', '.status');
    assert.equal((await wanda.captures()).at(-1), 'ended');
  });

  it('comes back when rtpengine is killed, while room systems do not notice', async () => {
    await wanda.page.keyboard.press('m');
    await alpha.waitFor(({ main }) => main.from === 'BETA', 10_000, 'the endpoint to see the other one');
    const events = alpha.events.length;
    const standstill = watchStandstill(alpha);
    const killedAt = performance.now();
    const before = gateway.gateway.rtpengine?.pid ?? 0;
    process.kill(before, 'SIGKILL');
    await wanda.says(engineLost, '[role=alert]', 5_000);
    const toldMs = performance.now() - killedAt;
    await wanda.says('You are back in the room.', '.status', 5_000);
    const backMs = performance.now() - killedAt;
    await wanda.decodes('main');
    const { audioMs, pictureMs } = standstill();
    note(`told after ${Math.round(toldMs)} ms, back after ${Math.round(backMs)} ms`);
    note(`longest standstill at the room system: sound ${Math.round(audioMs)} ms, picture ${Math.round(pictureMs)} ms`);
    assert.ok(backMs < 5_000);
    assert.notEqual(gateway.gateway.rtpengine?.pid, before);
    assert.ok(audioMs < 500 && pictureMs < 1000);
    assert.deepEqual(
      alpha.events.slice(events).filter(({ event }) => event === 'ended' || event === 'renegotiated'),
      [],
    );
    assert.equal(alpha.state.main.from, 'BETA');
    await wanda.page.waitForSelector('.roster li:has-text("Wanda") [aria-label=muted]');
    await wanda.page.keyboard.press('m');
    await alpha.waitFor(({ heard }) => holdsTone(heard.tones, tones.wanda), 5_000, 'the endpoint to hear the page');
  });

  it('ends with the reason when that happens again at once', async () => {
    process.kill(gateway.gateway.rtpengine?.pid ?? 0, 'SIGKILL');
    await wanda.says(engineLost, '[role=alert]', 5_000);
    await wanda.page.waitForSelector('button[type=submit]:has-text("Join")');
    assert.equal(seats('Wanda'), 0);
    assert.equal(alpha.state.phase, 'connected');
  });

  it('tells when the gateway is shut down', async () => {
    await until('rtpengine to be back', 10_000, () => gateway.gateway.rtpengine?.up || null);
    await wanda.page.click('button[type=submit]');
    await wanda.page.waitForSelector('.room');
    await gateway.close();
    await wanda.says('The gateway is being shut down.', '[role=alert]');
  });
});
