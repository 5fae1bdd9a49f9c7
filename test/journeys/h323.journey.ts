import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { holdsTone } from '../../scripts/endpoint/audio/spectrum.js';
import { startEndpoint, type Endpoint } from '../../scripts/endpoint/endpoint.js';
import { listenForCalls, type AnsweringEndpoint } from '../../scripts/endpoint/listen.js';
import type { EndpointOptions } from '../../scripts/endpoint/options.js';
import { audioInConfig } from '../support/sound-elsewhere.js';
import { dissect } from '../support/tshark.js';
import { Administrator } from './support/administrator.js';
import { makeDevices, TestBrowser, type RoomPage } from './support/chromium.js';
import { LiveCapture, withUsualPort } from './support/live-capture.js';
import { skipWithout } from './support/needs.js';
import { note } from './support/note.js';
import { Product } from './support/product.js';
import { stampedScreen } from './support/stamped-screen.js';
import { until } from './support/until.js';

const here = '127.0.0.1';
const room = 'demo';
const patience = 15_000;
const tones = { HANK: 600, SID: 900, GUS: 1400, BOARD: 500 };
type Name = 'HANK' | 'SID' | 'GUS';
/** Every one takes over from every other: six directions. */
const turns: readonly Name[] = ['HANK', 'SID', 'GUS', 'HANK', 'GUS', 'SID', 'HANK'];

