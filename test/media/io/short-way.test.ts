import assert from 'node:assert/strict';
import { startThread } from '../../../src/base/thread.js';
import { createRingMemory, emptyFrame, FrameRing, type Frame } from '../../../src/media/frames.js';
import { loadNative } from '../../../src/media/native/load.js';
import { MOST_TOLD, UDP_INTERFACE, type UdpModule } from '../../../src/media/native/udp-module.js';
import { seeded, type Roll } from '../../support/seeded.js';
import { events, frameOrigin, ShortBench } from './short-bench.js';
import { Peer, until } from './peer.js';

const ssrc = 0xcafebabe;

describe('the short way of sound', () => {
  let udp: UdpModule;
  const peers: Peer[] = [];
  const benches: ShortBench[] = [];
  before(function () {
    const loaded = loadNative<UdpModule>('udp', UDP_INTERFACE);
    if ('missing' in loaded) return this.skip();
    udp = loaded.module;
  });
  afterEach(() => {
    for (const bench of benches.splice(0)) bench.close();
    for (const peer of peers.splice(0)) peer.close();
  });

  async function peerOf(): Promise<Peer> {
    const peer = await Peer.open();
    peers.push(peer);
    return peer;
  }
  function bench(native: UdpModule | null = udp, ringBytes?: number): ShortBench {
    const made = new ShortBench(native, ringBytes);
    benches.push(made);
    return made;
  }
  /** A packet with all that a header may have. */
  function packet(seq: number, payload: Uint8Array, more: Partial<Extras> = {}): Buffer {
    const {
      pt = 0,
      source = ssrc,
      marker = false,
      first = 0x80,
      between = new Uint8Array(0),
      timestamp = seq * 160,
    } = more;
    const header = Buffer.alloc(12);
    header[0] = first;
    header[1] = marker ? pt | 0x80 : pt;
    header.writeUInt16BE(seq & 0xffff, 2);
    header.writeUInt32BE(timestamp >>> 0, 4);
    header.writeUInt32BE(source, 8);
    return Buffer.concat([header, between, payload]);
  }
  const sound = (seq: number): Uint8Array => Buffer.alloc(160, seq);

  describe('to the mixer', () => {
    it('is taken by packets that follow one another, which arrive whole and are counted', async () => {
      const [peer, short] = [await peerOf(), bench()];
      const port = await short.open(peer);
      const began = performance.now();
      for (let seq = 65_500; seq < 65_600; seq++) {
        peer.sendRaw(port, packet(seq, sound(seq), { marker: seq === 65_550 }));
        if (seq === 65_500) await until('the first', () => short.take().length === 1);
      }
      await until('all', () => short.take().length === 100);
      assert.equal(short.longWay, 1);
      short.frames.forEach((frame, i) => {
        const { at, payload, ...rest } = frame;
        const seq = 65_500 + i;
        const timestamp = (seq * 160) >>> 0;
        assert.deepEqual(rest, { slot: 7, pt: 0, marker: seq === 65_550, seq: seq & 0xffff, timestamp });
        assert.deepEqual(Buffer.from(payload), sound(seq));
        assert.ok(at - frameOrigin >= began - 1 && at - frameOrigin <= performance.now() + 1, `${at}`);
      });
      const { packetsIn, bytesIn, lostIn, strangers } = short.stats();
      assert.deepEqual(
        { packetsIn, bytesIn, lostIn, strangers },
        { packetsIn: 100, bytesIn: 17_200, lostIn: 0, strangers: 0 },
      );
    });

    it('gives the mixer and the statistics what the long way gives, whatever comes', async function () {
      this.timeout(30_000);
      for (const seed of [11, 12, 13]) {
        const [peer, stranger] = [await peerOf(), await peerOf()];
        const pair = [bench(), bench(null)] as const;
        const ports = await Promise.all(pair.map((one) => one.open(peer)));
        const roll = seeded(seed);
        let seq = roll(65_536);
        for (let group = 0; group < 30; group++) {
          for (let n = roll(20); n >= 0; n--) {
            const odd = roll(4) === 0;
            const [from, data, step] = odd
              ? oddity(roll, seq, peer, stranger, packet)
              : [peer, packet(seq, sound(seq)), 1];
            for (const port of ports) from.sendRaw(port, data);
            seq += step;
          }
          const last = Buffer.from(`the last one of ${group}`);
          for (const port of ports) peer.sendRaw(port, packet(seq, last, { marker: true }));
          seq++;
          const came = (frame: Frame): boolean => last.equals(frame.payload);
          await until(`group ${group}`, () => pair.every((one) => one.take().some(came)));
        }
        const plain = (frame: Frame): unknown => ({
          ...frame,
          at: 0,
          payload: Buffer.from(frame.payload).toString('hex'),
        });
        assert.deepEqual(pair[0].frames.map(plain), pair[1].frames.map(plain), `seed ${seed}`);
        const [short, long] = pair.map((one) => ({ ...one.stats(), jitterMs: 0, kbpsIn: 0, kbpsOut: 0 }));
        assert.deepEqual(short, long, `seed ${seed}`);
        assert.deepEqual(pair[0].dropped(), pair[1].dropped(), `seed ${seed}`);
        assert.ok(pair[0].longWay < pair[1].longWay * 0.75, `${pair[0].longWay} of ${pair[1].longWay}`);
      }
    });

    it('measures jitter as the long way does', async () => {
      const [peer, short] = [await peerOf(), bench()];
      const port = await short.open(peer);
      // sound of a second within moments: each packet is early by nearly as much as it lasts
      for (let seq = 0; seq < 50; seq++) {
        peer.sendRaw(port, packet(seq, sound(seq)));
        if (seq === 0) await until('the first', () => short.take().length === 1);
      }
      await until('all', () => short.take().length === 50);
      const { jitterMs } = short.stats();
      assert.ok(jitterMs > 10 && jitterMs <= 20, `${jitterMs}`);
    });

    it('leaves what the mixer has no place for to the long way, which counts it', async () => {
      const [peer, short] = [await peerOf(), bench(udp, 2048)];
      const port = await short.open(peer);
      for (let seq = 0; seq < 40; seq++) peer.sendRaw(port, packet(seq, sound(seq)));
      await until('all', () => short.stats().packetsIn === 40);
      const { length } = short.take();
      assert.deepEqual(short.dropped(), { ring_full: 40 - length });
      assert.ok(length > 5 && length < 12, `${length}`);
      // and goes on where there is place again, around the end of the ring
      for (let seq = 40; seq < 100; seq++) {
        peer.sendRaw(port, packet(seq, sound(seq)));
        await until(`${seq}`, () => short.take().at(-1)?.seq === seq);
      }
      assert.ok(short.longWay < 60, `${short.longWay}`);
      short.frames.slice(-60).forEach(({ payload }, i) => assert.deepEqual(Buffer.from(payload), sound(40 + i)));
    });

    it('is not taken by what goes to another line, or is written down', async () => {
      const [peer, short] = [await peerOf(), bench()];
      const port = await short.open(peer);
      let seq = 0;
      const send = async (count: number): Promise<number> => {
        const before = short.longWay;
        for (const end = seq + count; seq < end; seq++) peer.sendRaw(port, packet(seq, sound(seq)));
        await until('them', () => short.stats().packetsIn === seq);
        return short.longWay - before;
      };
      assert.ok((await send(20)) < 20);
      assert.equal(await short.watch(200, async () => assert.equal(await send(20), 20)), 20);
      await until('the end of it', async () => (await send(20)) < 20, 5000);
      short.feedBack(true);
      assert.equal(await send(20), 20);
      await until('all of them back', () => peer.rtp.length === 20);
      short.feedBack(false);
      assert.ok((await send(20)) < 20);
    });
  });

  describe('from the mixer', () => {
    /** One after the other, as ticks do; how many of them went by the ring. */
    async function mix(short: ShortBench, peer: Peer, from: number, count: number): Promise<number> {
      let ringed = 0;
      for (let n = from; n < from + count; n++) {
        if (short.mix(sound(n))) ringed++;
        await until(`frame ${n}`, () => peer.rtp.some(({ payload }) => payload[0] === n && payload.length === 160));
      }
      return ringed;
    }
    /** What the peer has heard goes on without a gap. */
    function assertWhole(peer: Peer): void {
      const [first] = peer.rtp;
      peer.rtp.forEach(({ seq, ssrc: source }, i) => {
        assert.equal(source, 0xfedcba98);
        assert.equal((seq - (first?.seq ?? 0)) & 0xffff, i, `the one after ${peer.rtp[i - 1]?.seq}`);
      });
    }

    it('is taken from the second frame on, under the same numbers, and counted', async () => {
      const [peer, short] = [await peerOf(), bench()];
      await short.open(peer);
      assert.equal(await mix(short, peer, 0, 100), 1);
      assertWhole(peer);
      const [first] = peer.rtp;
      peer.rtp.forEach(({ timestamp, pt, marker, payload }, i) => {
        assert.deepEqual([pt, marker, (timestamp - (first?.timestamp ?? 0)) >>> 0], [0, i === 0, i * 160]);
        assert.deepEqual(payload, sound(i));
      });
      const { packetsOut, bytesOut } = short.stats();
      assert.deepEqual({ packetsOut, bytesOut }, { packetsOut: 100, bytesOut: 17_200 });
    });

    it('carries all frames of one handing in, however many', async () => {
      const [peer, short] = [await peerOf(), bench()];
      await short.open(peer);
      await mix(short, peer, 0, 1);
      const more = Array.from({ length: 600 }, (_, n) => Uint8Array.of(n & 255, n >> 8, 9));
      for (let n = 0; n < more.length; n += 60) {
        assert.equal(short.mix(...more.slice(n, n + 60)), false);
        await until('them', () => peer.rtp.length === n + 61);
      }
      assert.deepEqual(
        peer.rtp.slice(1).map(({ payload }) => payload.readUInt16LE(0)),
        more.map((_, n) => n),
      );
      assertWhole(peer);
    });

    it('makes way for keys, and goes on behind them', async () => {
      const [peer, short] = [await peerOf(), bench()];
      await short.open(peer);
      await mix(short, peer, 0, 10);
      short.press('5');
      assert.equal(short.mix(sound(10)), true);
      await until(
        'the end of it',
        () => peer.rtp.filter(({ pt, payload }) => pt === events.pt && payload[1]! > 127).length === 3,
      );
      await until('its turn', () => {
        short.mix(sound(11));
        return peer.rtp.some(({ payload }) => payload[0] === 11 && payload.length === 160);
      });
      assert.ok((await mix(short, peer, 12, 10)) <= 1);
      assertWhole(peer);
      assert.ok(peer.rtp.every(({ payload }) => payload[0] !== 10 || payload.length < 160));
    });

    it('goes where the peer is, and nowhere while it is on hold', async () => {
      const [peer, other, short] = [await peerOf(), await peerOf(), bench()];
      const port = await short.open(peer);
      await mix(short, peer, 0, 5);
      other.sendRaw(port, packet(1, sound(1)));
      await until('its packet', () => short.stats().packetsIn === 1);
      assert.equal(await mix(short, other, 5, 5), 1);
      short.update(other, { direction: 'recvonly' });
      assert.equal(short.mix(sound(10)), true);
      short.update(peer);
      assert.equal(await mix(short, peer, 11, 5), 1);
      assert.deepEqual([peer.rtp.length, other.rtp.length], [10, 5]);
      const seqs = [...peer.rtp.slice(0, 5), ...other.rtp, ...peer.rtp.slice(5)].map(({ seq }) => seq);
      assert.deepEqual(
        seqs,
        seqs.map((_, i) => ((seqs[0] ?? 0) + i) & 0xffff),
      );
    });

    it('follows a peer that goes on from another place', async () => {
      const [peer, other, short] = [await peerOf(), await peerOf(), bench()];
      const port = await short.open(peer);
      for (let seq = 0; seq < 10; seq++) peer.sendRaw(port, packet(seq, sound(seq)));
      await until('its packets', () => short.stats().packetsIn === 10);
      await mix(short, peer, 0, 5);
      other.sendRaw(port, packet(10, sound(10)));
      await until('one more', () => short.stats().packetsIn === 11);
      assert.equal(await mix(short, other, 5, 5), 1);
      assert.deepEqual([peer.rtp.length, other.rtp.length], [5, 5]);
    });

    it('is not taken while packets are written down', async () => {
      const [peer, short] = [await peerOf(), bench()];
      await short.open(peer);
      await mix(short, peer, 0, 5);
      assert.equal(await short.watch(200, async () => assert.equal(await mix(short, peer, 5, 5), 5)), 5);
      assert.equal(await mix(short, peer, 10, 5), 1);
      assertWhole(peer);
    });

    it('counts what cannot be sent, by its error', async () => {
      const [peer, short] = [await peerOf(), bench()];
      await short.open(peer, { remote: { address: '255.255.255.255', rtpPort: 9, rtcpPort: 9 } });
      for (let n = 0; n < 5; n++) short.mix(sound(n));
      assert.equal(short.stats().packetsOut, 5);
      await until('all', () => short.errors.length === 5);
      assert.deepEqual(new Set(short.errors), new Set(['EACCES']));
    });

    it('ends with the line, and with its sockets', async () => {
      const [peer, short] = [await peerOf(), bench()];
      await short.open(peer);
      await mix(short, peer, 0, 5);
      short.close();
      assert.equal(short.mix(sound(5)), true);
      assert.equal(udp.frames(12_345, new Int32Array(8), 8), 0);
      assert.equal(peer.rtp.length, 5);
    });

    it('keeps order and numbers while another thread hands in and this one takes back', async function () {
      this.timeout(20_000);
      const [peer, short] = [await peerOf(), bench()];
      await short.open(peer);
      const heard = new Int32Array(new SharedArrayBuffer(4));
      const thread = startThread(import.meta.url, './short-thread', { desk: short.desk, heard });
      thread.on('message', () => short.engine.drain());
      const deadline = performance.now() + 15_000;
      let turns = 0;
      while (peer.rtp.length < 4000 && performance.now() < deadline) {
        short.update(peer);
        turns++;
        Atomics.store(heard, 0, peer.rtp.length);
        Atomics.notify(heard, 0);
        await new Promise((resolve) => setImmediate(resolve));
      }
      await thread.terminate();
      assert.ok(peer.rtp.length >= 4000 && turns > 100, `${peer.rtp.length} in ${turns}`);
      assertWhole(peer);
      peer.rtp.forEach(({ payload }, i) => assert.equal(payload.readUInt32LE(0), i));
    });
  });

  describe('in the module itself', () => {
    const told = new Float64Array(5 * MOST_TOLD);
    const [inbox, lines] = [new Uint8Array(32 * 65_536), new Int32Array(2048)];
    let arrived = 0;
    const ringOf = (octets: number): SharedArrayBuffer => createRingMemory(octets);
    function hubOf(toMixer: SharedArrayBuffer, fromMixer: SharedArrayBuffer): { hub: object; desk: number } {
      arrived = 0;
      const hub = udp.open(inbox, lines, inbox, lines, (count) => (arrived += count));
      const desk = udp.desk(hub, new Uint8Array(toMixer), new Uint8Array(fromMixer), told, 0, 0);
      return { hub, desk };
    }
    const like = (index: number, ...numbers: number[]): Int32Array => {
      const words = new Int32Array(11);
      words.set([index, ...numbers]);
      udp.parse('127.0.0.1', words.subarray(6));
      return words;
    };
    const frame = (payload: number): Int32Array => Int32Array.of(7, 0, payload, 4, payload);

    it('frames keep their order: none goes out while one lies in the ring', async () => {
      const memory = ringOf(4096);
      const ring = new FrameRing(memory);
      const { hub, desk } = hubOf(ringOf(4096), memory);
      const peer = await peerOf();
      const index = udp.bind(hub, '127.0.0.1', 0);
      const target = like(index, 7, 0, ssrc, 0, peer.rtpPort);
      assert.equal(udp.frames(desk, frame(1), 5), 1);
      assert.equal(udp.hand(hub, target), 0);
      assert.equal(ring.peek(emptyFrame()), true);
      ring.skip();
      assert.equal(udp.hand(hub, target), 1);
      assert.equal(udp.hand(hub, target), 0);
      assert.equal(udp.frames(desk, frame(2), 5), 0);
      await until('the second', () => peer.rtp.length === 1);
      assert.equal(peer.rtp[0]?.timestamp, 2);
      // the number of a closed socket may be another one's a moment later
      udp.close(hub, index);
      assert.equal(udp.frames(desk, frame(3), 5), 1);
    });

    it('no more packets are taken than can be told', async () => {
      const memory = ringOf(1 << 20);
      const { hub } = hubOf(memory, ringOf(4096));
      const peer = await peerOf();
      const index = udp.bind(hub, '127.0.0.1', 0);
      udp.listen(hub, like(index, 7, 0, 0, ssrc, peer.rtpPort));
      const port = udp.port(hub, index);
      for (let seq = 0; arrived === 0; seq++) {
        peer.sendRaw(port, packet(seq, sound(seq)));
        if (seq % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
        assert.ok(seq < 20_000, 'they are all taken');
      }
      assert.equal(udp.heard(hub), MOST_TOLD);
      told.forEach((value, at) => at % 5 === 1 && assert.equal(value, (at - 1) / 5));
      udp.close(hub, index);
    });

    it('the ring is filled to its end and no further', () => {
      const memory = ringOf(1024);
      const ring = new FrameRing(memory);
      const { desk } = hubOf(ringOf(4096), memory);
      const roll = seeded(5);
      let [written, read] = [0, 0];
      for (let turn = 0; turn < 2000; turn++) {
        const length = roll(120);
        const staged = new Int32Array(4 + 30);
        staged.set([7, 0, written, length]);
        new Uint8Array(staged.buffer, 16).fill(written, 0, length);
        const ringed = udp.frames(desk, staged, 4 + ((length + 3) >> 2));
        assert.equal(ringed + staged[0]!, 1);
        written += ringed;
        const into = emptyFrame();
        for (let n = ringed === 0 ? 1 + roll(8) : 0; n > 0 && ring.peek(into); n--) {
          assert.equal(into.timestamp, read);
          assert.ok(
            into.payload.every((octet) => octet === (read & 255)),
            `frame ${read}`,
          );
          ring.skip();
          read++;
        }
      }
      assert.ok(read > 500, `${read}`);
    });
  });

  it('refuses what makes no sense, and stays whole', () => {
    const bare = udp as unknown as Record<string, (...given: unknown[]) => unknown>;
    for (const name of ['desk', 'listen', 'hand', 'frames'])
      for (const given of [[], [1], [{}, 2], [null, null, null], [new Int32Array(1), new Int32Array(1)]])
        assert.throws(() => bare[name]!(...given), TypeError, name);
    const [large, lines, told] = [new Uint8Array(32 * 65_536), new Int32Array(2048), new Float64Array(5 * 1024)];
    const hub = udp.open(large, lines, large, lines, () => undefined);
    const ring = (octets: number): Uint8Array => new Uint8Array(new SharedArrayBuffer(octets));
    const [good, like] = [ring(64 + 4096), new Int32Array(11)];
    for (const bad of [ring(0), ring(63), ring(64), ring(64 + 1000), ring(64 + 3000)]) {
      assert.throws(() => udp.desk(hub, bad, good, told, 0, 0), TypeError);
      assert.throws(() => udp.desk(hub, good, bad, told, 0, 0), TypeError);
    }
    assert.throws(() => udp.desk(hub, good, good, new Float64Array(5), 0, 0), TypeError);
    assert.throws(() => udp.listen(hub, like), TypeError);
    const desk = udp.desk(hub, good, good, told, 0, 0);
    assert.throws(() => udp.desk(hub, good, good, told, 0, 0), TypeError);
    for (const index of [-1, 0, 64, 1 << 30]) {
      like[0] = index;
      assert.throws(() => udp.listen(hub, like), TypeError);
      assert.throws(() => udp.hand(hub, like), TypeError);
      assert.equal(udp.takeBack(hub, index), -1);
      udp.deafen(hub, index);
    }
    const staged = new Int32Array(8);
    for (const words of [-1, 9, 1 << 30]) assert.throws(() => udp.frames(desk, staged, words), TypeError);
    for (const length of [-1, 17, 1501, 1 << 30]) {
      staged.set([7, 0, 0, length]);
      assert.equal(udp.frames(desk, staged, 8), 0);
    }
    staged.set([7, 0, 0, 16]);
    assert.equal(udp.frames(desk, staged, 8), 1);
    assert.equal(udp.heard(hub) + udp.departed(hub), 0);
  });
});

interface Extras {
  pt: number;
  source: number;
  marker: boolean;
  /** Version, padding, extension, count of contributing sources. */
  first: number;
  /** Contributing sources and extension. */
  between: Uint8Array;
  timestamp: number;
}

type Build = (seq: number, payload: Uint8Array, more?: Partial<Extras>) => Buffer;

/** Who sends what out of the order, and by how much numbers go on. */
function oddity(roll: Roll, seq: number, peer: Peer, stranger: Peer, packet: Build): [Peer, Buffer, number] {
  const payload = Buffer.alloc(1 + roll(200), seq);
  const sources = Buffer.from('0000000100000002', 'hex');
  const extension = Buffer.from('bede000151000000', 'hex');
  const kinds: [Peer, Buffer, number][] = [
    [peer, packet(seq + 1, payload), 2],
    [peer, packet(seq - 1, payload), 0],
    [peer, packet(seq - 5, payload), 0],
    [peer, packet(seq + 5000, payload), 0],
    [peer, packet(seq, payload, { marker: true, timestamp: roll(1 << 30) }), 1],
    [peer, packet(seq, payload, { first: 0x82, between: sources }), 1],
    [peer, packet(seq, payload, { first: 0x90, between: extension }), 1],
    [peer, packet(seq, payload, { first: 0x92, between: Buffer.concat([sources, extension]) }), 1],
    [peer, packet(seq, Buffer.from([1, 2, 3, 2]), { first: 0xa0 }), 1],
    [peer, packet(seq, Buffer.alloc(0), { first: 0x9f }), 1],
    [peer, packet(seq, Buffer.from('bede0010', 'hex'), { first: 0x90 }), 1],
    [peer, packet(seq, Buffer.alloc(0)), 1],
    [peer, packet(seq, payload, { first: 0x40 }), 0],
    [peer, packet(seq, Buffer.from([5, 0, 0, 160]), { pt: events.pt }), 1],
    [peer, packet(seq, payload, { pt: 13 }), 1],
    [peer, packet(seq, payload, { pt: 77 }), 1],
    [peer, packet(seq, payload, { source: 5 }), 1],
    [peer, Buffer.alloc(roll(12), 0x80), 0],
    [stranger, packet(seq, payload), 0],
    [stranger, packet(seq, payload, { source: 6 }), 0],
  ];
  return kinds[roll(kinds.length)]!;
}
