import assert from 'node:assert/strict';
import { createMetrics } from '../../../src/base/metrics.js';
import { startMediaPlane, type StartedMediaPlane } from '../../../src/media/io/plane.js';
import type { Line, LineKind } from '../../../src/media/plane.js';
import { decodeTelephoneEvent, DigitReader, type Digit } from '../../../src/protocol/rtp/telephone-event.js';
import { params, pcmu, Peer, until } from './peer.js';

describe('media plane: camera control and keys', () => {
  let plane: StartedMediaPlane;
  const metrics = createMetrics();
  const peers: Peer[] = [];
  const lines: Line[] = [];
  before(async () => (plane = await startMediaPlane({ ports: 'auto', metrics })));
  after(() => plane.close());
  afterEach(() => {
    for (const peer of peers.splice(0)) peer.close();
    for (const line of lines.splice(0)) line.close();
  });

  const opened = async (id: string, kind: LineKind, more: Parameters<typeof params>[2]): Promise<[Peer, Line]> => {
    const peer = await Peer.open();
    const line = await plane.open({ id, kind, bind: '127.0.0.1', advertise: '127.0.0.1' });
    line.update(params(peer.rtpPort, peer.rtcpPort, more));
    peers.push(peer);
    lines.push(line);
    return [peer, line];
  };
  const dropped = async (reason: string): Promise<number> => {
    const text = await metrics.text();
    return Number(new RegExp(`dropped_total\\{reason="${reason}"\\} (\\d+)`).exec(text)?.[1] ?? 0);
  };

  it('passes frames on as they are, under the numbers of the line they leave by', async () => {
    const [a, source] = await opened('a/fecc', 'data', { data: { receive: 100, send: 100 } });
    const [b, sink] = await opened('b/fecc', 'data', { data: { receive: 115, send: 125 } });
    plane.feed(source, sink);
    assert.deepEqual(plane.chains(), ['a/fecc -> b/fecc']);
    const frames = [Uint8Array.of(0, 0x8e, 3, 0, 0, 0, 0, 1, 0xc0, 1, 2, 3), Uint8Array.of(0x7e, 0xff)];
    frames.forEach((frame, index) =>
      a.send(source.local.rtpPort, { pt: 100, seq: 7 + index, timestamp: 99, ssrc: 4711, marker: index === 1 }, frame),
    );
    a.send(source.local.rtpPort, { pt: 115, seq: 9, timestamp: 99, ssrc: 4711 }, Uint8Array.of(1));
    await until('both frames', () => b.rtp.length === 2);
    assert.deepEqual(
      b.rtp.map(({ pt, marker, payload, ssrc }) => [pt, marker, [...payload], ssrc]),
      frames.map((frame, index) => [125, index === 1, [...frame], sink.ssrc]),
    );
    assert.equal((b.rtp[1]!.seq - b.rtp[0]!.seq) & 0xffff, 1);
    b.send(sink.local.rtpPort, { pt: 115, seq: 1, timestamp: 1, ssrc: 1 }, frames[0]!);
    plane.feed(source, null);
    assert.deepEqual(plane.chains(), []);
    // what is asked later is answered when that is done
    await source.stats();
    a.send(source.local.rtpPort, { pt: 100, seq: 10, timestamp: 99, ssrc: 4711 }, frames[0]!);
    await until('everything to arrive', async () => (await source.stats()).packetsIn === 3);
    assert.equal(b.rtp.length, 2);
    assert.equal(a.rtp.length, 0, 'nobody fed the other way');
  });

  it('passes no more than camera control needs, and nothing to a closed line', async () => {
    const [a, source] = await opened('a/fecc', 'data', { data: { receive: 100, send: 100 } });
    const [b, sink] = await opened('b/fecc', 'data', { data: { receive: 100, send: 100 } });
    plane.feed(source, sink);
    let seq = 0;
    const send = (bytes: number): void =>
      a.send(source.local.rtpPort, { pt: 100, seq: (seq += 1), timestamp: 1, ssrc: 5 }, new Uint8Array(bytes));
    const begun = performance.now();
    send(601);
    for (let n = 0; n < 30; n += 1) send(500);
    await until('everything to arrive', async () => (await source.stats()).packetsIn === 31);
    await until('the drops to be told', async () => (await dropped('data_too_fast')) > 0);
    assert.equal(await dropped('data_too_long'), 1);
    await until('what was let through', () => b.rtp.length >= 8);
    // 4,096 octets at once, then 1,600 a second
    const most = Math.floor((4096 + 1.6 * (performance.now() - begun)) / 500);
    assert.ok(b.rtp.length <= most && most < 30, `${b.rtp.length} of 30 frames, at most ${most}`);
    sink.close();
    send(10);
    await until('the last one', async () => (await source.stats()).packetsIn === 32);
    assert.deepEqual(plane.chains(), []);
  });

  it('presses keys that are read as they were pressed', async () => {
    const event = { pt: 101, clock: 8000 };
    const events = { receive: [event], send: [event] };
    const [peer, line] = await opened('a/audio', 'audio', { receive: [pcmu()], send: [pcmu()], events });
    line.press('1A', 60);
    line.press('#', 40);
    const reader = new DigitReader();
    const heard: Digit[] = [];
    let read = 0;
    await until('three keys', () => {
      for (const { pt, payload, ssrc, timestamp, marker, at } of peer.rtp.slice(read)) {
        assert.equal(pt, 101);
        const packet = decodeTelephoneEvent(payload);
        const digit = packet && reader.input(packet, { ssrc, timestamp, marker, clock: 8000 }, at);
        if (digit) heard.push(digit);
      }
      read = peer.rtp.length;
      return heard.length === 3;
    });
    assert.deepEqual(heard, [
      { digit: '1', durationMs: 60 },
      { digit: 'A', durationMs: 60 },
      { digit: '#', durationMs: 40 },
    ]);
    assert.deepEqual(new Set(peer.rtp.map(({ ssrc }) => ssrc)), new Set([line.ssrc]));
    const seqs = peer.rtp.map(({ seq }) => seq);
    assert.ok(seqs.every((seq, index) => index === 0 || ((seq - seqs[index - 1]!) & 0xffff) === 1));
  });

  it('hears keys of every clock that was offered', async () => {
    const receive = [
      { pt: 101, clock: 8000 },
      { pt: 102, clock: 16_000 },
      { pt: 103, clock: 48_000 },
    ];
    const [peer, line] = await opened('a/audio', 'audio', {
      receive: [pcmu()],
      send: [pcmu()],
      events: { receive, send: [] },
    });
    const heard: string[] = [];
    line.on.on('digit', ({ digit, durationMs }) => heard.push(`${digit} ${durationMs}`));
    receive.forEach(({ pt, clock }, index) => {
      const duration = clock / 10;
      const payload = Uint8Array.of(index, 0x8a, duration >> 8, duration & 0xff);
      for (let n = 0; n < 3; n += 1) {
        peer.send(line.local.rtpPort, { pt, seq: index * 3 + n, timestamp: 10_000 * (index + 1), ssrc: 3 }, payload);
      }
    });
    await until('three keys', () => heard.length === 3);
    assert.deepEqual(heard, ['0 100', '1 100', '2 100']);
  });
});