describe('a room of an H.323 device, a SIP device and a browser', function () {
  this.timeout(90_000);
  const directory = mkdtempSync(join(tmpdir(), 'h323-'));
  const endpoints: Endpoint[] = [];
  let gateway: Product;
  let administrator: Administrator;
  let browser: TestBrowser;
  let gus: RoomPage;
  let hank: Endpoint;
  let sid: Endpoint;
  /** One video stream, no H.239. */
  let solo: Endpoint;
  let board: AnsweringEndpoint;
  let capture: LiveCapture | null;

  const h323 = (name: string): string => gateway.find(/(h323:demo@127\.0\.0\.1:\d+)\n/).replace('demo@', name);
  const call = async (uri: string, name: string, more: Partial<EndpointOptions> = {}): Promise<Endpoint> => {
    const small = { size: { width: 352, height: 288 }, fps: 5 };
    const endpoint = await startEndpoint({ uri, name, bind: here, audio: 'silence', ...small, ...more });
    endpoints.push(endpoint);
    return endpoint;
  };
  const gone = async (...those: Endpoint[]): Promise<void> => {
    await Promise.all(those.map((one) => one.hangup()));
    for (const one of those) endpoints.splice(endpoints.indexOf(one), 1);
  };

  before(async function () {
    skipWithout(this, ['ffmpeg', 'rtpengine', 'chromium']);
    board = await listenForCalls({ protocol: 'h323', name: 'BOARD', audio: `tone:${tones.BOARD}`, bind: here });
    const config = join(directory, 'config.yaml');
    writeFileSync(
      config,
      JSON.stringify({
        ...audioInConfig(),
        // a machine that tests much at once is busy
        sip: { overload: { busyPercent: 100 } },
        rooms: { permanent: [{ name: '4711', pin: '2468' }] },
        h323: { enabled: true, listen: [{ address: here, port: 0 }], dialOut: { targets: ['*@127.0.0.1'] } },
      }),
    );
    const places = ['--bind', here, '--ports', 'auto', '--data', join(directory, 'data')];
    gateway = Product.start('--config', config, ...places);
    await gateway.printed(/is ready\.[\s\S]*Ctrl-C ends/, 60_000);
    capture = await LiveCapture.start(join(directory, 'wire.pcapng'), 'tcp');
    administrator = await Administrator.of(gateway);
    browser = await TestBrowser.start(makeDevices(directory, 'GUS', tones.GUS));
    gus = await browser.person({ init: stampedScreen('GUS', 10) });
    await gus.join(gateway.find(/(http:\/\/localhost:\d+)\n/), room, 'GUS');
    hank = await call(h323(`${room}@`), 'HANK', { audio: `tone:${tones.HANK}` });
    sid = await call(gateway.find(/(sip:demo@127\.0\.0\.1:\d+)\n/), 'SID', { audio: `tone:${tones.SID}` });
    solo = await call(h323(`${room}@`), 'SOLO', { vendor: 'single-stream' });
  });

  after(async () => {
    await capture?.stop();
    await browser?.close();
    await Promise.all(endpoints.map((one) => one.hangup()));
    await board?.close();
    await gateway?.end();
    rmSync(directory, { recursive: true, force: true });
  });

  const hears = (endpoint: Endpoint, ...wanted: number[]): Promise<unknown> =>
    endpoint.waitFor(
      ({ heard }) => wanted.every((tone) => holdsTone(heard.tones, tone)),
      patience,
      `${wanted.join()} Hz`,
    );
  const share = async (name: Name): Promise<void> => {
    if (name === 'GUS') await gus.page.click('text=Share screen');
    else assert.equal(await (name === 'HANK' ? hank : sid).share(), 'granted');
  };
  /** Everybody but the presenter shows those slides: on the content line, or where there is none on the main one. */
  const shownBy = async (name: Name | 'BOARD' | 'CLING'): Promise<void> => {
    const those = [hank, sid].filter((one) => one.name !== name);
    await Promise.all([
      ...those.map((one) =>
        one.waitFor(({ content }) => content.from === name && content.kind === 'slides', patience, `slides of ${name}`),
      ),
      solo.waitFor(({ main }) => main.from === name && main.kind === 'slides', patience, `slides of ${name}`),
      ...(name === 'GUS'
        ? []
        : [
            until(`GUS to see ${name}`, patience, async () => (await gus.sees('content')) === `${name} slides` || null),
          ]),
    ]);
  };

  it('hears and sees each other', async () => {
    await Promise.all([hears(hank, tones.SID, tones.GUS), hears(sid, tones.HANK, tones.GUS), hears(solo, tones.SID)]);
    await until('GUS to hear both', patience, async () => {
      const played = await gus.tones();
      return (holdsTone(played, tones.HANK) && holdsTone(played, tones.SID)) || null;
    });
    const others = (own: string) => (state: Endpoint['state']) =>
      state.main.kind === 'camera' && state.main.from !== null && state.main.from !== own;
    await Promise.all([hank, sid].map((one) => one.waitFor(others(one.name), patience, 'somebody else')));
  });

  it('shows the slides of whoever shares, in all six takeovers', async () => {
    const times: number[] = [];
    for (const name of turns) {
      const begin = performance.now();
      await share(name);
      await shownBy(name);
      times.push(performance.now() - begin);
    }
    assert.equal((await administrator.room(room)).floor.holder?.name, 'HANK');
    note(`click to slides at all others: ${times.map((ms) => ms.toFixed(0)).join(', ')} ms`);
    await hank.release();
    await Promise.all([sid, solo].map((one) => one.waitFor(({ holder }) => holder === null, patience, 'nobody')));
    await solo.waitFor(({ main }) => main.kind === 'camera', patience, 'a camera again');
  });

  it('is muted by the API: nobody hears the device, and it hears nobody who is muted', async () => {
    await administrator.mute(room, 'HANK', true);
    await sid.waitFor(({ heard }) => !holdsTone(heard.tones, tones.HANK), patience, 'HANK to be silent');
    await administrator.mute(room, 'SID', true);
    await hank.waitFor(({ heard }) => !holdsTone(heard.tones, tones.SID), patience, 'SID to be silent');
    await administrator.mute(room, 'HANK', false);
    await administrator.mute(room, 'SID', false);
    await Promise.all([hears(sid, tones.HANK), hears(hank, tones.SID)]);
  });

  it('lets a device that dials the address alone choose its room and give the PIN by keys', async () => {
    const keys = await call(h323(''), 'KEYS', { camera: false, h323: { h245: 'separate', keys: 'rtp' } });
    await keys.waitFor(({ heard }) => heard.level > -45, patience, 'a voice that asks');
    await keys.press('4711#');
    await keys.press('2468#');
    await until('KEYS to be in the room', patience, async () => {
      const { participants } = await administrator.room('4711');
      return participants.some(({ name }) => name === 'KEYS') || null;
    });
    await gone(keys);
  });

  it('calls a device by the API, which shares like any other', async () => {
    await administrator.ask('POST', `/rooms/${room}/participants`, { uri: board.uri(), name: 'BOARD' });
    const called = await board.call();
    await Promise.all([hears(called, tones.SID), hears(sid, tones.BOARD)]);
    assert.equal(await called.share(), 'granted');
    await shownBy('BOARD');
    await share('SID');
    await called.waitFor((s) => s.floor === 'revoked' && s.content.from === 'SID', patience, 'slides of SID');
    await administrator.ask(
      'DELETE',
      `/rooms/${room}/participants/${(await administrator.participant(room, 'BOARD')).id}`,
    );
    assert.match((await called.over).reason, /destinationRejection/);
  });

  it('is not disturbed by devices that open their content channel at once, cling to it or do not let go', async () => {
    const early = await call(h323(`${room}@`), 'EARLY', { vendor: 'content-at-start', camera: false });
    await early.waitFor(({ content }) => content.from === 'SID', patience, 'slides of SID');
    for (const vendor of ['clings', 'refuses']) {
      const device = await call(h323(`${room}@`), 'CLING', { vendor, camera: false });
      assert.equal(await device.share(), 'granted');
      await shownBy('CLING');
      await share('SID');
      await hank.waitFor(({ content }) => content.from === 'SID', patience, `SID after a device that ${vendor}`);
      const wrong = hank.events.length;
      await early.waitFor(({ content }) => content.from === 'SID', patience, `SID after a device that ${vendor}`);
      await gone(device);
      const seen = hank.events.slice(wrong).flatMap((e) => (e.event === 'sees' && e.line === 'content' ? e.from : []));
      assert.ok(!seen.includes('CLING'), seen.join());
    }
    await gone(early);
  });

  it('leaves nothing behind when they hang up', async () => {
    await gone(hank, sid, solo);
    await until('the room to be left to GUS', patience, async () => {
      const { participants } = await administrator.room(room);
      return participants.map(({ name }) => name).join() === 'GUS' || null;
    });
    const metrics = await (await fetch(`${gateway.find(/(http:\/\/localhost:\d+)\n/)}/metrics`)).text();
    for (const gauge of ['dualstream_h323_legs', 'dualstream_h323_signalled_calls']) {
      assert.match(metrics, new RegExp(`^${gauge} 0$`, 'm'));
    }
  });

  it('is dissected by tshark without a malformed mark, H.245 in call signalling and by itself', async function () {
    if (!capture) return this.skip();
    const ports = [h323(''), board.uri()].map((uri) => Number(/:(\d+)$/.exec(uri)?.[1]));
    const octets = withUsualPort(await capture.stop(), ports);
    const fields = ['frame.protocols', '_ws.malformed', 'tcp.srcport', 'tcp.dstport', 'tcp.payload'];
    const frames = dissect(octets, fields, { filter: 'q931 or h225 or h245' });
    const of = (protocols: RegExp): number => frames.filter(([layers = '']) => protocols.test(layers)).length;
    assert.deepEqual(
      frames.filter(([, malformed = '']) => malformed !== ''),
      [],
    );
    const [signalling, tunnelled, separate] = [of(/q931/), of(/q931.*h245/), of(/^(?!.*q931).*h245/)];
    note(`${signalling} messages of call signalling, ${tunnelled} with H.245, ${separate} of H.245 by itself`);
    assert.ok(signalling > 50 && tunnelled > 20 && separate > 5);
  });
});
