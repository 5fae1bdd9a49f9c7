import assert from 'node:assert/strict';
import { Counters } from '../../../src/media/mixer/counters.js';
import { Receiver } from '../../../src/media/mixer/receiver.js';
import type { Mind } from '../../../src/media/mixer/receiver.js';
import { createEncoder } from '../../../src/media/mixer/codecs/factory.js';
import type { MixedCodecName } from '../../../src/media/vocabulary.js';
import { CountedOpus } from './counted-opus.js';
import { formats } from './bench-room.js';
import { settleOpus } from './settle.js';
import { likeness, voice } from './voice.js';

describe('receiver of a member whose sound is not always wanted', () => {
  /** Hears `frames` of a voice as `mind` says; what came of each tick. `lost` do not arrive. */
  async function hear(
    name: MixedCodecName,
    frames: number,
    mind: (tick: number, receiver: Receiver) => Mind,
    lost: readonly number[] = [],
    loudness = 1,
  ): Promise<{ heard: Float32Array[]; library: CountedOpus; counters: Counters; receiver: Receiver }> {
    const format = formats[name];
    const [library, counters] = [new CountedOpus(), new Counters()];
    const receiver = new Receiver(counters, library);
    receiver.accept([format]);
    const encoder = createEncoder(format);
    await settleOpus();
    const heard: Float32Array[] = [];
    voice(frames, encoder.rate).forEach((pcm, f) => {
      const payload = Uint8Array.from(encoder.encode(pcm.map((v) => v * loudness)));
      const at = 1000 + f * 20;
      const frame = { slot: 0, pt: format.pt, marker: false, seq: f, timestamp: f * encoder.step, at, payload };
      if (!lost.includes(f)) receiver.push(frame, at);
      receiver.pull(at + 10, mind(f, receiver));
      heard.push(receiver.pcm.slice(0, encoder.rate / 50));
    });
    encoder.close();
    return { heard, library, counters, receiver };
  }

  for (const name of ['opus', 'G722', 'PCMU'] as const)
    it(`goes on in ${name} as if it had been wanted all the time`, async () => {
      const whole = await hear(name, 100, () => 'sound');
      const late = await hear(name, 100, (f) => (f < 60 ? 'nothing' : 'sound'));
      assert.ok(late.heard.slice(0, 60).every((pcm) => pcm.every((v) => v === 0)));
      const from = (at: number, to = at + 3): number => likeness(whole.heard.slice(at, to), late.heard.slice(at, to));
      assert.ok(from(60) > 9, `${from(60).toFixed(1)} dB`);
      assert.ok(from(64, 100) > 25, `${from(64, 100).toFixed(1)} dB`);
    });

  it('has the sound of the tick that was passed over when it is wanted after all', async () => {
    const whole = await hear('opus', 60, () => 'sound');
    const { heard, receiver, library } = await hear('opus', 60, () => 'nothing');
    assert.equal(library.decoded, 0);
    assert.ok(heard.every((pcm) => pcm.every((v) => v === 0)));
    receiver.catchUp();
    assert.equal(library.decoded, 6);
    assert.ok(likeness(whole.heard.slice(-1), [receiver.pcm.slice(0, 960)]) > 10);
    receiver.catchUp();
    assert.equal(library.decoded, 6);
  });

  it('brings its decoder up by what came after a gap only', async () => {
    const { receiver, library } = await hear('opus', 60, () => 'nothing', [56]);
    receiver.catchUp();
    assert.ok(library.decoded <= 3, `${library.decoded}`);
  });

  it('decodes for the level what has a voice, and keeps that level meanwhile', async () => {
    const levels: number[] = [];
    let due = 0;
    const { library } = await hear('opus', 150, (f, receiver) => {
      if (!receiver.unheard) due = f + 10;
      levels.push(receiver.level);
      return f >= due ? 'level' : 'nothing';
    });
    // A syllable is as loud as that for most of its length.
    const asked = levels.slice(40).map((level) => Math.round(level));
    assert.ok(Math.min(...asked) > -34, asked.join(' '));
    assert.ok(library.decoded < 60, `${library.decoded}`);
  });

  it('does not wait for a voice for ever', async () => {
    const { library } = await hear('opus', 100, (f) => (f < 40 ? 'nothing' : 'level'), [], 0.0001);
    assert.ok(library.decoded >= 4, `${library.decoded}`);
  });

  it('takes payloads by copy, those that it passes over too', async () => {
    const [library, counters] = [new CountedOpus(), new Counters()];
    const receivers = [new Receiver(counters, library), new Receiver(counters, library)];
    for (const receiver of receivers) receiver.accept([formats.opus]);
    const encoder = createEncoder(formats.opus);
    await settleOpus();
    const wire = new Uint8Array(1500);
    voice(40, 48000).forEach((pcm, f) => {
      const sent = encoder.encode(pcm);
      const at = 1000 + f * 20;
      const frame = { slot: 0, pt: 111, marker: false, seq: f, timestamp: f * 960, at };
      wire.set(sent);
      receivers[0]?.push({ ...frame, payload: wire.subarray(0, sent.length) }, at);
      receivers[1]?.push({ ...frame, payload: Uint8Array.from(sent) }, at);
      wire.fill(0xff);
      for (const receiver of receivers) receiver.pull(at + 10, f < 30 ? 'nothing' : 'sound');
    });
    encoder.close();
    const [reused, own] = receivers;
    assert.deepEqual(reused?.pcm, own?.pcm);
    assert.ok((own?.level ?? -100) > -60);
    assert.equal(counters.take()?.undecodable, undefined);
  });

  it('counts late and double packets as ever', async () => {
    const { receiver, counters } = await hear('PCMU', 50, () => 'nothing');
    const frame = {
      slot: 0,
      pt: 0,
      marker: false,
      seq: 40,
      timestamp: 40 * 160,
      at: 2000,
      payload: new Uint8Array(160),
    };
    receiver.push(frame, 2000);
    assert.deepEqual(counters.take(), { duplicate: 1 });
  });

  it('decodes packets of 40 ms all the time', async () => {
    const [library, counters] = [new CountedOpus(), new Counters()];
    const receiver = new Receiver(counters, library);
    receiver.accept([formats.opus]);
    await settleOpus();
    const payload = Uint8Array.of(0xf9, 0xff, 0xfe, 0xff, 0xfe); // two frames
    for (let f = 0; f < 20; f += 1) {
      const at = 1000 + f * 40;
      receiver.push({ slot: 0, pt: 111, marker: false, seq: f, timestamp: f * 1920, at, payload }, at);
      receiver.pull(at + 10, 'nothing');
      receiver.pull(at + 30, 'nothing');
    }
    assert.equal(library.decoded, 20);
  });
});
