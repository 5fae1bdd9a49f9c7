import assert from 'node:assert/strict';
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { packetizeH264 } from '../../../scripts/endpoint/rtp/packetize.js';
import { emptyFrame } from '../../../src/media/frames.js';
import type { LineParams, PayloadKey } from '../../../src/media/plane.js';
import { decodePictures, encodeClip } from '../support/clip.js';
import { nalsOf } from '../support/lossy-peers.js';
import { EngineBench } from './engine-bench.js';
import { h264, pcmu } from './peer.js';

function keyOf(fill: number, payloadType: number, format: number): PayloadKey {
  return { cipher: 'aes-128-cbc', key: Buffer.alloc(16, fill), payloadType, format };
}

/** What is in an enciphered packet, by the book: a decipher of its own with the packet's initial vector. */
function plainOf(raw: Buffer, key: Uint8Array): Buffer {
  const iv = Buffer.from(Array.from({ length: 16 }, (_, i) => raw[2 + (i % 6)]!));
  const decipher = createDecipheriv('aes-128-cbc', key, iv).setAutoPadding((raw[0]! & 0x20) !== 0);
  return Buffer.concat([decipher.update(raw.subarray(12)), decipher.final()]);
}

/** A packet enciphered by the book. */
function sealedBy(key: Uint8Array, header: Buffer, payload: Buffer): Buffer {
  const iv = Buffer.from(Array.from({ length: 16 }, (_, i) => header[2 + (i % 6)]!));
  const whole = Buffer.concat([payload, Buffer.alloc(16 - (payload.length % 16), 16 - (payload.length % 16))]);
  const cipher = createCipheriv('aes-128-cbc', key, iv).setAutoPadding(false);
  const first = Buffer.from(header);
  first[0] = first[0]! | 0x20;
  return Buffer.concat([first, cipher.update(whole), cipher.final()]);
}

