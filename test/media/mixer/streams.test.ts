import assert from 'node:assert/strict';
import type { MixedCodecName } from '../../../src/media/vocabulary.js';
import { toneStrength } from '../../support/tones.js';
import { BenchRoom } from './bench-room.js';
import type { Peer } from './bench-room.js';
import { settleOpus } from './settle.js';

const codecs: MixedCodecName[] = ['PCMU', 'G722', 'opus'];

function counted(room: BenchRoom): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const report of room.reports) {
    if (report.tell !== 'counted') continue;
    for (const [what, by] of Object.entries(report.counts)) sum[what] = (sum[what] ?? 0) + by;
  }
  return sum;
}

/** One peer talks, one listens; `talker` is driven by the test. */
async function pair(codec: MixedCodecName): Promise<{ room: BenchRoom; talker: Peer; listener: Peer }> {
  const room = new BenchRoom();
  const talker = room.join('talker', codec, 440, 0.3);
  const listener = room.join('listener', codec, 1000);
  listener.talking = false;
  await settleOpus();
  return { room, talker, listener };
}

for (const codec of codecs) {
  describe(`mixer engine, ${codec} streams`, () => {
    it('conceals a lost packet in ten so that the tone goes on', async () => {
      const { room, talker, listener } = await pair(codec);
      for (let f = 0; f < 100; f += 1) {
        talker.talking = f % 10 !== 9;
        if (!talker.talking) talker.seq += 1;
        room.run(20);
      }
      const strength = toneStrength(listener.ear(1000), 440, listener.decoder.rate);
      assert.ok(Math.abs(strength - 0.3) < 0.06, `strength ${strength}`);
      const { concealed } = counted(room);
      assert.ok(concealed !== undefined && concealed >= 9 && concealed <= 14, `${concealed} concealed`);
    });

    it('sends a tone on within 40 ms of its arrival', async () => {
      const delays: number[] = [];
      for (const phase of [2, 6, 10, 14, 18]) {
        const { room, talker, listener } = await pair(codec);
        talker.manual = true;
        room.run(400);
        const before = listener.heard.length;
        for (let f = 0; f < 10; f += 1) {
          room.sendOne(talker, room.now - phase);
          room.run(20);
        }
        const { rate } = listener.decoder;
        const chunks = listener.heard.slice(before);
        const index = chunks.findIndex((pcm) => pcm.some((v) => Math.abs(v) > 0.1));
        const within = chunks[index]?.findIndex((v) => Math.abs(v) > 0.1) ?? NaN;
        delays.push(phase + index * 20 + (within * 1000) / rate);
      }
      delays.sort((a, b) => a - b);
      assert.ok((delays[2] ?? NaN) <= 40, `delays ${delays.map((d) => d.toFixed(1)).join(' ')} ms`);
    });
  });
}

describe('mixer engine, packet times', () => {
  for (const ms of [10, 30, 40, 60, 120]) {
    it(`takes packets of ${ms} ms`, async () => {
      const { room, talker, listener } = await pair('PCMU');
      talker.manual = true;
      let pending = new Uint8Array(0);
      let timestamp = 0;
      let seq = 0;
      for (let f = 0; f < 100; f += 1) {
        pending = Uint8Array.from([...pending, ...talker.payload()]);
        for (; pending.length >= ms * 8; pending = pending.slice(ms * 8)) {
          const payload = pending.slice(0, ms * 8);
          room.toMixer.write({ slot: talker.slot, pt: 0, marker: false, seq, timestamp, at: room.now - 10, payload });
          timestamp += ms * 8;
          seq += 1;
        }
        room.run(20);
      }
      const strength = toneStrength(listener.ear(1000), 440, 8000);
      assert.ok(Math.abs(strength - 0.3) < 0.02, `strength ${strength}`);
      assert.ok((counted(room).concealed ?? 0) <= 16);
    });
  }

  it('takes comfort noise and pauses for what they are', async () => {
    const { room, talker, listener } = await pair('PCMU');
    room.run(400);
    talker.talking = false;
    for (let f = 0; f < 50; f += 1) {
      const { slot } = talker;
      const spec = { slot, pt: 13, marker: false, seq: talker.seq, timestamp: talker.timestamp, at: room.now - 5 };
      if (f % 10 === 0) room.toMixer.write({ ...spec, payload: Uint8Array.of(60) });
      if (f % 10 === 0) talker.seq += 1;
      room.run(20);
    }
    assert.ok(toneStrength(listener.ear(400), 440, 8000) < 0.005);
    talker.talking = true;
    room.run(400);
    assert.ok(toneStrength(listener.ear(200), 440, 8000) > 0.28);
    assert.equal(counted(room).unknown_payload_type, undefined);
  });
});

describe('mixer engine, shared encoding', () => {
  it('sends all listeners the same Opus frame and each talker its own', async () => {
    const room = new BenchRoom();
    const peers = [400, 700, 1000, 1300, 1600].map((hz, i) => room.join(`m${i}`, 'opus', hz));
    const payloads = new Map<Peer, string[]>(peers.map((p) => [p, []]));
    for (const peer of peers) {
      const take = peer.take.bind(peer);
      peer.take = (payload) => {
        payloads.get(peer)?.push(Buffer.from(payload).toString('hex'));
        take(payload);
      };
    }
    await settleOpus();
    for (const peer of peers.slice(2)) peer.talking = false;
    room.run(400);
    const last = peers.map((peer) => payloads.get(peer)?.at(-1));
    assert.equal(last[2], last[3]);
    assert.equal(last[2], last[4]);
    assert.equal(new Set(last.slice(0, 3)).size, 3);
  });

  for (const codec of codecs) {
    it(`does not click when a listener of ${codec} begins and ends to talk`, async () => {
      const room = new BenchRoom();
      // Before the others, so that shared encoders run ahead of own ones unless the room sees to the order.
      const ahead = room.join('ahead', codec, 3000, 0.004);
      ahead.talking = false;
      const voice = room.join('voice', codec, 300, 0.3);
      // Loud enough to be mixed, too soft to matter: only the encoder of what it hears changes.
      const other = room.join('other', codec, 3000, 0.004);
      const third = room.join('third', codec, 3000, 0.004);
      third.talking = false;
      await settleOpus();
      for (let turn = 0; turn < 6; turn += 1) {
        other.talking = turn % 2 === 1;
        room.run(600);
      }
      for (const ear of [other, third]) {
        const { rate } = ear.decoder;
        const pcm = ear.ear(3000);
        const window = rate / 50;
        for (let at = 0; at + window <= pcm.length; at += window / 2) {
          const strength = toneStrength(pcm.subarray(at, at + window), 300, rate);
          assert.ok(Math.abs(strength - 0.3) < 0.04, `${ear.id}: ${strength} at ${(at / rate).toFixed(3)} s`);
        }
      }
      assert.ok(voice.frames.length > 0);
    });
  }
});
