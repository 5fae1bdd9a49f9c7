import assert from 'node:assert/strict';
import { emptyFrame } from '../../../src/media/frames.js';
import { encodeRtcp } from '../../../src/protocol/rtp/rtcp-encode.js';
import { keepAlivePacket, multiplexPacket } from '../../../src/protocol/h323/h460/traversal.js';
import { EngineBench } from './engine-bench.js';
import { h264, keyframe, pcmu, slice } from './peer.js';

const [shared, control] = [2776, 2777];
const outside = { address: '203.0.113.9', port: 61_000 };

describe('ports that lines share (H.460.19)', () => {
  let bench: EngineBench;
  beforeEach(async () => {
    bench = new EngineBench();
    await bench.share(shared);
  });
  afterEach(() => {
    bench.engine.handle({ type: 'stop' });
    assert.equal(bench.clock.pending, 0);
    assert.equal(bench.open.size, 0);
  });

  const through = (receiveAs: number | null, sendAs: number | null) => ({
    traversal: { keepAlive: 127, receiveAs, sendAs },
  });
  const video = { receive: [h264(97)], send: [h264(97)] };
  const arrive = (identifier: number, packet: Uint8Array, port = shared, from = outside): void =>
    bench.deliver(port, multiplexPacket(identifier, packet), from.address, from.port);
  const media = (seq: number, payload: Uint8Array, pt = 97): Buffer => {
    const head = keepAlivePacket({ payloadType: pt, sequence: seq, timestamp: seq * 3000, ssrc: 100 });
    return Buffer.concat([head, payload]);
  };
  const life = keepAlivePacket({ payloadType: 127, sequence: 100, timestamp: 0, ssrc: 0 });
  const dropped = () => bench.drops.take() ?? {};

  it('are told apart by the identifiers before packets', async () => {
    await bench.line(1, 'a/video', { ...video, ...through(11, null) });
    await bench.line(2, 'b/video', { ...video, ...through(22, null) });
    await bench.line(3, 'c/video', video);
    bench.route(3, 2);
    arrive(11, media(1, keyframe));
    arrive(22, media(1, keyframe));
    arrive(22, media(2, slice));
    assert.deepEqual(
      [1, 2, 3].map((slot) => bench.stats(slot).packetsIn),
      [1, 2, 0],
    );
    assert.equal(bench.media(3).length, 2);
  });

  it('send what goes to a peer that sent there, to where it came from, with its identifier', async () => {
    bench.identifier = 4_000_000_000;
    await bench.line(1, 'a/video', video);
    await bench.line(2, 'b/video', { ...video, ...through(22, bench.identifier) });
    bench.route(2, 1);
    bench.rtp(1, { pt: 97, seq: 1, timestamp: 0 }, keyframe);
    const sent = () => {
      const { fromPort, toAddress, toPort, identifier } = bench.sent.findLast(({ rtp }) => rtp !== null) ?? {};
      return { fromPort, toAddress, toPort, identifier };
    };
    const { identifier } = bench;
    assert.deepEqual(sent(), { fromPort: 2000, toAddress: '10.0.0.2', toPort: 5000, identifier });
    arrive(22, life);
    bench.rtp(1, { pt: 97, seq: 2, timestamp: 3000 }, keyframe);
    assert.deepEqual(sent(), { fromPort: shared, toAddress: outside.address, toPort: outside.port, identifier });
    assert.equal(bench.stats(2).packetsIn, 0, 'a sign of life is no media');
  });

  describe('of a device that sends all from its shared port as soon as it has one', () => {
    const sound = { receive: [pcmu()], send: [pcmu()] };
    const [old, common] = [outside, { ...outside, port: 62_000 }];
    const sentTo = (slot: number): number | undefined => {
      bench.mixer().made.write({ ...emptyFrame(), slot, payload: Uint8Array.of(5) });
      bench.engine.drain();
      return bench.sent.findLast(({ rtp }) => rtp !== null)?.toPort;
    };
    beforeEach(async () => {
      await bench.line(1, 'a/audio', { ...sound, ...through(11, null) });
      arrive(11, media(1, Uint8Array.of(1), 0), shared, old);
      assert.equal(sentTo(1), old.port);
      await bench.line(2, 'a/content', { ...video, ...through(22, 33) });
    });

    for (const first of ['content', 'sound'] as const) {
      it(`a line that has no identifier goes where it was taken before (${first} first)`, () => {
        const content = (seq: number): void => arrive(22, media(seq, keyframe), shared, common);
        if (first === 'content') content(1);
        arrive(11, media(2, Uint8Array.of(2), 0), shared, common);
        content(2);
        arrive(11, media(3, Uint8Array.of(3), 0), shared, common);
        assert.equal(sentTo(1), old.port);
        assert.equal(bench.stats(1).packetsIn, 3);
      });
    }

    it('a line that was there with it moves with it, and one moves whose device gets another port', async () => {
      await bench.line(3, 'b/audio', { ...sound, ...through(44, null) });
      await bench.line(4, 'b/content', { ...video, ...through(55, 66) });
      for (const port of [63_000, 64_000]) {
        arrive(55, media(port, keyframe), shared, { ...outside, port });
        arrive(44, media(port, Uint8Array.of(1), 0), shared, { ...outside, port });
        assert.equal(sentTo(3), port);
      }
      arrive(11, media(9, Uint8Array.of(2), 0), shared, { ...outside, port: 65_000 });
      assert.equal(sentTo(1), 65_000);
    });
  });

  it('carry reports both ways', async () => {
    bench.identifier = 33;
    await bench.line(1, 'a/audio', { receive: [pcmu()], send: [pcmu()], ...through(11, 33) });
    arrive(11, media(1, Uint8Array.of(1), 0));
    arrive(11, encodeRtcp([{ type: 'rr', ssrc: 100, reports: [] }]), control, { ...outside, port: 61_001 });
    bench.clock.advance(8000);
    const report = bench.sent.findLast(({ rtcp }) => rtcp !== null);
    assert.deepEqual(
      [report?.fromPort, report?.toAddress, report?.toPort, report?.identifier],
      [control, outside.address, 61_001, 33],
    );
    const made = bench.mixer().made;
    made.write({ ...emptyFrame(), slot: 1, payload: Uint8Array.of(5) });
    bench.engine.drain();
    assert.deepEqual([bench.sent.at(-1)?.fromPort, bench.sent.at(-1)?.identifier], [shared, 33]);
  });

  it('let a peer use the ports of its line all the same', async () => {
    await bench.line(1, 'a/audio', { receive: [pcmu()], send: [pcmu()], ...through(11, null) });
    bench.rtp(1, { pt: 0, seq: 1, timestamp: 0 }, Uint8Array.of(1), outside);
    bench.mixer().made.write({ ...emptyFrame(), slot: 1, payload: Uint8Array.of(5) });
    bench.engine.drain();
    assert.deepEqual([bench.sent.at(-1)?.fromPort, bench.sent.at(-1)?.identifier], [1000, null]);
  });

  it('take nothing for lines that are closed, were given up or never were, and count it', async () => {
    await bench.line(1, 'a/video', { ...video, ...through(11, null) });
    await bench.line(2, 'b/video', { ...video, ...through(22, null) });
    bench.engine.handle({ type: 'close', slot: 1 });
    bench.update(2, { ...video, ...through(23, null) });
    for (const identifier of [11, 22, 99, 0]) arrive(identifier, media(1, keyframe));
    for (const length of [0, 3, 4]) bench.deliver(shared, Buffer.alloc(length), outside.address, outside.port);
    assert.deepEqual(dropped(), { multiplex_unknown: 4, multiplex_short: 3 });
    arrive(23, media(1, keyframe));
    arrive(23, Buffer.from([1]));
    assert.equal(bench.stats(2).packetsIn, 1);
    assert.deepEqual(dropped(), { rtp_short: 1 });
  });

  it('are bound once for an address; where they cannot be, that is told and nothing stays open', async () => {
    assert.deepEqual(await bench.share(shared), {
      type: 'shared',
      request: 7,
      ports: { rtpPort: shared, rtcpPort: control },
    });
    const other = new EngineBench();
    other.open.add(3001);
    assert.equal((await other.share(3000))?.type, 'unshared');
    assert.deepEqual([...other.open], [3001]);
  });
});
