import assert from 'node:assert/strict';
import { emptyFrame } from '../../../src/media/frames.js';
import type { RtcpPacket } from '../../../src/protocol/rtp/rtcp.js';
import { encodeTelephoneEvent } from '../../../src/protocol/rtp/telephone-event.js';
import { EngineBench } from './engine-bench.js';
import { h264, keyframe, pcmu, slice } from './peer.js';

const video = { receive: [h264(97)], send: [h264(97)] };
const audio = { receive: [pcmu()], send: [pcmu()] };
const noFeedback = { pli: false, fir: false, nack: false, remb: false };

describe('io engine', () => {
  let bench: EngineBench;
  beforeEach(() => (bench = new EngineBench()));
  afterEach(() => {
    bench.engine.handle({ type: 'stop' });
    assert.equal(bench.clock.pending, 0);
    assert.equal(bench.open.size, 0);
  });

  /** Line 1 is the source of line 2. */
  async function pair(source: object = {}, sink: object = {}): Promise<void> {
    await bench.line(1, 'a/video', { ...video, ...source });
    await bench.line(2, 'b/video', { ...video, ...sink });
    bench.route(2, 1);
  }

  /** What line `slot` asked its peer for. */
  function asksOf(slot: number): string[] {
    const asks = bench.sent
      .filter((sent) => Math.floor(sent.fromPort / 1000) === slot)
      .flatMap((sent) => sent.rtcp ?? []);
    return asks.flatMap(({ type }) => (type === 'nack' || type === 'fir' || type === 'pli' ? [type] : []));
  }

  describe('keyframe requests', () => {
    it('asks by PLI once the source flows, once a second, until the keyframe comes', async () => {
      await pair();
      bench.clock.advance(3000);
      assert.equal(bench.control(1, 'pli').length, 0);
      bench.rtp(1, { pt: 97, seq: 1, timestamp: 0 }, slice);
      bench.clock.advance(2200);
      assert.deepEqual(bench.control(1, 'pli'), new Array(3).fill({ type: 'pli', sender: 1, media: 100 }));
      bench.rtp(1, { pt: 97, seq: 2, timestamp: 3000 }, keyframe);
      bench.clock.advance(5000);
      assert.equal(bench.control(1, 'pli').length, 3);
      assert.deepEqual(bench.named(1, 'keyframe'), [undefined]);
    });

    it('prefers FIR with a new number each, and asks by event where the peer knows neither', async () => {
      await pair({ feedback: { ...noFeedback, fir: true } });
      bench.rtp(1, { pt: 97, seq: 1, timestamp: 0 }, slice);
      bench.clock.advance(1100);
      assert.deepEqual(
        bench.control(1, 'fir').map((fir) => fir.requests),
        [[{ ssrc: 100, seq: 1 }], [{ ssrc: 100, seq: 2 }]],
      );
      bench.update(1, { ...video, feedback: noFeedback });
      bench.clock.advance(1000);
      assert.equal(bench.control(1, 'fir').length, 2);
      assert.equal(bench.named(1, 'keyframeWanted').length, 1);
    });

    const requests: RtcpPacket[] = [
      { type: 'pli', sender: 200, media: 2 },
      { type: 'fir', sender: 200, requests: [{ ssrc: 2, seq: 1 }] },
    ];
    for (const request of requests)
      it(`passes ${request.type} of a receiver on to its source, many as one`, async () => {
        await pair();
        bench.rtp(1, { pt: 97, seq: 1, timestamp: 0 }, keyframe);
        bench.clock.advance(1000);
        const before = bench.control(1, 'pli').length;
        for (let i = 0; i < 5; i++) bench.rtcp(2, [{ type: 'rr', ssrc: 200, reports: [] }, request]);
        bench.clock.advance(100);
        assert.equal(bench.control(1, 'pli').length, before + 1);
      });

    it('asks once more when the receiver turns out to be elsewhere, and never got the first', async () => {
      await pair();
      bench.rtp(1, { pt: 97, seq: 1, timestamp: 0 }, keyframe);
      bench.clock.advance(1000);
      const before = bench.control(1, 'pli').length;
      for (const seq of [1, 2, 3]) bench.rtp(2, { pt: 97, seq, timestamp: seq * 3000 }, slice, { port: 6000 });
      bench.rtp(1, { pt: 97, seq: 2, timestamp: 90_000 }, slice);
      assert.equal(bench.sent.at(-1)?.toPort, 6000);
      assert.equal(bench.control(1, 'pli').length, before + 1);
      bench.rtp(1, { pt: 97, seq: 3, timestamp: 93_000 }, keyframe);
      bench.clock.advance(5000);
      assert.equal(bench.control(1, 'pli').length, before + 1);
    });

    it('goes on asking for a keyframe that came before the line was open, or lost its head', async () => {
      await bench.line(2, 'b/video', video);
      await bench.line(1, 'a/video', video);
      bench.route(2, 1);
      // its parameter sets were early; the rest of it shows nothing
      const rest = Uint8Array.of(0x7c, 0x85, 1, 2);
      bench.rtp(1, { pt: 97, seq: 2, timestamp: 0, marker: false }, rest);
      bench.rtp(1, { pt: 97, seq: 3, timestamp: 0 }, Uint8Array.of(0x7c, 0x45, 3));
      bench.clock.advance(100);
      assert.deepEqual([asksOf(1), bench.media(2)], [['pli'], []]);
      bench.rtp(1, { pt: 97, seq: 4, timestamp: 3000 }, keyframe);
      bench.clock.advance(5000);
      assert.deepEqual([asksOf(1), bench.media(2).length], [['pli'], 1]);
    });

    it('asks when the leg says so', async () => {
      await pair();
      bench.route(2, null);
      bench.rtp(1, { pt: 97, seq: 1, timestamp: 0 }, keyframe);
      bench.clock.advance(600);
      bench.engine.handle({ type: 'refresh', slot: 1 });
      assert.equal(bench.control(1, 'pli').length, 1);
    });
  });

  describe('latching', () => {
    const frame = Uint8Array.of(1);
    const sound = (seq: number, from: object = {}, ssrc = 100): void =>
      bench.rtp(1, { pt: 0, seq, timestamp: seq * 160, ssrc }, frame, from);
    const target = (): string => {
      bench.mixer().made.write({ ...emptyFrame(), slot: 1, payload: frame });
      bench.engine.drain();
      const last = bench.sent.at(-1);
      return `${last?.toAddress}:${last?.toPort}`;
    };
    beforeEach(() => bench.line(1, 'a/audio', audio));

    it('sends to the signalled address, then to the learnt one', () => {
      assert.equal(target(), '10.0.0.1:5000');
      sound(1, { port: 6000 });
      assert.equal(target(), '10.0.0.1:6000');
    });

    it('drops an attacker off the path, whatever it guesses, and goes on undisturbed', () => {
      sound(1);
      for (let i = 0; i < 50; i++) {
        sound(2 + i, { address: '10.6.6.6' }, 7000 + i);
        sound(2 + i, { address: '10.0.0.1', port: 6000 + i }, 7000 + i);
      }
      bench.rtcp(1, [{ type: 'bye', ssrcs: [100] }], { address: '10.6.6.6' });
      sound(2);
      assert.equal(target(), '10.0.0.1:5000');
      const stats = bench.stats(1);
      assert.deepEqual([stats.packetsIn, stats.strangers, stats.lostIn], [2, 101, 0]);
      const { heard } = bench.mixer();
      const into = emptyFrame();
      const seqs: number[] = [];
      while (heard.read(into)) seqs.push(into.seq);
      assert.deepEqual(seqs, [1, 2]);
    });

    it('gives way to the signalled address when an attacker was first', () => {
      sound(9, { address: '10.6.6.6' }, 7);
      assert.equal(target(), '10.6.6.6:5000');
      sound(1);
      sound(10, { address: '10.6.6.6' }, 7);
      assert.equal(target(), '10.0.0.1:5000');
    });

    it('moves with the SSRC, after silence, and with a new answer', () => {
      sound(1);
      sound(2, { port: 6000 });
      assert.equal(target(), '10.0.0.1:6000');
      bench.clock.advance(4900);
      sound(3, { port: 7000 }, 8);
      assert.equal(target(), '10.0.0.1:6000');
      bench.clock.advance(200);
      sound(4, { port: 7000 }, 8);
      assert.equal(target(), '10.0.0.1:7000');
      bench.update(1, { ...audio, remote: { address: '10.0.0.9', rtpPort: 9000, rtcpPort: 9001 } });
      assert.equal(target(), '10.0.0.9:9000');
      bench.update(1, { ...audio, remote: { address: '10.0.0.9', rtpPort: 9000, rtcpPort: 9001 } });
      sound(5, { address: '10.0.0.9', port: 9000 });
      assert.equal(target(), '10.0.0.9:9000');
    });

    it('sends nothing while held, and RTCP on the media port with mux', () => {
      const before = bench.sent.length;
      bench.update(1, { ...audio, remote: null });
      target();
      assert.equal(bench.sent.length, before);
      bench.update(1, { ...audio, remote: { address: '10.0.0.1', rtpPort: 5000, rtcpPort: 5000 } });
      bench.clock.advance(2000);
      const report = bench.sent.at(-1);
      assert.deepEqual([report?.fromPort, report?.toPort, report?.rtcp?.[0]?.type], [1000, 5000, 'rr']);
      sound(1);
      bench.rtcp(1, [{ type: 'rr', ssrc: 100, reports: [] }], { mux: true });
      assert.equal(bench.stats(1).strangers, 0);
    });
  });

  describe('silence', () => {
    it('is raised once after 15 s and ends with a packet', async () => {
      await bench.line(1, 'a/audio', audio);
      bench.rtp(1, { pt: 0, seq: 1, timestamp: 0 }, slice);
      bench.clock.advance(14_900);
      assert.deepEqual(bench.named(1, 'silent'), []);
      bench.clock.advance(30_000);
      assert.deepEqual(bench.named(1, 'silent'), [{ ms: 15_000 }]);
      bench.rtp(1, { pt: 0, seq: 2, timestamp: 160 }, slice);
      assert.equal(bench.named(1, 'alive').length, 1);
      assert.equal(bench.named(1, 'flowing').length, 1);
    });

    it('is broken by RTCP, and rests on hold and without a receiving direction', async () => {
      await bench.line(1, 'a/audio', audio);
      bench.clock.advance(14_000);
      bench.rtcp(1, [{ type: 'rr', ssrc: 100, reports: [] }]);
      bench.clock.advance(14_000);
      bench.update(1, { ...audio, held: true });
      bench.clock.advance(60_000);
      bench.update(1, { ...audio, direction: 'sendonly' });
      bench.clock.advance(60_000);
      assert.deepEqual(bench.named(1, 'silent'), []);
      bench.update(1, audio);
      bench.clock.advance(14_900);
      assert.deepEqual(bench.named(1, 'silent'), []);
      bench.clock.advance(200);
      assert.equal(bench.named(1, 'silent').length, 1);
    });
  });

  it('reads digits and keeps them out of the mixer', async () => {
    await bench.line(1, 'a/audio', { ...audio, events: { receive: [{ pt: 101, clock: 8000 }], send: [] } });
    for (const end of [false, true, true])
      bench.rtp(
        1,
        { pt: 101, seq: 1, timestamp: 5 },
        encodeTelephoneEvent({ event: 11, end, volume: 0, duration: 800 }),
      );
    assert.deepEqual(bench.named(1, 'digit'), [{ digit: '#', durationMs: 100 }]);
    assert.equal(bench.mixer().heard.read(emptyFrame()), false);
  });

  it('resends what a receiver missed', async () => {
    await pair({}, { feedback: { ...noFeedback, nack: true } });
    for (let seq = 1; seq <= 3; seq++)
      bench.rtp(1, { pt: 97, seq, timestamp: seq * 3000 }, seq === 1 ? keyframe : slice);
    const media = bench.media(2);
    const pid = media[0]?.seq ?? 0;
    bench.rtcp(2, [{ type: 'nack', sender: 200, media: 2, lost: [{ pid, mask: 0b10 }] }]);
    assert.deepEqual(bench.media(2).slice(3), [media[0], media[2]]);
  });

  it('resends under a number of its own where both ends have one (RFC 4588)', async () => {
    const rtx = { receive: [{ pt: 98, apt: 97 }], send: [{ pt: 99, apt: 97 }] };
    await pair({}, { feedback: { ...noFeedback, nack: true }, rtx });
    for (let seq = 1; seq <= 3; seq++)
      bench.rtp(1, { pt: 97, seq, timestamp: seq * 3000 }, seq === 1 ? keyframe : slice);
    const media = bench.media(2);
    const [, second, third] = media;
    bench.rtcp(2, [{ type: 'nack', sender: 200, media: 2, lost: [{ pid: second!.seq, mask: 1 }] }]);
    const again = bench.media(2).slice(3);
    assert.deepEqual(
      again.map(({ pt, ssrc, timestamp, marker }) => [pt, ssrc, timestamp, marker]),
      [second!, third!].map(({ timestamp, marker }) => [99, 52, timestamp, marker]),
    );
    assert.equal(again[1]!.seq, (again[0]!.seq + 1) & 0xffff, 'numbers of their own');
    for (const [i, lost] of [second!, third!].entries()) {
      assert.equal(again[i]!.payload.readUInt16BE(0), lost.seq);
      assert.deepEqual(again[i]!.payload.subarray(2), lost.payload);
    }
    assert.equal(bench.stats(2).resentOut, 2);
    bench.clock.advance(2000);
    const sdes = bench.control(2, 'sdes').at(-1);
    assert.deepEqual(
      sdes?.chunks.map(({ ssrc, items }) => [ssrc, items[0]?.text]),
      [
        [2, 'cname2'],
        [52, 'cname2'],
      ],
    );
  });

  it('takes what a source sends again under a number of its own for what was lost', async () => {
    const rtx = { receive: [{ pt: 98, apt: 97 }], send: [{ pt: 98, apt: 97 }] };
    await pair({ feedback: { ...noFeedback, nack: true }, rtx });
    const again = (seq: number, payload: Uint8Array, from = {}): void => {
      const wrapped = Buffer.concat([Buffer.from([seq >> 8, seq & 255]), payload]);
      bench.rtp(1, { pt: 98, seq: 9000 + seq, timestamp: seq * 3000, ssrc: 777 }, wrapped, from);
    };
    again(1, slice);
    for (const seq of [1, 2, 4]) bench.rtp(1, { pt: 97, seq, timestamp: seq * 3000 }, seq === 1 ? keyframe : slice);
    bench.clock.advance(50);
    assert.deepEqual(bench.control(1, 'nack')[0]?.lost, [{ pid: 3, mask: 0 }]);
    again(3, new Uint8Array(0));
    again(3, slice, { address: '10.6.6.6' });
    again(2, slice);
    assert.equal(bench.media(2).length, 3, 'padding, a stranger and a duplicate are nothing');
    again(3, Uint8Array.of(0x41, 9));
    const media = bench.media(2);
    assert.deepEqual([...media.at(-1)!.payload], [0x41, 9]);
    assert.equal(media.at(-1)!.seq, (media[0]!.seq + 2) & 0xffff);
    assert.equal(bench.stats(1).lostIn, 0);
    bench.rtp(1, { pt: 97, seq: 5, timestamp: 15_000 }, slice);
    assert.equal(bench.media(2).length, 5, 'the stream itself goes on');
    bench.clock.advance(1000);
    assert.deepEqual(asksOf(1), ['nack']);
  });

  it('asks a source that resends for what was lost, and passes it on in its place', async () => {
    await pair({ feedback: { ...noFeedback, nack: true } });
    for (const seq of [1, 2, 5]) bench.rtp(1, { pt: 97, seq, timestamp: seq * 3000 }, seq === 1 ? keyframe : slice);
    assert.deepEqual(bench.control(1, 'nack'), []);
    bench.clock.advance(50);
    assert.deepEqual(bench.control(1, 'nack'), [{ type: 'nack', sender: 1, media: 100, lost: [{ pid: 3, mask: 1 }] }]);
    for (const seq of [4, 3]) bench.rtp(1, { pt: 97, seq, timestamp: seq * 3000 }, slice);
    const [first, ...others] = bench.media(2).map((packet) => packet.seq);
    assert.deepEqual(
      others,
      [1, 4, 3, 2].map((step) => (first! + step) & 0xffff),
    );
    assert.equal(bench.stats(1).lostIn, 0);
    bench.clock.advance(1000);
    assert.deepEqual(asksOf(1), ['nack']);
  });

  const able = { pli: true, fir: true, nack: true, remb: false };
  for (const feedback of [able, { ...able, nack: false }])
    it(`asks nothing about packets that were only overtaken, nack ${feedback.nack}`, async () => {
      await pair({ feedback });
      for (const seq of [1, 2, 5, 4])
        bench.rtp(1, { pt: 97, seq, timestamp: seq * 3000 }, seq === 1 ? keyframe : slice);
      bench.clock.advance(14);
      for (const seq of [3, 6]) bench.rtp(1, { pt: 97, seq, timestamp: seq * 3000 }, slice);
      bench.clock.advance(1000);
      assert.deepEqual(asksOf(1), []);
      assert.equal(bench.media(2).length, 6);
    });

  it('asks for a keyframe where a loss stays, soon where the peer cannot resend, and only for who looks', async () => {
    await pair({ feedback: able });
    await bench.line(3, 'c/video', { ...video, feedback: { ...able, nack: false } });
    await bench.line(4, 'd/video', { ...video, feedback: { ...able, nack: false } });
    bench.route(4, 3);
    for (const seq of [1, 3])
      for (const slot of [1, 3, 4])
        bench.rtp(slot, { pt: 97, seq, timestamp: seq * 3000 }, seq === 1 ? keyframe : slice);
    bench.clock.advance(50);
    assert.deepEqual([asksOf(1), asksOf(3), asksOf(4)], [['nack'], ['fir'], []]);
    bench.clock.advance(300);
    const four = ['nack', 'nack', 'nack', 'nack'];
    assert.deepEqual(asksOf(1), four);
    bench.clock.advance(50);
    assert.deepEqual([asksOf(1), asksOf(3), asksOf(4)], [[...four, 'fir'], ['fir'], []]);
  });

  it('takes keep-alives with unknown payload types for life', async () => {
    await bench.line(1, 'a/audio', audio);
    bench.clock.advance(14_000);
    bench.rtp(1, { pt: 20, seq: 1, timestamp: 0 }, new Uint8Array(0));
    bench.clock.advance(14_000);
    assert.equal(bench.named(1, 'silent').length, 0);
  });

  describe('signs of life through NAT', () => {
    const outside = { address: '203.0.113.9', port: 61_000 };
    const sink = { receive: [], send: [h264(97)], direction: 'sendonly' as const };
    const empty = new Uint8Array(0);
    const through = { keepAlive: 127, receiveAs: null, sendAs: null };

    async function towards(more: object): Promise<void> {
      await bench.line(1, 'a/video', { ...video });
      await bench.line(2, 'b/video', { ...sink, ...more });
      bench.route(2, 1);
      bench.rtp(1, { pt: 97, seq: 1, timestamp: 0 }, keyframe);
    }
    const target = (): string => {
      bench.rtp(1, { pt: 97, seq: bench.sent.length + 2, timestamp: 3000 }, keyframe);
      const last = bench.sent.findLast(({ rtp }) => rtp !== null);
      return `${last?.toAddress}:${last?.toPort}`;
    };

    it('have media sent to where they come from, by their payload type (H.460.19)', async () => {
      await towards({ traversal: through });
      assert.equal(target(), '10.0.0.2:5000');
      bench.rtp(2, { pt: 127, seq: 100, timestamp: 0, ssrc: 0 }, empty, outside);
      assert.equal(target(), '203.0.113.9:61000');
      bench.update(2, {
        ...sink,
        remote: { address: '192.168.1.2', rtpPort: 7000, rtcpPort: 7001 },
        traversal: through,
      });
      assert.equal(target(), '203.0.113.9:61000');
    });

    it('or by their emptiness, whatever their number', async () => {
      await towards({ empties: true });
      bench.rtp(2, { pt: 98, seq: 1, timestamp: 0 }, empty, outside);
      assert.equal(target(), '203.0.113.9:61000');
    });

    it('do nothing of the kind where neither was agreed on', async () => {
      await towards({});
      bench.rtp(2, { pt: 127, seq: 1, timestamp: 0 }, empty, outside);
      assert.equal(target(), '10.0.0.2:5000');
    });

    it('are no media: they are not forwarded, not counted as such, and break silence', async () => {
      await bench.line(1, 'a/video', { ...video, empties: true, traversal: through });
      await bench.line(2, 'b/video', sink);
      bench.route(2, 1);
      bench.rtp(1, { pt: 97, seq: 1, timestamp: 0 }, keyframe);
      for (const pt of [97, 127]) bench.rtp(1, { pt, seq: 900, timestamp: 0, ssrc: 0 }, empty);
      bench.rtp(1, { pt: 127, seq: 901, timestamp: 0, ssrc: 0 }, slice);
      bench.rtp(1, { pt: 97, seq: 2, timestamp: 3000 }, slice);
      assert.equal(bench.media(2).length, 2);
      const { packetsIn, lostIn, strangers } = bench.stats(1);
      assert.deepEqual([packetsIn, lostIn, strangers], [2, 0, 0]);
      bench.clock.advance(14_000);
      bench.rtp(1, { pt: 127, seq: 902, timestamp: 0, ssrc: 0 }, empty);
      bench.clock.advance(14_000);
      assert.equal(bench.named(1, 'silent').length, 0);
      bench.rtp(1, { pt: 127, seq: 903, timestamp: 0, ssrc: 0 }, empty, outside);
      assert.equal(bench.stats(1).strangers, 1);
    });
  });

  it('counts malformed and unknown packets and never throws', async () => {
    await pair();
    let state = 7;
    for (let i = 0; i < 20_000; i++) {
      const data = Buffer.alloc(1 + (i % 60));
      for (let n = 0; n < data.length; n++) data[n] = (state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 16;
      if (i % 2) data[0] = 0x80 | (data[0]! & 0x3f);
      if (i % 3 === 0) data[1] = 97;
      if (i % 3 === 1) data[1] = 200 + (i % 7);
      bench.deliver(1000 + (i % 2), data, '10.0.0.1', 5000);
    }
    const counts = bench.drops.take();
    for (const reason of ['rtp_short', 'rtp_version', 'rtcp_malformed', 'h264_malformed', 'unknown_payload_type'])
      assert.ok((counts?.[reason] ?? 0) > 0, `${reason} in ${JSON.stringify(counts)}`);
  });

  it('forgets a closed source and says goodbye', async () => {
    await pair();
    bench.rtp(1, { pt: 97, seq: 1, timestamp: 0 }, keyframe);
    bench.engine.handle({ type: 'close', slot: 1 });
    assert.deepEqual(bench.control(1, 'bye'), [{ type: 'bye', ssrcs: [1] }]);
    assert.deepEqual([...bench.open], [2000, 2001]);
    bench.clock.advance(10_000);
    assert.equal(bench.control(2, 'sr').length, 0);
  });
});
