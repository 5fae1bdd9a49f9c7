import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEndpoint, type Endpoint } from '../../scripts/endpoint/endpoint.js';
import { holdsTone } from '../../scripts/endpoint/audio/spectrum.js';
import { recordingsAt } from '../support/sound-elsewhere.js';
import { makeDevices, TestBrowser, type RoomPage } from './support/chromium.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { skipWithout } from './support/needs.js';
import { note } from './support/note.js';
import { until } from './support/until.js';

const tones = { gus: 1000, film: 1500 } as const;

/** A desktop on which nothing moves, painted again five times a second as a screen capture is, with a film's sound. */
const stillDesktop = `navigator.mediaDevices.getDisplayMedia = async () => {
  const canvas = Object.assign(document.createElement('canvas'), { width: 1920, height: 1080 });
  const pen = canvas.getContext('2d');
  const paint = () => {
    pen.fillStyle = '#24507a'; pen.fillRect(0, 0, 1920, 1080);
    pen.fillStyle = '#fff'; pen.fillRect(200, 100, 1400, 800);
    pen.fillStyle = '#111'; pen.font = '24px sans-serif';
    for (let i = 0; i < 24; i += 1) pen.fillText('Line ' + i + ' of a document that somebody reads aloud', 240, 150 + i * 31);
  };
  paint();
  const timer = setInterval(paint, 200);
  const context = new AudioContext();
  const tone = new OscillatorNode(context, { frequency: ${tones.film} });
  const sound = context.createMediaStreamDestination();
  tone.connect(new GainNode(context, { gain: 0.3 })).connect(sound);
  tone.start();
  const stream = canvas.captureStream(5);
  stream.addTrack(sound.stream.getAudioTracks()[0]);
  for (const track of stream.getTracks()) {
    const stop = track.stop.bind(track);
    track.stop = () => { clearInterval(timer); stop(); };
  }
  return stream;
}`;

const nothingChosen = `localStorage.setItem('microphone', 'none'); localStorage.setItem('camera', 'none')`;

