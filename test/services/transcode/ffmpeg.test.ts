import assert from 'node:assert/strict';
import { packetizeH264 } from '../../../scripts/endpoint/rtp/packetize.js';
import { systemClock } from '../../../src/base/clock.js';
import { silentLog } from '../../../src/base/log.js';
import { createMetrics } from '../../../src/base/metrics.js';
import { systemNet } from '../../../src/base/system-net.js';
import { startMediaPlane, type StartedMediaPlane } from '../../../src/media/io/plane.js';
import type { Line } from '../../../src/media/plane.js';
import { CannotTranscode, ffmpegTranscoder } from '../../../src/services/transcode/ffmpeg.js';
import type { Transcode, Transcoder } from '../../../src/rooms/transcoder.js';
import { h264, params, Peer, until } from '../../media/io/peer.js';
import { decodePictures, encodeClip } from '../../media/support/clip.js';
import { nalsOf } from '../../media/support/lossy-peers.js';

const fps = 15;

describe('a picture encoded anew by ffmpeg', function () {
  this.timeout(30_000);
  let plane: StartedMediaPlane;
  let source: Peer;
  let sink: Peer;
  let from: Line;
  let to: Line;
  let clip: Buffer[][];
  let pacing: NodeJS.Timeout;

  before(() => (clip = encodeClip({ size: '640x360', fps, seconds: 4, kbps: 1500 })));
  beforeEach(async () => {
    plane = await startMediaPlane({ ports: 'auto' });
    [source, sink] = [await Peer.open(), await Peer.open()];
    const spec = { kind: 'video' as const, bind: '127.0.0.1', advertise: '127.0.0.1' };
    from = await plane.open({ ...spec, id: 'a/content' });
    to = await plane.open({ ...spec, id: 'b/content' });
    from.update(params(source.rtpPort, source.rtcpPort, { receive: [h264(97)], send: [h264(97)] }));
    to.update(params(sink.rtpPort, sink.rtcpPort, { receive: [h264(98, 0)], send: [h264(98, 0)] }));
    present();
  });
  afterEach(async () => {
    clearInterval(pacing);
    for (const one of begun.splice(0)) one.dispose();
    source.close();
    sink.close();
    await plane.close();
  });

  /** Pictures of one slice, cut into FU-A, in real time; a keyframe comes when it is asked for. */
  function present(): void {
    let [at, seq, picture] = [0, 1, 0];
    let answered = 0;
    pacing = setInterval(() => {
      const asked = source.rtcp.filter(({ type }) => type === 'pli').length;
      if (asked > answered || at === clip.length) at = 0;
      answered = asked;
      const payloads = packetizeH264(clip[at++]!, 1, 1100);
      picture += 1;
      payloads.forEach((payload, i) => {
        const marker = i === payloads.length - 1;
        const packet = { pt: 97, seq: seq++ & 0xffff, timestamp: picture * 6000, ssrc: 7, marker };
        source.send(from.local.rtpPort, packet, payload);
      });
    }, 1000 / fps);
  }

  /** Ends whatever a test started, also one that fails. */
  const begun: Transcode[] = [];
  async function begin(transcoder: Transcoder, ended: () => void = () => undefined): Promise<Transcode> {
    const one = await transcoder.start('room', { wantsKeyframe: () => from.refresh(), ended });
    begun.push(one);
    return one;
  }

  const tools = () => ({ plane, net: systemNet, clock: systemClock, log: silentLog, metrics: createMetrics() });

  it('reaches a receiver of packetization mode 0 that could not take it, at the rate that was set', async () => {
    const transcoder = ffmpegTranscoder({ program: 'ffmpeg', most: 1, kbps: 400 }, tools());
    const transcode = await begin(transcoder, () => assert.fail('it ended'));
    const startedAt = performance.now();
    plane.route(transcode.takes, from);
    plane.route(to, transcode.gives);
    await until('pictures', () => sink.rtp.length > 0, 10_000);
    const firstMs = performance.now() - startedAt;
    const already = sink.rtp.length;
    await until('three seconds of them', () => performance.now() - startedAt > firstMs + 3000, 10_000);
    const bytes = sink.rtp.slice(already).reduce((sum, { payload }) => sum + payload.length, 0);
    assert.ok((bytes * 8) / 3000 < 520, `${(bytes * 8) / 3000} kbit/s`);
    assert.ok(
      sink.rtp.every(({ pt, payload }) => pt === 98 && (payload[0]! & 31) < 24),
      'single NAL units only',
    );
    assert.ok(sink.rtp.every(({ payload }) => payload.length <= 1400));
    const last = sink.rtp.findLastIndex(({ marker }) => marker);
    const { shown, complaints } = decodePictures([nalsOf(sink.rtp.slice(0, last + 1))]);
    assert.equal(complaints, '');
    assert.ok(shown >= 30, `${shown} pictures`);
    assert.ok(firstMs < 3000, `${firstMs} ms to the first`);
  });

  it('is refused beyond the limit, and makes room when it ends', async () => {
    const metrics = createMetrics();
    const transcoder = ffmpegTranscoder({ program: 'ffmpeg', most: 1, kbps: 400 }, { ...tools(), metrics });
    const one = await begin(transcoder);
    await assert.rejects(begin(transcoder), CannotTranscode);
    assert.match(await metrics.text(), /dualstream_transcodes 1/);
    one.dispose();
    one.dispose();
    assert.match(await metrics.text(), /dualstream_transcodes 0/);
    await begin(transcoder);
  });

  it('is not had without its program, or where that dies at once', async () => {
    const without = ffmpegTranscoder({ program: 'no-such-program', most: 1, kbps: 400 }, tools());
    await assert.rejects(begin(without), /installed/);
    const dying = ffmpegTranscoder({ program: 'false', most: 1, kbps: 400 }, tools());
    await assert.rejects(begin(dying), /ended/);
  });
});
