import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { holdsTone } from '../../scripts/endpoint/audio/spectrum.js';
import { startEndpoint, type Endpoint } from '../../scripts/endpoint/endpoint.js';
import { listenForCalls, type AnsweringEndpoint } from '../../scripts/endpoint/listen.js';
import type { H323Options } from '../../scripts/endpoint/options.js';
import type { GatewaySettings } from '../../src/gateway.js';
import { noOutgoing } from '../../src/outgoing.js';
import { engineElsewhere } from '../support/engine-elsewhere.js';
import { Baresip } from './support/baresip.js';
import { makeClip } from './support/clip.js';
import { tonesAtEnd, whoseSnapshot } from './support/decoded.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { skipWithout } from './support/needs.js';
import { until } from './support/until.js';

const here = '127.0.0.1';
const room = 'vault';
const patience = 15_000;
const tones = { HANK: 600, BOARD: 1000, PHONE: 400 };
/** Higher than ours: the master makes the keys. */
const mastersType = 240;

/** A room that takes encrypted media only. */
function withVault(settings: GatewaySettings): GatewaySettings {
  const [like] = settings.rooms.permanent;
  assert.ok(like);
  return {
    ...settings,
    rooms: { ...settings.rooms, permanent: [...settings.rooms.permanent, { ...like, name: room, srtp: 'required' }] },
    outgoing: noOutgoing,
    decide: ({ uri }) => (/^(?:sip:)?vault(?:@|$)/.test(uri) ? { kind: 'room', room, role: 'participant' } : null),
    h323: {
      listen: [{ address: here, port: 0 }],
      ...{ h245Ports: null, bare: null, kbps: 1920, targets: [`*@${here}`] },
      start: { fastStart: false, tunnelling: true, earlyH245: false },
    },
  };
}

describe('a room of encrypted media with two H.323 devices and a SIP device', function () {
  this.timeout(60_000);
  const directory = mkdtempSync(join(tmpdir(), 'h323-encrypted-'));
  let gateway: TestGateway;
  /** Calls, and gets its keys from us. */
  let hank: Endpoint;
  let answering: AnsweringEndpoint;
  /** Is called, and makes the keys. */
  let board: Endpoint;
  let phone: Baresip;

  const called = (): string => `h323:${room}@${here}:${gateway.gateway.core.h323?.listening[0]?.port ?? 0}`;
  const dial = (name: string, h323: H323Options): Promise<Endpoint> =>
    startEndpoint({ uri: called(), name, audio: `tone:${tones.HANK}`, h323 });

  before(async function () {
    skipWithout(this, ['baresip', 'ffmpeg', 'rtpengine']);
    if (engineElsewhere()) this.skip();
    gateway = await startTestGateway({ web: true, change: withVault });
    hank = await dial('HANK', { encryption: 'required' });
    answering = await listenForCalls({
      ...{ name: 'BOARD', protocol: 'h323', audio: `tone:${tones.BOARD}` },
      h323: { encryption: 'required', terminalType: mastersType },
    });
    const { core } = gateway.gateway;
    core.dialOut.call(core.rooms.open(room), { to: answering.uri(), name: 'BOARD' });
    board = await answering.call();
    const video = join(directory, 'phone.mp4');
    makeClip(video, 'PHONE', 40);
    phone = await Baresip.start({
      ...{ name: 'phone', sipPort: 5190, controlPort: 4590, rtpPorts: [48_000, 48_100] },
      ...{ tone: tones.PHONE, video, encryption: 'srtp-mand' },
    });
    await phone.dial(gateway.uri(room));
    await phone.established();
  });
  after(async () => {
    await phone?.stop();
    await hank?.hangup();
    await answering?.close();
    await gateway?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const hears = (one: Endpoint, ...wanted: number[]): Promise<unknown> =>
    one.waitFor(({ heard }) => wanted.every((tone) => holdsTone(heard.tones, tone)), patience, `${wanted.join()} Hz`);
  const sees = (one: Endpoint, line: 'main' | 'content', from: string): Promise<unknown> => {
    const { received } = one.state[line];
    return one.waitFor((state) => state[line].from === from && state[line].received > received, patience, from);
  };
  const phoneSees = (whose: string): Promise<unknown> =>
    until(`the phone to see ${whose}`, patience, async () => {
      const file = await phone.snapshot();
      return file !== null && whoseSnapshot(file)?.id === whose;
    });
  /** Packets that came in the clear, or by a key that nobody told. */
  const undeciphered = (): number[] =>
    [hank, board].flatMap(({ figures }) =>
      ['audio', 'main', 'content'].map((line) => (figures[line] as { undeciphered: number }).undeciphered),
    );

  it('does not take a device without keys', async () => {
    await assert.rejects(dial('PLAIN', {}), /securityDenied/);
  });

  it('is heard and seen by all', async () => {
    await Promise.all([hears(hank, tones.BOARD, tones.PHONE), hears(board, tones.HANK, tones.PHONE)]);
    await until('the phone to hear both', patience, async () => {
      const file = await phone.recording();
      const heard = file === null ? [] : tonesAtEnd(file, 0.5);
      return holdsTone(heard, tones.HANK) && holdsTone(heard, tones.BOARD);
    });
    for (const quiet of [board, hank]) quiet.talk(false);
    await Promise.all([hank, board].map((one) => sees(one, 'main', 'PHONE')));
    for (const quiet of [board, hank]) quiet.talk(true);
    const { participants } = gateway.gateway.core.rooms.open(room).describe();
    assert.deepEqual(
      participants.map(({ encrypted }) => encrypted),
      [true, true, true],
    );
  });

  it('shows the slides of each device to the other and to the phone', async () => {
    for (const [one, other] of [
      [hank, board],
      [board, hank],
      [hank, board],
    ] as const) {
      assert.equal(await one.share(), 'granted');
      await sees(other, 'content', one.name);
      await phoneSees(one.name);
    }
  });

  for (const [what, maker] of [
    ['that we make', () => hank],
    ['that the device makes', () => board],
  ] as const) {
    it(`goes on without a gap with new keys ${what}`, async () => {
      const one = maker();
      const other = one === hank ? board : hank;
      assert.equal(await one.share(), 'granted');
      await sees(other, 'content', one.name);
      const from = one.events.length;
      one.renewKeys();
      for (const line of ['audio', 'main', 'content'])
        await one.nextEvent((event) => event.event === 'new-key' && event.line === line, patience, from);
      await Promise.all([sees(other, 'content', one.name), hears(other, tones[one === hank ? 'HANK' : 'BOARD'])]);
      await Promise.all([hears(one, tones[other === hank ? 'HANK' : 'BOARD'])]);
    });
  }

  it('has had no packet that was not encrypted, and loses none by a change of keys', () => {
    assert.deepEqual(undeciphered(), [0, 0, 0, 0, 0, 0]);
    assert.equal(gateway.gateway.core.metrics.counted('dualstream_media_dropped_total', { reason: 'cipher_plain' }), 0);
  });
});
