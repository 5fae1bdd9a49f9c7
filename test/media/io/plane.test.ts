import assert from 'node:assert/strict';
import { Worker } from 'node:worker_threads';
import { emptyFrame, FrameRing } from '../../../src/media/frames.js';
import { startMediaPlane, type StartedMediaPlane } from '../../../src/media/io/plane.js';
import { OutOfPorts } from '../../../src/media/io/ports.js';
import type { Line } from '../../../src/media/plane.js';
import { systemChance } from '../../../src/base/ids.js';
import { createMetrics } from '../../../src/base/metrics.js';
import { h264, keyframe, params, pcmu, Peer, slice, until } from './peer.js';

describe('media plane', () => {
  let plane: StartedMediaPlane;
  const metrics = createMetrics();
  const peers: Peer[] = [];
  const lines: Line[] = [];

  before(async () => {
    plane = await startMediaPlane({ ports: 'auto', metrics });
  });
  after(() => plane.close());
  afterEach(() => {
    for (const peer of peers.splice(0)) peer.close();
    for (const line of lines.splice(0)) line.close();
  });

  async function peer(): Promise<Peer> {
    const opened = await Peer.open();
    peers.push(opened);
    return opened;
  }

  async function line(id: string, kind: 'audio' | 'video'): Promise<Line> {
    const opened = await plane.open({ id, kind, bind: '127.0.0.1', advertise: '127.0.0.1' });
    lines.push(opened);
    return opened;
  }

  it('forwards video from its keyframe on, under its own numbers', async () => {
    const [from, to] = [await peer(), await peer()];
    const source = await line('a/video', 'video');
    const sink = await line('b/video', 'video');
    source.update(params(from.rtpPort, from.rtcpPort, { receive: [h264(97)] }));
    sink.update(params(to.rtpPort, to.rtcpPort, { send: [h264(109)] }));
    plane.route(sink, source);
    assert.deepEqual(plane.chains(), ['a/video H264(97) -> b/video H264(109)']);
    let keyframes = 0;
    source.on.on('keyframe', () => keyframes++);
    const send = (seq: number, payload: Uint8Array): void =>
      from.send(source.local.rtpPort, { pt: 97, seq, timestamp: seq * 3000, ssrc: 7, marker: true }, payload);
    send(65534, slice);
    send(65535, keyframe);
    send(0, slice);
    send(1, slice);
    await until('three packets', () => to.rtp.length === 3);
    const [first, second, third] = to.rtp;
    assert.ok(first && second && third);
    assert.deepEqual([...first.payload], [...keyframe]);
    assert.equal(first.pt, 109);
    assert.equal(first.ssrc, sink.ssrc);
    assert.equal((second.seq - first.seq) & 0xffff, 1);
    assert.equal((third.seq - first.seq) & 0xffff, 2);
    assert.equal((third.timestamp - second.timestamp) >>> 0, 3000);
    assert.equal(keyframes, 1);
    plane.route(sink, null);
    assert.deepEqual(plane.chains(), []);
  });

  it('tells all routes of one turn at once, before what follows them', async () => {
    const source = await line('a/video', 'video');
    const sinks = [await line('b/video', 'video'), await line('c/video', 'video')];
    const told: unknown[] = [];
    const { postMessage } = Worker.prototype;
    Worker.prototype.postMessage = function (this: Worker, message: { type: string }) {
      told.push(message);
      postMessage.call(this, message);
    };
    try {
      for (const sink of sinks) plane.route(sink, source);
      source.update(params(1, 2, {}));
      for (const sink of sinks) plane.route(sink, null);
      await Promise.resolve();
    } finally {
      Worker.prototype.postMessage = postMessage;
    }
    const routes = (to: number | null): object => ({
      type: 'route',
      routes: sinks.map(({ slot }) => ({ sink: slot, source: to })),
    });
    assert.deepEqual([told[0], told[2], told.length], [routes(source.slot), routes(null), 3]);
  });

  it('brings audio to the mixer and back', async () => {
    const phone = await peer();
    const audio = await line('a/audio', 'audio');
    let flowing = 0;
    audio.on.on('flowing', () => flowing++);
    audio.update(params(phone.rtpPort, phone.rtcpPort, { receive: [pcmu()], send: [pcmu()] }));
    const now = (): number => performance.timeOrigin + performance.now();
    const sentAt = now();
    phone.send(audio.local.rtpPort, { pt: 0, seq: 5, timestamp: 800, ssrc: 9, marker: true }, Uint8Array.of(1, 2, 3));
    const ring = new FrameRing(plane.rings.toMixer);
    const frame = emptyFrame();
    await until('a frame', () => ring.read(frame));
    assert.deepEqual(
      { slot: frame.slot, pt: frame.pt, marker: frame.marker, seq: frame.seq, timestamp: frame.timestamp },
      { slot: audio.slot, pt: 0, marker: true, seq: 5, timestamp: 800 },
    );
    assert.deepEqual([...frame.payload], [1, 2, 3]);
    // threads may set their clocks by the machine's at different times
    assert.ok(frame.at > sentAt - 200 && frame.at < now() + 200, `${frame.at - sentAt} ms after it was sent`);

    const back = new FrameRing(plane.rings.fromMixer);
    const made = { ...emptyFrame(), slot: audio.slot, payload: Uint8Array.of(9, 9) };
    back.write({ ...made, marker: true });
    back.write({ ...made, timestamp: 160 });
    plane.mixerPort.postMessage(null);
    await until('two packets', () => phone.rtp.length === 2);
    const [first, second] = phone.rtp;
    assert.ok(first && second);
    assert.equal(first.ssrc, audio.ssrc);
    assert.equal(first.marker, true);
    assert.equal((second.seq - first.seq) & 0xffff, 1);
    assert.equal((second.timestamp - first.timestamp) >>> 0, 160);
    assert.equal(flowing, 1);
    const stats = await audio.stats();
    assert.equal(stats.packetsIn, 1);
    assert.equal(stats.packetsOut, 2);
  });

  it('sends where media comes from, and drops strangers', async () => {
    const [phone, moved, stranger] = [await peer(), await peer(), await peer()];
    const audio = await line('c/audio', 'audio');
    audio.update(params(phone.rtpPort, phone.rtcpPort, { receive: [pcmu()], send: [pcmu()] }));
    const payload = Uint8Array.of(1);
    // Behind a NAT the media comes from another port than signalled.
    moved.send(audio.local.rtpPort, { pt: 0, seq: 1, timestamp: 0, ssrc: 5 }, payload);
    await until('a packet in', async () => (await audio.stats()).packetsIn === 1);
    stranger.send(audio.local.rtpPort, { pt: 0, seq: 2, timestamp: 160, ssrc: 6 }, payload);
    stranger.sendRaw(audio.local.rtpPort, Buffer.from('not rtp'));
    await until('a stranger', async () => (await audio.stats()).strangers === 1);
    new FrameRing(plane.rings.fromMixer).write({ ...emptyFrame(), slot: audio.slot, payload });
    await until('a packet at the learnt address', () => moved.rtp.length === 1);
    assert.equal(stranger.rtp.length + phone.rtp.length, 0);
    await until(
      'the drops to be counted',
      () => metrics.counted('dualstream_media_dropped_total', { reason: 'stranger' }) > 0,
    );
  });

  it('tries the next pair when one is in use, and refuses when none is left', async () => {
    // below those that the system gives to whoever asks for any, 32768 to 60999
    const from = systemChance.int(13_100, 13_400) * 2;
    const holder = await startMediaPlane({ ports: { from, to: from + 1 } });
    await holder.open({ id: 'x/audio', kind: 'audio', bind: '127.0.0.1', advertise: '127.0.0.1' });
    const small = await startMediaPlane({ ports: { from: from - 2, to: from + 1 } });
    const open = (): Promise<Line> =>
      small.open({ id: 'y/audio', kind: 'audio', bind: '127.0.0.1', advertise: '192.0.2.1' });
    const first = await open();
    assert.deepEqual(first.local, { address: '192.0.2.1', rtpPort: from - 2, rtcpPort: from - 1 });
    await assert.rejects(open(), OutOfPorts);
    first.close();
    await until('the pair to be free again', () => true);
    let again: Line | null = null;
    for (let i = 0; i < 50 && !again; i++) again = await open().catch(() => null);
    assert.equal(again?.local.rtpPort, from - 2);
    await Promise.all([small.close(), holder.close()]);
  });
});