describe('media plane: encrypted payloads', function () {
  this.timeout(30_000);
  let bench: EngineBench;
  beforeEach(() => (bench = new EngineBench()));
  afterEach(() => bench.engine.handle({ type: 'stop' }));

  it('pictures go out enciphered under the numbers of the wire, and are whole where they come in', async () => {
    const clip = encodeClip({ seconds: 2, fps: 15 });
    const key = keyOf(7, 121, 109);
    await bench.line(1, 'a/video', { receive: [h264(97)], send: [] });
    await bench.line(2, 'b/video', { receive: [], send: [h264(109)], keys: { send: key } });
    await bench.line(3, 'c/video', { receive: [h264(96)], send: [], keys: { receive: [{ ...key, format: 96 }] } });
    await bench.line(4, 'd/video', { receive: [], send: [h264(98)] });
    bench.route(2, 1);
    bench.route(4, 3);
    const lengths = new Set<number>();
    bench.onSent = ({ fromPort, raw, rtp }) => {
      if (fromPort !== 2000 || !rtp) return;
      lengths.add(raw.length % 16);
      assert.equal(raw[1]! & 0x7f, 121);
      bench.deliver(3000, Buffer.from(raw), '10.0.0.3', 5000);
    };
    let seq = 65_500;
    for (const [n, picture] of clip.entries()) {
      const payloads = packetizeH264(picture, 1, 1200);
      payloads.forEach((payload, i) =>
        bench.rtp(1, { pt: 97, seq: seq++, timestamp: n * 6000, marker: i === payloads.length - 1 }, payload),
      );
      bench.clock.advance(1000 / 15);
    }
    assert.deepEqual([...lengths], [12], 'whole blocks behind the header');
    const sealed = bench.sent.filter(({ fromPort, rtp }) => fromPort === 2000 && rtp);
    const arrived = bench.media(4);
    assert.equal(sealed.length, arrived.length);
    sealed.forEach(({ raw }, i) => assert.deepEqual(plainOf(raw, key.key), arrived[i]!.payload));
    assert.deepEqual(decodePictures([nalsOf(arrived)]), { shown: clip.length, complaints: '' });
    assert.equal(bench.drops.take(), null);
  });

  it('sound goes to the mixer and comes from it; the switch to a new key loses nothing', async () => {
    const [old, fresh] = [keyOf(1, 120, 0), keyOf(2, 123, 0)];
    const sound = { receive: [pcmu()], send: [pcmu()] };
    await bench.line(1, 'a/audio', { ...sound, keys: { send: old } });
    await bench.line(2, 'b/audio', { ...sound, keys: { receive: [old] } });
    bench.onSent = ({ fromPort, rtp, raw }) => {
      if (fromPort === 1000 && rtp) bench.deliver(2000, Buffer.from(raw), '10.0.0.2', 5000);
    };
    const { made, heard } = bench.mixer();
    const frame = emptyFrame();
    const say = (n: number): void => {
      Object.assign(frame, { slot: 1, pt: 0, marker: n === 0, seq: 0, timestamp: n * 160, at: 0 });
      frame.payload = Buffer.alloc(150 + n, n);
      made.write(frame);
      bench.engine.drain();
    };
    for (let n = 0; n < 10; n++) say(n);
    bench.update(2, { ...sound, keys: { receive: [old, fresh] } });
    for (let n = 10; n < 20; n++) say(n);
    bench.update(1, { ...sound, keys: { send: fresh } });
    for (let n = 20; n < 30; n++) say(n);
    bench.update(2, { ...sound, keys: { receive: [fresh] } });
    for (let n = 30; n < 40; n++) say(n);
    for (let n = 0; n < 40; n++) {
      assert.ok(heard.read(frame), `frame ${n}`);
      assert.deepEqual([frame.pt, Buffer.from(frame.payload)], [0, Buffer.alloc(150 + n, n)]);
    }
    assert.equal(heard.read(frame), false);
    assert.equal(bench.drops.take(), null);
  });

  it('takes nothing plain, nothing short and nothing that is no block, and counts them', async () => {
    await bench.line(1, 'a/audio', { receive: [pcmu()], send: [pcmu()], keys: { receive: [keyOf(1, 120, 0)] } });
    const { heard } = bench.mixer();
    const from = (pt: number, payload: number, first = 0x80): void => {
      const data = Buffer.alloc(12 + payload, 1);
      data[0] = first;
      data[1] = pt;
      bench.deliver(1000, data, '10.0.0.1', 5000);
    };
    from(0, 160);
    from(13, 1);
    from(120, 15);
    from(120, 40, 0xa0);
    // contributing sources and extensions that do not fit
    from(120, 4, 0x8f);
    from(120, 2, 0x90);
    bench.deliver(1000, Buffer.from([0x80, 120]), '10.0.0.1', 5000);
    assert.deepEqual(bench.drops.take(), {
      cipher_plain: 2,
      cipher_short: 1,
      cipher_partial: 1,
      rtp_csrc: 1,
      rtp_extension: 1,
      rtp_short: 1,
    });
    assert.equal(heard.read(emptyFrame()), false);
    assert.equal(bench.stats(1).packetsIn, 0);
  });

  it('a packet twice is one', async () => {
    const key = keyOf(3, 121, 97);
    await bench.line(1, 'a/video', { receive: [], send: [h264(97)], keys: { send: key } });
    await bench.line(2, 'b/video', { receive: [h264(97)], send: [], keys: { receive: [key] } });
    await bench.line(3, 'c/video', { receive: [], send: [h264(98)] });
    await bench.line(4, 'd/video', { receive: [h264(97)], send: [] });
    bench.route(1, 4);
    bench.route(3, 2);
    bench.onSent = ({ fromPort, rtp, raw }) => {
      if (fromPort !== 1000 || !rtp) return;
      for (let i = 0; i < 3; i++) bench.deliver(2000, Buffer.from(raw), '10.0.0.2', 5000);
    };
    const picture = encodeClip({ seconds: 1, fps: 1 })[0]!;
    const payloads = packetizeH264(picture, 1, 1200);
    payloads.forEach((payload, i) =>
      bench.rtp(4, { pt: 97, seq: i, timestamp: 0, marker: i === payloads.length - 1 }, payload),
    );
    assert.deepEqual(
      new Set(bench.media(3).map(({ seq }) => seq)).size,
      payloads.length,
      'repeats have the number of the first',
    );
  });

  it('keys of the telephone go like the sound under their own number, with the key that it has by then', async () => {
    const [old, fresh] = [keyOf(1, 120, 0), keyOf(2, 123, 0)];
    const events = [{ pt: 101, clock: 8000 }];
    const audio = { receive: [pcmu()], send: [pcmu()], events: { receive: events, send: events } };
    await bench.line(1, 'a/audio', { ...audio, keys: { send: old } });
    await bench.line(2, 'b/audio', { ...audio, keys: { receive: [old, fresh] } });
    const { made } = bench.mixer();
    bench.onSent = ({ fromPort, rtp, raw }) => {
      if (fromPort === 1000 && rtp) bench.deliver(2000, Buffer.from(raw), '10.0.0.2', 5000);
    };
    const frame = emptyFrame();
    const pressed = (digit: string): void => {
      Object.assign(frame, { slot: 1, pt: 0, marker: false, seq: 0, timestamp: 0, at: 0, payload: Buffer.alloc(160) });
      made.write(frame);
      bench.engine.drain();
      bench.engine.handle({ type: 'press', slot: 1, digits: digit, durationMs: 100 });
      bench.clock.advance(500);
    };
    pressed('5');
    bench.update(1, { ...audio, keys: { send: fresh } });
    pressed('#');
    const heard = bench.named(2, 'digit') as { digit: string }[];
    assert.deepEqual(
      heard.map(({ digit }) => digit),
      ['5', '#'],
    );
    const sent = bench.sent.filter(({ fromPort, raw }) => fromPort === 1000 && (raw[1]! & 0x7f) === 101);
    const told = sent.map(({ raw }, i) => plainOf(raw, i < sent.length / 2 ? old.key : fresh.key)[0]);
    assert.deepEqual(new Set(told), new Set([5, 11]), 'an event is one block of its own');
    assert.equal(bench.drops.take(), null);
  });

  it('takes no plain keys of the telephone where the sound is encrypted', async () => {
    const events = { receive: [{ pt: 101, clock: 8000 }], send: [] };
    await bench.line(1, 'a/audio', { receive: [pcmu()], send: [], events, keys: { receive: [keyOf(1, 120, 0)] } });
    bench.rtp(1, { pt: 101, seq: 1, timestamp: 0 }, Buffer.from([5, 0x80, 0, 160]));
    // of 16 octets it is deciphered, and makes no sense
    bench.rtp(1, { pt: 101, seq: 2, timestamp: 0 }, Buffer.from([5, 0x80, 0, 160, ...Buffer.alloc(12, 12)]));
    assert.equal(bench.drops.take()?.['cipher_short'], 1);
    bench.clock.advance(1000);
    const digits = bench.named(1, 'digit') as { digit: string }[];
    assert.ok(!digits.some(({ digit }) => digit === '5'));
  });

  it('learns from signs of life, which have no payload, where a peer behind NAT is', async () => {
    const key = keyOf(1, 120, 0);
    const traversal = { keepAlive: 127, receiveAs: null, sendAs: null };
    const remote = { address: '192.168.1.9', rtpPort: 5000, rtcpPort: 5001 };
    const audio = { receive: [pcmu()], send: [pcmu()], empties: true, traversal, remote };
    await bench.line(1, 'a/audio', { ...audio, keys: { receive: [key], send: key } });
    const { made } = bench.mixer();
    const frame = emptyFrame();
    const sentTo = (): string | undefined => {
      Object.assign(frame, { slot: 1, pt: 0, marker: false, seq: 0, timestamp: 0, at: 0, payload: Buffer.alloc(160) });
      made.write(frame);
      bench.engine.drain();
      const last = bench.sent.findLast(({ rtp }) => rtp);
      return last && `${last.toAddress}:${last.toPort}`;
    };
    assert.equal(sentTo(), '192.168.1.9:5000');
    for (const [pt, port] of [
      [127, 6001],
      [0, 6002],
    ] as const) {
      bench.clock.advance(46_000);
      bench.rtp(1, { pt, seq: 1, timestamp: 0, ssrc: 0 }, Buffer.alloc(0), { address: '10.0.0.7', port });
      assert.equal(sentTo(), `10.0.0.7:${port}`, `by number ${pt}`);
    }
    assert.equal(bench.drops.take()?.['cipher_plain'], undefined);
  });

  it('frames for cameras go through between an encrypted line and a plain one', async () => {
    const [ours, theirs] = [keyOf(4, 100, 100), keyOf(5, 115, 115)];
    const line = (slot: number, data: { receive: number; send: number }, keys?: LineParams['keys']) =>
      bench.line(slot, `l${slot}/fecc`, { receive: [], send: [], data, ...(keys ? { keys } : {}) });
    await line(1, { receive: 115, send: 100 }, { send: ours, receive: [theirs] });
    await line(2, { receive: 102, send: 102 });
    bench.engine.handle({ type: 'feed', source: 1, sink: 2 });
    bench.engine.handle({ type: 'feed', source: 2, sink: 1 });
    const frame = Buffer.from('00860108820000000000800100', 'hex');
    bench.rtp(2, { pt: 102, seq: 1, timestamp: 0 }, frame);
    const [sent] = bench.sent.filter(({ fromPort, rtp }) => fromPort === 1000 && rtp);
    assert.ok(sent, 'it goes out');
    assert.deepEqual([sent.raw[1]! & 0x7f, plainOf(sent.raw, ours.key)], [100, frame]);
    bench.rtp(1, { pt: 115, seq: 1, timestamp: 0 }, frame);
    assert.equal(bench.media(2).length, 0, 'nothing plain comes through');
    const back = Buffer.from(sent.raw);
    back[1] = 115;
    const sealed = sealedBy(theirs.key, back.subarray(0, 12), frame);
    bench.deliver(1000, sealed, '10.0.0.1', 5000);
    assert.deepEqual(
      bench.media(2).map(({ payload }) => payload),
      [frame],
    );
  });

  it('never sends in the plain what the key is not for', async () => {
    await bench.line(1, 'a/audio', { receive: [pcmu()], send: [pcmu()], keys: { send: keyOf(1, 120, 8) } });
    const { made } = bench.mixer();
    const frame = emptyFrame();
    Object.assign(frame, { slot: 1, pt: 0, marker: false, seq: 0, timestamp: 0, at: 0, payload: Buffer.alloc(160) });
    made.write(frame);
    bench.engine.drain();
    assert.deepEqual(bench.media(1), []);
    assert.equal(bench.drops.take()?.['cipher_plain'], 1);
  });
});
