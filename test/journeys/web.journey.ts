import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEndpoint, type Endpoint } from '../../scripts/endpoint/endpoint.js';
import { holdsTone } from '../../scripts/endpoint/audio/spectrum.js';
import { Baresip } from './support/baresip.js';
import { makeDevices, secureListener, TestBrowser, type RoomPage } from './support/chromium.js';
import { makeClip } from './support/clip.js';
import { tonesAtEnd, whoseSnapshot } from './support/decoded.js';
import { skipWithout } from './support/needs.js';
import { note } from './support/note.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { until } from './support/until.js';

const tones = { wanda: 1000, bob: 620, alpha: 440 } as const;

describe('a browser, a softphone and a room system in one room', function () {
  this.timeout(60_000);
  const directory = mkdtempSync(join(tmpdir(), 'journey-'));
  let gateway: TestGateway;
  let page: string;
  let browser: TestBrowser;
  let wanda: RoomPage;
  let bob: Baresip;
  let alpha: Endpoint;

  before(async function () {
    skipWithout(this, ['baresip', 'ffmpeg', 'rtpengine', 'chromium']);
    const https = await secureListener(directory);
    gateway = await startTestGateway({
      web: true,
      change: (settings) => ({ ...settings, web: { ...settings.web, https } }),
    });
    page = `https://localhost:${gateway.gateway.api.https?.port}`;
    makeClip(join(directory, 'bob.mp4'), 'BOB', 60);
    bob = await Baresip.start({
      name: 'bob',
      sipPort: 5091,
      controlPort: 4491,
      rtpPorts: [41_200, 41_300],
      tone: tones.bob,
      video: join(directory, 'bob.mp4'),
      audioCodecs: 'opus/48000/2',
    });
    await bob.dial(gateway.uri('demo'));
    await bob.established();
    alpha = await startEndpoint({
      uri: gateway.uri('demo'),
      name: 'ALPHA',
      bind: '127.0.0.1',
      audio: `tone:${tones.alpha}`,
    });
    browser = await TestBrowser.start(makeDevices(directory, 'WANDA', tones.wanda));
    wanda = await browser.person();
  });

  after(async () => {
    await browser?.close();
    await alpha?.hangup();
    await bob?.stop();
    await gateway?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const speakerIs = (name: string): Promise<unknown> =>
    until(`${name} to be the speaker`, 10_000, () => {
      const room = gateway.gateway.core.rooms.find('demo')?.describe();
      return room?.participants.find(({ id }) => id === room.speaker)?.name === name || null;
    });

  const bobSees = (what: string): Promise<unknown> =>
    until(`baresip to see ${what}`, 10_000, async () => {
      const file = await bob.snapshot();
      const code = file === null ? null : whoseSnapshot(file);
      return (code && `${code.id} ${code.kind}`) === what || null;
    });

  it('joins by the page and is in the roster of all', async () => {
    const clickedAt = performance.now();
    const callMs = await wanda.join(page, 'demo', 'Wanda');
    await wanda.decodes('main', 1);
    note(
      `page and click to first picture: ${Math.round(performance.now() - clickedAt)} ms; click to call: ${Math.round(callMs)} ms`,
    );
    for (const name of ['bob', 'ALPHA', 'Wanda']) await wanda.says(name, '.roster');
    const room = gateway.gateway.core.rooms.find('demo')?.describe();
    assert.deepEqual(room?.participants.map(({ name }) => name).sort(), ['ALPHA', 'Wanda', 'bob']);
  });

  it('hears the softphone and the room system, and is heard by both', async () => {
    await until('the page to hear both', 10_000, async () => {
      const heard = await wanda.tones();
      return holdsTone(heard, tones.alpha, 8) && holdsTone(heard, tones.bob, 8) && !holdsTone(heard, tones.wanda, 8);
    });
    await alpha.waitFor(
      ({ heard }) =>
        holdsTone(heard.tones, tones.wanda) &&
        holdsTone(heard.tones, tones.bob) &&
        !holdsTone(heard.tones, tones.alpha),
      10_000,
      'the endpoint to hear the page and baresip',
    );
    await until('baresip to hear the page and the endpoint', 10_000, async () => {
      const file = await bob.recording();
      const heard = file === null ? [] : tonesAtEnd(file, 0.5);
      return holdsTone(heard, tones.wanda) && holdsTone(heard, tones.alpha) && !holdsTone(heard, tones.bob);
    });
  });

  it('shows its camera to both when it speaks, and sees who speaks', async () => {
    await bob.command('mute');
    alpha.talk(false);
    await speakerIs('Wanda');
    await alpha.waitFor(({ main }) => main.from === 'WANDA', 10_000, 'the endpoint to see the page');
    await bobSees('WANDA camera');
    alpha.talk(true);
    await wanda.page.keyboard.press('m');
    await wanda.page.waitForSelector('.roster li:has-text("Wanda") [aria-label=muted]');
    await speakerIs('ALPHA');
    await until(
      'the page to see the endpoint',
      10_000,
      async () => (await wanda.sees('main')) === 'ALPHA camera' || null,
    );
    await wanda.decodes('main');
    await wanda.page.waitForSelector('.roster li:has-text("ALPHA") [aria-label=speaking]');
    await wanda.page.keyboard.press('m');
    await wanda.page.waitForSelector('.roster li:has-text("Wanda") [aria-label=muted]', { state: 'detached' });
  });

  it('shares its screen on the content line, beside the camera', async () => {
    await wanda.page.click('text=Share screen');
    const { content } = await alpha.waitFor(
      ({ content, holder }) => holder === 'Wanda' && content.width === 1920 && content.decoded >= 5,
      15_000,
      'the endpoint to decode the shared screen',
    );
    assert.deepEqual([content.width, content.height], [1920, 1080]);
    const { decoded } = alpha.state.main;
    await alpha.waitFor(({ main }) => main.decoded >= decoded + 5, 10_000, 'pictures on the camera line too');
    assert.notEqual(alpha.state.main.width, 1920);
    assert.deepEqual(await wanda.captures(), ['live']);
  });

  it('stops its capture and says why when the room system takes over, and sees its slides', async () => {
    assert.equal(await alpha.share(), 'granted');
    await until('the capture to stop', 5_000, async () => (await wanda.captures()).at(-1) === 'ended' || null);
    await wanda.says('ALPHA is presenting now, your sharing has stopped.', '.status');
    await until('the slides on the page', 10_000, async () => (await wanda.sees('content')) === 'ALPHA slides' || null);
    const { content } = await wanda.decodes('content');
    assert.deepEqual([content.width, content.height], [1280, 720]);
    await wanda.page.waitForSelector('.roster li:has-text("ALPHA") [aria-label=presenting]');
  });

  it('keeps the last slide with a mark while the room system pauses, and goes on', async () => {
    await alpha.hold(true, 'inactive');
    await wanda.says('Paused by ALPHA', '#content-picture');
    assert.equal(await wanda.sees('content'), 'ALPHA slides', 'neither black nor gone');
    const { counter } = (await wanda.code('content')) ?? { counter: 0 };
    await alpha.hold(false);
    await until('new slides without a mark', 10_000, async () => {
      const now = await wanda.code('content');
      const text = await wanda.page.innerText('#content-picture');
      return (now !== null && now.counter > counter && !text.includes('Paused')) || null;
    });
    await alpha.release();
    await wanda.page.waitForSelector('#content-picture', { state: 'detached' });
  });

  it('leaves, and the others are told', async () => {
    await wanda.page.click('text=Leave');
    await wanda.says('You have left the room.');
    await until('an empty seat', 5_000, () => {
      const room = gateway.gateway.core.rooms.find('demo')?.describe();
      return room?.participants.every(({ name }) => name !== 'Wanda') || null;
    });
    assert.deepEqual(wanda.complaints, []);
  });
});