describe('what one can do in a room by the page', function () {
  this.timeout(60_000);
  const directory = mkdtempSync(join(tmpdir(), 'journey-'));
  let gateway: TestGateway;
  let browser: TestBrowser;
  let gus: RoomPage;
  let mona: RoomPage;
  let alpha: Endpoint;

  before(async function () {
    skipWithout(this, ['ffmpeg', 'rtpengine', 'chromium']);
    const most = { recordings: 9, bytes: 1e9, minutes: 5, days: 1 };
    const servers = recordingsAt(join(directory, 'served'));
    const recordings = { who: 'moderator' as const, directory: join(directory, 'recordings'), servers, most };
    gateway = await startTestGateway({
      ...{ web: true, policies: { asked: 'ask-moderator' } },
      change: (settings) => ({ ...settings, recordings }),
    });
    alpha = await startEndpoint({ uri: gateway.uri('asked'), name: 'ALPHA', bind: '127.0.0.1', quiet: true });
    browser = await TestBrowser.start(makeDevices(directory, 'GUS', tones.gus));
    gus = await browser.person({ init: stillDesktop });
    mona = await browser.person({ init: nothingChosen });
  });

  after(async () => {
    await browser?.close();
    await alpha?.hangup();
    await gateway?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const row = (name: string): string => `.roster li:has-text("${name}")`;

  it('makes a moderator of who followed the administrator’s link', async () => {
    await mona.page.goto(`${gateway.page}${gateway.gateway.tokens.adminLink()}`);
    await mona.says('You are signed in as administrator');
    await mona.join(gateway.page, 'asked', 'Mona');
    await gus.join(gateway.page, 'asked', 'Gus');
    await mona.page.waitForSelector(`${row('Gus')} button:has-text("Mute")`);
    assert.equal(await gus.page.locator('.moderation').count(), 0);
    await mona.page.waitForSelector(`${row('Mona')} [aria-label=muted]`);
    assert.deepEqual(await mona.violations(), []);
    await alpha.waitFor(({ heard }) => holdsTone(heard.tones, tones.gus), 5_000, 'the endpoint to hear Gus');
  });

  it('mutes others, who are told and may unmute themselves', async () => {
    await mona.page.click(`${row('Gus')} button:has-text("Mute")`);
    await gus.says('A moderator has muted you.', '.status');
    await gus.page.waitForSelector('.controls button:has-text("Unmute")');
    await alpha.waitFor(({ heard }) => !holdsTone(heard.tones, tones.gus), 5_000, 'silence');
    await gus.page.click('text=Unmute');
    await alpha.waitFor(({ heard }) => holdsTone(heard.tones, tones.gus), 5_000, 'Gus again');
    await mona.page.waitForSelector(`${row('Gus')} [aria-label=muted]`, { state: 'detached' });
    assert.equal(await gus.page.innerText('.status'), '');
  });

  it('decides who may present', async () => {
    assert.equal(await alpha.share(), 'pending');
    await mona.page.waitForSelector(`${row('ALPHA')} [aria-label^="wants to present"]`);
    await mona.page.click('[aria-label="Deny ALPHA the floor"]');
    await alpha.waitFor(({ floor }) => floor === 'denied', 5_000, 'the refusal');
    assert.equal(await alpha.share(), 'pending');
    await mona.page.click('[aria-label="Allow ALPHA to present"]');
    await until('the slides', 10_000, async () => (await mona.sees('content')) === 'ALPHA slides' || null);
    await mona.page.click('[aria-label="Stop sharing of ALPHA"]');
    await alpha.waitFor(({ floor }) => floor === 'revoked', 5_000, 'the end');
  });

  it('shows an administrator how a call goes, and gives its messages', async () => {
    await mona.page.click('[aria-label="Call details of ALPHA"]');
    await mona.says(/UDP v\d, we are server, up/, '.diagnosis');
    await mona.says(/device\s+not known: gets the standard/, '.diagnosis');
    await mona.says(/floor\s+\d\d:\d\d:\d\d us: Floor\w*Status/, '.diagnosis');
    await mona.page.click('.diagnosis details:has(.messages) summary');
    await mona.says(/\d ← INVITE sip:[^]*\d → 200 OK \(INVITE\)/, '.diagnosis .messages');
    const exchange = '.diagnosis details:has(pre)';
    await mona.page.click(`${exchange} summary`);
    await mona.says(/offer of peer, 200\s+m=application \d+ UDP\/BFCP \*\s+a=floorctrl:c-only/, exchange);
    await mona.says(/answer\s+m=application \d+ UDP\/BFCP \*[^]*a=floorctrl:s-only/, exchange);
    assert.deepEqual(await mona.violations(), []);
    const loading = mona.page.waitForEvent('download');
    await mona.page.click('.diagnosis a');
    const file = await (await loading).path();
    assert.equal(readFileSync(file).readUInt32LE(0), 0x0a0d0d0a);
    await mona.page.click('.diagnosis button');
    assert.equal(await gus.page.locator('[aria-label="Call details of ALPHA"]').count(), 0);
  });

  it('lets who waits for the floor share once it is granted, with the sound of the share', async () => {
    await gus.page.click('text=Share screen');
    await gus.says('Waiting for the floor', '.status');
    await mona.page.click('[aria-label="Allow Gus to present"]');
    await gus.page.waitForSelector('text=Stop sharing');
    const { content } = await alpha.waitFor(({ content }) => content.decoded > 0, 10_000, 'the desktop');
    assert.deepEqual([content.width, content.height], [1920, 1080]);
    const { content: seen } = await mona.decodes('content', 1);
    assert.deepEqual([seen.width, seen.height], [1920, 1080]);
    const both = [tones.gus, tones.film];
    await alpha.waitFor(({ heard }) => both.every((hz) => holdsTone(heard.tones, hz)), 5_000, 'voice and film');
  });

  it('keeps the sound of the share when the person mutes the microphone', async () => {
    await gus.page.keyboard.press('m');
    await alpha.waitFor(
      ({ heard }) => holdsTone(heard.tones, tones.film) && !holdsTone(heard.tones, tones.gus),
      5_000,
      'the film without the voice',
    );
    await gus.page.keyboard.press('m');
    await alpha.waitFor(({ heard }) => holdsTone(heard.tones, tones.gus), 5_000, 'the voice again');
  });

  it('sends little of a desktop on which nothing moves', async () => {
    const windowMs = 3_000;
    const kbps = await until('a share that is still', 25_000, async () => {
      const before = (await gus.figures())?.content.bytesSent ?? 0;
      const from = performance.now();
      await new Promise((resolve) => setTimeout(resolve, windowMs));
      const sent = ((await gus.figures())?.content.bytesSent ?? 0) - before;
      const rate = (sent * 8) / (performance.now() - from);
      return rate <= 100 ? rate : null;
    });
    note(`a still desktop of 1920 x 1080: ${kbps.toFixed(1)} kbit/s`);
    await gus.page.click('text=Stop sharing');
    await alpha.waitFor(({ heard }) => !holdsTone(heard.tones, tones.film), 5_000, 'no film any more');
    assert.equal((await gus.captures()).length, 0);
  });

  it('queues those who want to present next, in the order that the moderator gives them', async () => {
    await gus.page.click('text=Share screen');
    await mona.page.click('[aria-label="Allow Gus to present"]');
    await gus.page.waitForSelector('text=Stop sharing');
    const bravo = await startEndpoint({ uri: gateway.uri('asked'), name: 'BRAVO', bind: '127.0.0.1', blind: true });
    assert.equal(await alpha.share(), 'pending');
    await mona.page.click('[aria-label="Put ALPHA into the queue"]');
    await alpha.waitFor(({ floor }) => floor === 'accepted', 5_000, 'the place in the queue');
    assert.equal(await bravo.share(), 'pending');
    await mona.page.click('[aria-label="Put BRAVO into the queue"]');
    await gus.page.waitForSelector(`${row('BRAVO')} [aria-label="accepted, number 2 in the queue"]`);
    await mona.page.click('[aria-label="Let BRAVO present sooner"]');
    await gus.page.waitForSelector(`${row('BRAVO')} [aria-label="accepted, number 1 in the queue"]`);
    await gus.page.waitForSelector(`${row('ALPHA')} [aria-label="accepted, number 2 in the queue"]`);
    await mona.page.click('[aria-label="Let BRAVO present later"]');
    await gus.page.waitForSelector(`${row('ALPHA')} [aria-label="accepted, number 1 in the queue"]`);
    await mona.page.waitForSelector('[aria-label="Let BRAVO present sooner"]');
    assert.deepEqual([await mona.violations(), await mona.violations('dark'), await gus.violations()], [[], [], []]);
    await gus.page.click('text=Stop sharing');
    await alpha.waitFor(({ floor }) => floor === 'granted', 5_000, 'the turn of ALPHA');
    await alpha.release();
    await bravo.waitFor(({ floor }) => floor === 'granted', 5_000, 'the turn of BRAVO');
    await bravo.hangup();
    await mona.page.waitForSelector(row('BRAVO'), { state: 'detached' });
  });

  it('opens a camera that was not chosen at the door, and changes devices in a dialog', async () => {
    await mona.page.click('text=Camera on');
    await mona.page.waitForSelector('.own video');
    await gus.page.keyboard.press('m');
    await mona.page.click('text=Unmute');
    await alpha.waitFor(({ main }) => main.from === 'GUS', 10_000, 'the camera of the one who speaks');
    await mona.page.click('text=Settings');
    await mona.page.waitForSelector('dialog[open]');
    assert.deepEqual(await mona.violations(), []);
    await mona.page.getByLabel('Camera', { exact: true }).selectOption({ label: 'None' });
    await mona.page.waitForSelector('.own', { state: 'detached' });
    await mona.page.keyboard.press('m');
    await mona.page.keyboard.press('Escape');
    await mona.page.waitForSelector('dialog', { state: 'detached' });
    await mona.page.waitForSelector('button:has-text("Settings"):focus');
    await mona.page.waitForSelector('.controls button:has-text("Mute")');
  });

  it('records the sound, and shows that to everybody as long as it goes on', async () => {
    assert.equal(await gus.page.locator('text=Record the sound').count(), 0);
    await mona.page.click('text=Record the sound');
    for (const one of [gus, mona]) {
      await one.page.waitForSelector('.stage :text("The sound is being recorded")');
      await one.page.waitForSelector('.roster [aria-label="The sound is being recorded"]');
    }
    assert.deepEqual(await gus.violations(), []);
    await mona.page.click('text=End the recording');
    await gus.page.waitForSelector('.stage .recorded', { state: 'detached' });
    const [kept] = (await gateway.gateway.core.recordings?.list('asked')) ?? [];
    assert.equal(kept?.by, 'Mona');
    assert.ok((kept?.files[0]?.bytes ?? 0) > 44);
  });

  it('locks the room, and removes people who then read why', async () => {
    await mona.page.click('text=Lock the room');
    await gus.page.waitForSelector('.roster [aria-label=locked]');
    const late = await browser.person({ init: nothingChosen });
    await late.page.goto(`${gateway.page}/?room=asked&name=Late`);
    await late.page.click('button[type=submit]');
    await late.says('The room is locked.', '[role=alert]');
    await mona.page.click('text=Unlock the room');
    await mona.page.click('[aria-label="Remove Gus"]');
    await mona.page.click('[aria-label="Really remove Gus?"]');
    await gus.says('A moderator has removed you from the room.', '[role=alert]');
    await mona.page.click('[aria-label="Remove ALPHA"]');
    await mona.page.click('[aria-label="Really remove ALPHA?"]');
    await alpha.over;
    await mona.says('People (1)', '.roster');
    assert.deepEqual([...gus.complaints, ...mona.complaints], []);
  });
});
