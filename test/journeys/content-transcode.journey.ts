import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEndpoint, type Endpoint } from '../../scripts/endpoint/endpoint.js';
import { Baresip } from './support/baresip.js';
import { makeClip } from './support/clip.js';
import { whoseSnapshot } from './support/decoded.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { skipWithout } from './support/needs.js';
import { note } from './support/note.js';
import { until } from './support/until.js';

/** A device of packetization mode 0 only, a softphone that has VP8 only, and a presenter that fragments H.264. */
describe('pictures encoded anew', function () {
  this.timeout(60_000);
  const directory = mkdtempSync(join(tmpdir(), 'journey-'));
  let gateway: TestGateway;
  let berta: Endpoint;
  let old: Endpoint;
  let phone: Baresip | undefined;

  before(async function () {
    skipWithout(this, ['ffmpeg', 'baresip']);
    const transcode = { enabled: true, program: 'ffmpeg', most: 6, kbps: 512 };
    makeClip(join(directory, 'clip.mp4'), 'BARESIP', 20);
    const ports = { sipPort: 5094, controlPort: 4494, rtpPorts: [41_200, 41_300] as [number, number] };
    const video = join(directory, 'clip.mp4');
    const starting = Baresip.start({ name: 'vera', ...ports, tone: 400, video, videoCodec: 'VP8' });
    gateway = await startTestGateway({
      change: (settings) => ({ ...settings, media: { ...settings.media, transcode } }),
    });
    [berta, old, phone] = await Promise.all([enter('BERTA', 'poly-udp'), enter('OLD', 'aver'), starting]);
  });

  after(async () => {
    await Promise.all([berta, old].map((one) => one?.hangup()));
    await phone?.stop();
    await gateway?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const enter = (name: string, vendor: 'aver' | 'poly-udp'): Promise<Endpoint> =>
    startEndpoint({ uri: gateway.uri('anew'), name, bind: '127.0.0.1', audio: 'silence', fps: 5, vendor });
  const room = () => gateway.gateway.core.rooms.find('anew')!.describe();
  const who = (name: string) => room().participants.find((one) => one.name === name);

  it('shows a device without fragments what it could not be sent', async () => {
    assert.equal(await berta.share(), 'granted');
    const from = performance.now();
    await old.waitFor(({ content }) => content.from === 'BERTA' && content.kind === 'slides', 15_000, 'the slides');
    note(`request to the first picture encoded anew: ${Math.round(performance.now() - from)} ms`);
    assert.equal(who('OLD')?.transcoded.at(-1), 'content');
  });

  it('shows the content to a softphone that has VP8 only, and its camera to the others, and tells the price', async () => {
    const softphone = phone!;
    await softphone.dial(gateway.uri('anew'));
    await softphone.established();
    const seen = async (): Promise<string | null> => {
      const file = await softphone.snapshot();
      const code = file === null ? null : whoseSnapshot(file);
      return code && `${code.id} ${code.kind}`;
    };
    const [from] = [performance.now()];
    await Promise.all([
      until('the softphone to see the slides', 15_000, async () => (await seen()) === 'BERTA slides' || null),
      berta.waitFor(({ main }) => main.from === 'BARESIP', 15_000, 'the presenter to see the softphone'),
      old.waitFor(({ main }) => main.from === 'BARESIP', 15_000, 'the old device to see the softphone'),
    ]);
    note(`all pictures of VP8 seen ${Math.round(performance.now() - from)} ms after the call`);
    assert.deepEqual(who('vera')?.transcoded, ['main']);
    assert.deepEqual(who('vera')?.problems, []);
    const kinds = room().transcodes.map(({ from: codec, to, viewers }) => [codec, to.split(' ')[0], viewers.length]);
    // one for both who see the softphone
    assert.ok(
      kinds.some(([codec, to, viewers]) => codec === 'VP8' && to === 'H264' && viewers === 2),
      JSON.stringify(kinds),
    );
    assert.ok(
      kinds.some(([codec, to, viewers]) => codec === 'H264' && to === 'VP8' && viewers === 1),
      JSON.stringify(kinds),
    );
    const load = await until(
      'the price',
      10_000,
      () => room().transcodes.find(({ load: one }) => one !== null)?.load ?? null,
    );
    note(`of a processor core: ${(load * 100).toFixed(1)} %`);
  });

  it('ends every encoder when the room is empty', async () => {
    assert.equal(await berta.release(), 'released');
    await Promise.all([berta.hangup(), old.hangup(), phone?.hangup()]);
    await until(
      'their end',
      5000,
      async () => /^dualstream_transcodes 0$/m.test(await gateway.gateway.core.metrics.text()) || null,
    );
  });
});
