import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEndpoint, type Endpoint } from '../../scripts/endpoint/endpoint.js';
import { TestBrowser, type RoomPage } from './support/chromium.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { skipWithout } from './support/needs.js';
import { until } from './support/until.js';

const here = '127.0.0.1';
const elsewhere = 'gateway.test';

/** What makes a browser fail in one way; runs in the page before its own code. */
const faults = {
  denied: `navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'))`,
  noH264: `RTCRtpReceiver.getCapabilities = () => ({ codecs: [{ mimeType: 'video/VP8', clockRate: 90000 }], headerExtensions: [] })`,
  noWebSocket: `WebSocket = class extends WebSocket {
    constructor(url, protocols) { super(url.replace('/sip', '/nothing-here'), protocols); } }`,
  noIce: `{ const original = RTCPeerConnection.prototype.setRemoteDescription;
    RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
      return original.call(this, { type, sdp: sdp.replace(/^a=ice-pwd:.*$/gm, 'a=ice-pwd:' + 'x'.repeat(24)) }); } }`,
  nothingChosen: `localStorage.setItem('microphone', 'none'); localStorage.setItem('camera', 'none')`,
};

describe('the way into a room by the page', function () {
  this.timeout(60_000);
  const directory = mkdtempSync(join(tmpdir(), 'journey-'));
  const running: Endpoint[] = [];
  let gateway: TestGateway;
  let browser: TestBrowser;
  let ann: RoomPage;
  let noIce: Promise<RoomPage>;

  before(async function () {
    skipWithout(this, ['ffmpeg', 'rtpengine', 'chromium']);
    gateway = await startTestGateway({
      web: true,
      change: (settings) => {
        const like = { capacity: 5, policy: 'latest-takes-over', permanent: true, mode: 'conference' } as const;
        const more = [
          { ...like, name: 'secret', pin: '4711' },
          { ...like, name: 'tiny', pin: null, capacity: 1 },
        ];
        const main = join(import.meta.dirname, '../../dist/scripts/endpoint/main.js');
        return {
          ...settings,
          rooms: { ...settings.rooms, permanent: [...settings.rooms.permanent, ...more], adHoc: null },
          web: { ...settings.web, hosts: [elsewhere] },
          about: () => ({
            version: '1',
            httpsUrls: ['https://192.0.2.7:8443'],
            fingerprint: 'AB:CD',
            sipUris: ['sip:demo@192.0.2.7', 'sip:demo@meet.example.org'],
          }),
          demo: {
            command: [process.execPath, main],
            uri: (core) =>
              `sip:demo@${here}:${core.engine?.listening.find(({ transport }) => transport === 'udp')?.local.port}`,
          },
        };
      },
    });
    browser = await TestBrowser.start(undefined, [`--host-resolver-rules=MAP ${elsewhere} ${here}`]);
    ann = await browser.person();
  });

  after(async () => {
    await browser?.close();
    await Promise.all(running.map((one) => one.hangup()));
    await gateway?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const tries = async (room: string, init?: string): Promise<RoomPage> => {
    const person = await browser.person(init === undefined ? {} : { init });
    await person.page.goto(`${gateway.page}/?room=${room}&name=Eve`);
    await person.page.click('button[type=submit]');
    return person;
  };

  const refusedWith = async (words: string, room: string, init?: string): Promise<void> => {
    const person = await tries(room, init);
    await person.says(words, '[role=alert]');
    await person.page.waitForSelector('button[type=submit]:enabled');
    await person.close();
  };

  it('begins with a landing page that all can use', async () => {
    await ann.page.goto(gateway.page);
    await ann.says('Bring in a demo room system');
    await ann.says('sip:demo@192.0.2.7');
    assert.deepEqual(await ann.violations(), []);
    await ann.keepPicture('landing');
    assert.deepEqual(await ann.violations('dark'), []);
    await ann.page.click('text=中文');
    await ann.says('加入演示会议室');
    await ann.page.waitForSelector('html[lang=zh-CN]', { state: 'attached' });
    assert.deepEqual(await ann.violations(), []);
    await ann.page.reload();
    await ann.says('加入演示会议室');
    await ann.page.click('text=English');
    await ann.says('Join the demo room');
  });

  it('shows dual stream without hardware: the demo room system presents, and takes the floor', async () => {
    await ann.page.click('text=Bring in a demo room system');
    await ann.says('The demo room system is in the room.');
    await ann.page.click('text=Join the demo room');
    await ann.page.fill('input[autocomplete=name]', 'Ann');
    await ann.page.click('button[type=submit]');
    await until('the slides', 15_000, async () => (await ann.sees('content')) === 'DEMO slides' || null);
    await until('the camera', 10_000, async () => (await ann.sees('main')) === 'DEMO camera' || null);
    await ann.keepPicture('room');
    assert.deepEqual(await ann.violations(), []);
    assert.deepEqual(await ann.violations('dark'), []);
    await ann.page.click('text=Share screen');
    await ann.page.waitForSelector('text=Stop sharing');
    await ann.page.click('text=Let it take the floor from you');
    await ann.says('DEMO is presenting now, your sharing has stopped.', '.status');
    assert.deepEqual(await ann.captures(), ['ended']);
    await ann.page.click('text=Send the demo room system away');
    await ann.page.waitForSelector('#content-picture', { state: 'detached' });
  });

  it('fits a telephone, and can be left by the keyboard', async () => {
    running.push(await startEndpoint({ uri: gateway.uri('demo'), name: 'ALPHA', bind: here, share: 'test-pattern' }));
    await until('the slides', 10_000, async () => (await ann.sees('content')) === 'ALPHA slides' || null);
    await ann.page.setViewportSize({ width: 390, height: 844 });
    assert.deepEqual(await ann.outside(), []);
    assert.deepEqual(await ann.violations(), []);
    await ann.keepPicture('phone');
    await ann.page.setViewportSize({ width: 1280, height: 800 });
    await ann.page.focus('text=Leave');
    await ann.page.keyboard.press('Enter');
    await ann.says('You have left the room.', '[role=alert]');
    assert.deepEqual(await ann.violations(), []);
  });

  it('names devices after a check and remembers what was chosen', async () => {
    await ann.page.click('text=Check camera and microphone');
    await ann.page.waitForSelector('.preview video');
    await ann.page.waitForSelector('meter');
    const camera = ann.page.getByLabel('Camera', { exact: true });
    await ann.page.waitForFunction(() => /fake_device/.test(document.querySelectorAll('select')[1]?.innerText ?? ''));
    assert.deepEqual(await ann.violations(), []);
    await camera.selectOption({ label: 'fake_device_0' });
    await ann.page.getByLabel('Microphone', { exact: true }).selectOption({ label: 'None' });
    await ann.page.goto(`${gateway.page}/?room=demo`);
    assert.equal(await ann.page.inputValue('input[autocomplete=name]'), 'Ann');
    assert.equal(await ann.page.getByLabel('Microphone', { exact: true }).inputValue(), 'none');
    await until('the focus on Join', 2000, () =>
      ann.page.evaluate(() => document.activeElement?.textContent === 'Join'),
    );
    assert.deepEqual(ann.complaints, []);
    await ann.close();
  });

  it('says clearly what is missing: permission, H.264, the WebSocket', async () => {
    // browsers give connectivity checks time: the outcome is looked at below
    noIce = tries('demo', faults.noIce);
    await refusedWith('not allowed to use camera or microphone', 'demo', faults.denied);
    await refusedWith('This browser has no H.264', 'demo', faults.noH264);
    await refusedWith('The WebSocket to the gateway was refused', 'demo', faults.noWebSocket);
  });

  it('says clearly what the gateway has against it: full, no such room, no answer', async () => {
    running.push(await startEndpoint({ uri: gateway.uri('tiny'), name: 'BETA', bind: here, blind: true }));
    await refusedWith('The room is full.', 'tiny');
    await refusedWith('There is no such room.', 'nowhere');
    const person = await browser.person();
    await person.page.route('**/api/v1/session', (route) => route.abort());
    await person.page.goto(`${gateway.page}/?room=demo&name=Eve`);
    await person.page.click('button[type=submit]');
    await person.says('The gateway does not answer.', '[role=alert]');
    await person.close();
  });

  it('asks for the PIN of a room, again when it was wrong', async () => {
    const person = await tries('secret', faults.nothingChosen);
    await person.says('This room needs a PIN.', '[role=alert]');
    await person.page.waitForSelector('input[type=password]:focus');
    await person.page.keyboard.type('1234');
    await person.page.keyboard.press('Enter');
    await person.says('The PIN is wrong.', '[role=alert]');
    assert.deepEqual(await person.violations(), []);
    await person.page.fill('input[type=password]', '4711');
    await person.page.keyboard.press('Enter');
    await person.page.waitForSelector('.room');
    await person.close();
  });

  it('explains a page without secure context, names the HTTPS address, and still lets in to watch', async () => {
    const person = await browser.person();
    const page = gateway.page.replace('localhost', elsewhere);
    await person.page.goto(page);
    await person.says('only to pages opened by HTTPS or on localhost');
    await person.says('https://192.0.2.7:8443');
    await person.says('AB:CD');
    assert.deepEqual(await person.violations(), []);
    await person.page.click('text=Join the demo room');
    assert.equal(await person.page.getAttribute('[role=note] a', 'href'), 'https://192.0.2.7:8443?room=demo');
    await person.page.fill('input[autocomplete=name]', 'Ida');
    await person.page.click('button[type=submit]');
    await person.page.waitForSelector('.room');
    await person.decodes('main', 1);
    assert.equal(await person.page.locator('text=Share screen').count(), 0);
    await person.close();
    await until('the seat to be free', 5_000, () => {
      const room = gateway.gateway.core.rooms.find('demo')?.describe();
      return room?.participants.every(({ name }) => name !== 'Ida') || null;
    });
  });

  it('gives up and says so when sound and picture cannot pass', async () => {
    const person = await noIce;
    await person.says('(ICE failed)', '[role=alert]', 15_000);
    await person.close();
  });
});
