import assert from 'node:assert/strict';
import { packetizeH264 } from '../../../scripts/endpoint/rtp/packetize.js';
import { systemClock } from '../../../src/base/clock.js';
import { silentLog } from '../../../src/base/log.js';
import { createMetrics } from '../../../src/base/metrics.js';
import { systemNet } from '../../../src/base/system-net.js';
import { startMediaPlane, type StartedMediaPlane } from '../../../src/media/io/plane.js';
import type { Line } from '../../../src/media/plane.js';
import { CannotTranscode, ffmpegTranscoder } from '../../../src/services/transcode/ffmpeg.js';
import type { Transcode, TranscodeJob, Transcoder } from '../../../src/rooms/transcoder.js';
import { h264, params, Peer, until } from '../../media/io/peer.js';
import { decodePictures, encodeClip } from '../../media/support/clip.js';
import { nalsOf } from '../../media/support/lossy-peers.js';
import { onceBelow, timed } from '../../support/once-below.js';

const fps = 15;
const to = { codec: 'H264', width: 1280, height: 720, fps, kbps: 400 } as const;
const job: TranscodeJob = { name: 'room', from: 'H264', to, content: false };

describe('a picture encoded anew by ffmpeg', function () {
  this.timeout(30_000);
  let plane: StartedMediaPlane;
  let source: Peer;
  let sink: Peer;
  let from: Line;
  let receiver: Line;
  let clip: Buffer[][];
  let pacing: NodeJS.Timeout;

  before(() => (clip = encodeClip({ size: '640x360', fps, seconds: 4, kbps: 1500 })));
  beforeEach(async () => {
    plane = await startMediaPlane({ ports: 'auto' });
    [source, sink] = [await Peer.open(), await Peer.open()];
    const spec = { kind: 'video' as const, bind: '127.0.0.1', advertise: '127.0.0.1' };
    from = await plane.open({ ...spec, id: 'a/content' });
    receiver = await plane.open({ ...spec, id: 'b/content' });
    from.update(params(source.rtpPort, source.rtcpPort, { receive: [h264(97)], send: [h264(97)] }));
    receiver.update(params(sink.rtpPort, sink.rtcpPort, { receive: [h264(98, 0)], send: [h264(98, 0)] }));
    present();
  });
  afterEach(async () => {
    clearInterval(pacing);
    for (const one of begun.splice(0)) one.dispose();
    for (const peer of [source, sink, ...peers.splice(0)]) peer.close();
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
  const peers: Peer[] = [];
  async function begin(
    transcoder: Transcoder,
    ended: (why: string) => void = () => undefined,
    content = false,
  ): Promise<Transcode> {
    const one = await transcoder.start({ ...job, content }, { wantsKeyframe: () => from.refresh(), ended });
    begun.push(one);
    return one;
  }

  const tools = () => ({ plane, net: systemNet, clock: systemClock, log: silentLog, metrics: createMetrics() });
  const route = (transcode: Transcode): void => {
    plane.route(transcode.takes, from);
    plane.route(receiver, transcode.gives);
  };
  const isKey = (payload: Buffer): boolean => (payload[0]! & 31) === 7;
  /** Milliseconds from now to the next keyframe at the receiver. */
  const keyframe = (eye = sink): Promise<number> => {
    const already = eye.rtp.length;
    return timed(() => until('a keyframe', () => eye.rtp.slice(already).some(({ payload }) => isKey(payload)), 8000));
  };

  it('reaches a receiver of packetization mode 0 that could not take it, at the rate that was set', async () => {
    const transcoder = ffmpegTranscoder({ program: 'ffmpeg', most: 1, kbps: 400 }, tools());
    let [first, already] = [0, 0];
    await onceBelow(3000, async () => {
      for (const one of begun.splice(0)) one.dispose();
      first = sink.rtp.length;
      const transcode = await begin(transcoder, () => assert.fail('it ended'));
      const took = await timed(() => {
        route(transcode);
        return until('pictures', () => sink.rtp.length > first, 10_000);
      });
      already = sink.rtp.length;
      return took;
    });
    const startedAt = performance.now();
    await until('a second of them', () => performance.now() - startedAt > 1000, 10_000);
    // until its first pictures come, the encoder asks for keyframes itself; how many depends on how fast it starts
    const begunBy = sink.rtp.length;
    await until('two seconds of them', () => performance.now() - startedAt > 2000, 10_000);
    const bytes = sink.rtp.slice(already).reduce((sum, { payload }) => sum + payload.length, 0);
    const kbps = (bytes * 8) / (performance.now() - startedAt);
    assert.ok(kbps < 600, `${kbps} kbit/s of 400 with what a keyframe takes at once`);
    assert.ok(
      sink.rtp.every(({ pt, payload }) => pt === 98 && (payload[0]! & 31) < 24),
      'single NAL units only',
    );
    assert.ok(sink.rtp.every(({ payload }) => payload.length <= 1400));
    const unasked = sink.rtp.slice(begunBy).filter(({ payload }) => isKey(payload)).length;
    // asked for, since it would make none within ten seconds
    await onceBelow(1000, async () => {
      const from = performance.now();
      await until('the pause between two requests', () => performance.now() - from > 1200, 10_000);
      sink.sendRtcp(receiver.local.rtcpPort, [{ type: 'pli', sender: 5, media: receiver.ssrc }]);
      return keyframe();
    });
    const last = sink.rtp.findLastIndex(({ marker }) => marker);
    const { shown, complaints } = decodePictures([nalsOf(sink.rtp.slice(first, last + 1))]);
    assert.equal(complaints, '');
    assert.ok(shown >= 20, `${shown} pictures`);
    assert.equal(unasked, 0, 'keyframes unasked');
  });

  it('comes back when its ffmpeg is killed, with a keyframe within 2 s', async () => {
    const transcoder = ffmpegTranscoder({ program: 'ffmpeg', most: 1, kbps: 400 }, tools());
    const transcode = await begin(transcoder, () => assert.fail('it ended'));
    route(transcode);
    await until('pictures', () => sink.rtp.length > 0, 10_000);
    await onceBelow(2000, () => {
      process.kill((transcode as unknown as { pid: number }).pid, 'SIGKILL');
      return keyframe();
    });
  });

  // in two parts: ten processes that start at once take long on a small machine
  for (const codecs of [
    ['VP8', 'H265'],
    ['H263-1998', 'H263', 'H261'],
  ] as const)
    it(`becomes ${codecs.join(', ')}, and H.264 again, decoded whole; a wish for a keyframe passes both`, async () => {
      const transcoder = ffmpegTranscoder({ program: 'ffmpeg', most: 6, kbps: 400 }, tools());
      const spec = { kind: 'video' as const, bind: '127.0.0.1', advertise: '127.0.0.1' };
      const results = codecs.map(async (codec) => {
        const box =
          codec.startsWith('H26') && codec !== 'H265' ? { width: 352, height: 288 } : { width: 416, height: 240 };
        const eye = await Peer.open();
        peers.push(eye);
        const line = await plane.open({ ...spec, id: `${codec}/video` });
        line.update(params(eye.rtpPort, eye.rtcpPort, { receive: [h264(98, 0)], send: [h264(98, 0)] }));
        const on = { wantsKeyframe: () => from.refresh(), ended: (why: string): void => assert.fail(why) };
        const one = await transcoder.start({ ...job, name: codec, to: { ...to, ...box, codec } }, on);
        begun.push(one);
        const again = { ...on, wantsKeyframe: () => one.gives.refresh() };
        const two = await transcoder.start({ ...job, name: `${codec}-back`, from: codec }, again);
        begun.push(two);
        plane.route(one.takes, from);
        plane.route(two.takes, one.gives);
        plane.route(line, two.gives);
        await until(`pictures of ${codec}`, () => eye.rtp.filter(({ marker }) => marker).length > 10, 10_000);
        await onceBelow(2000, () => {
          eye.sendRtcp(line.local.rtcpPort, [{ type: 'pli', sender: 5, media: line.ssrc }]);
          return keyframe(eye);
        });
        const last = eye.rtp.findLastIndex(({ marker }) => marker);
        return { codec, ...decodePictures([nalsOf(eye.rtp.slice(0, last + 1))]) };
      });
      for (const { codec, shown, complaints } of await Promise.all(results)) {
        assert.equal(complaints, '', codec);
        assert.ok(shown >= 10, `${codec}: ${shown} pictures`);
      }
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

  it('gives its place at the bound to content if it is a camera, and to anything if nobody needs it', async () => {
    const metrics = createMetrics();
    const transcoder = ffmpegTranscoder({ program: 'ffmpeg', most: 1, kbps: 400 }, { ...tools(), metrics });
    const ends: string[] = [];
    await begin(transcoder, (why) => ends.push(why));
    // while the first content still starts, the second is refused and a camera too
    const content = begin(transcoder, (why) => ends.push(why), true);
    await assert.rejects(begin(transcoder, undefined, true), CannotTranscode);
    (await content).idle = true;
    assert.deepEqual(ends, ['content needs its place']);
    const camera = begin(transcoder, (why) => ends.push(why));
    assert.deepEqual(ends, ['content needs its place', 'another picture needs its place']);
    const refused = assert.rejects(camera, /content needs its place/);
    await begin(transcoder, undefined, true);
    await refused;
    assert.match(await metrics.text(), /dualstream_transcodes 1\n/);
    assert.match(await metrics.text(), /dualstream_transcodes_displaced_total 3/);
  });

  it('is not had without its program, or where that dies at once', async () => {
    const without = ffmpegTranscoder({ program: 'no-such-program', most: 1, kbps: 400 }, tools());
    await assert.rejects(begin(without), /installed/);
    const dying = ffmpegTranscoder({ program: 'false', most: 1, kbps: 400 }, tools());
    await assert.rejects(begin(dying), /ended/);
  });
});
