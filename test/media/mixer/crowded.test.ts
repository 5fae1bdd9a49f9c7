import assert from 'node:assert/strict';
import { tonesHeard, toneStrength } from '../../support/tones.js';
import { BenchRoom } from './bench-room.js';
import type { Peer } from './bench-room.js';
import { CountedOpus } from './counted-opus.js';
import { settleOpus } from './settle.js';
import { voice } from './voice.js';

/** Whole periods in 100 ms, so that one is not taken for another. */
const tones = [400, 500, 620, 740, 860, 980, 1100, 1240];
const places = 4;
/** Each a little quieter than the one before, who wait by more. */
const amplitudes = [0.15, 0.14, 0.13, 0.12, 0.11, 0.05, 0.045, 0.015];

describe('mixer, a room where more speak than find a place in the mix', () => {
  let room: BenchRoom;
  let library: CountedOpus;
  let peers: Peer[];
  let listener: Peer;

  beforeEach(async () => {
    library = new CountedOpus();
    room = new BenchRoom('r', false, library);
    peers = tones.map((hz, i) => room.join(`m${i}`, 'opus', hz, amplitudes[i]));
    for (const each of peers) each.breath = 1;
    listener = room.join('listener', 'opus', 3000);
    listener.gain = 0;
    await settleOpus();
    room.run(1000);
  });

  const heard = (by: Peer, ms = 100): number[] => tonesHeard(by.ear(ms), 48000, tones, 0.03);
  const peer = (i: number): Peer => peers[i] as Peer;
  const speaking = (): string[] =>
    room.reports.reduce<string[]>((last, report) => (report.tell === 'speaking' ? report.members : last), []);
  const decodedIn = (ms: number): number => {
    const before = library.decoded;
    room.run(ms);
    return library.decoded - before;
  };

  it('has the four loudest heard by everybody, by each other too', () => {
    const loudest = tones.slice(0, places);
    assert.deepEqual(heard(listener), loudest);
    assert.deepEqual(heard(peer(7)), loudest);
    assert.deepEqual(
      heard(peer(1)),
      loudest.filter((hz) => hz !== tones[1]),
    );
  });

  it('tells of all who speak, with their levels, though most are decoded now and then only', () => {
    room.must({ do: 'levels', room: 'r', on: true });
    const decoded = decodedIn(4000) / 200;
    // Four in the mix and the listener whole, of the other four three packets a second.
    assert.ok(decoded > 5.15 && decoded < 5.35, `${decoded} packets a tick`);
    assert.deepEqual([...speaking()].sort(), peers.map(({ id }) => id).sort());
    const report = room.reports.findLast((each) => each.tell === 'levels');
    const levels = new Map(report?.tell === 'levels' ? report.levels : []);
    for (const [i, { id }] of peers.entries()) {
      const is = 20 * Math.log10(amplitudes[i] ?? 0) - 3;
      assert.ok(Math.abs((levels.get(id) ?? 0) - is) < 6, `${id}: ${levels.get(id)} for ${is.toFixed(1)}`);
    }
  });

  it('gives a place that is free to the loudest who waits, whole and without a click', () => {
    const click = (pcm: Float32Array): number => {
      let steepest = 0;
      for (let i = 1; i < pcm.length; i += 1)
        steepest = Math.max(steepest, Math.abs((pcm[i] ?? 0) - (pcm[i - 1] ?? 0)));
      return steepest;
    };
    const before = click(listener.ear(400));
    peer(0).gain = 0;
    // Its place is kept for the length of a pause between words.
    room.run(420);
    assert.deepEqual(heard(listener), tones.slice(1, places + 1));
    assert.ok(click(listener.ear(420)) < before * 1.2, `${click(listener.ear(420))} after ${before}`);
  });

  it('has who begins to speak, louder than others, heard by everybody within 100 ms', () => {
    listener.gain = 2;
    let after = 0;
    while (after < 400 && toneStrength(peer(7).ear(20), 3000, 48000) < 0.05) {
      room.run(20);
      after += 20;
    }
    // 60 ms of it are what is taken for speech.
    assert.ok(after <= 100, `${after} ms`);
  });

  it('lets who waits in once it is clearly louder, within a second', () => {
    peer(7).gain = 30;
    room.run(1060);
    assert.ok(heard(listener).includes(tones[7] ?? 0), heard(listener).join(' '));
  });

  it('listens twice a second to who is nearly loud enough, and lets it in within half a second', () => {
    // 4 dB above the quietest one that is heard.
    for (const i of [5, 6, 7]) peer(i).gain = 0.19 / (amplitudes[i] ?? 1);
    room.run(2000);
    assert.deepEqual(heard(listener), tones.slice(0, places));
    const decoded = decodedIn(4000) / 200;
    assert.ok(decoded > 5.35 && decoded < 5.6, `${decoded} packets a tick`);
    peer(7).gain *= 2;
    room.run(560);
    assert.ok(heard(listener).includes(tones[7] ?? 0), heard(listener).join(' '));
  });

  it('has its mixes encoded as those of many voices, once nobody of their listeners loses packets', () => {
    /** Which members were sent nothing but packets of a transform for a while (RFC 6716 §3.1). */
    const transformed = (): string[] => {
      room.run(400);
      const all = [...peers, listener];
      return all.filter(({ frames }) => frames.slice(-10).every(({ first }) => first >> 3 >= 16)).map(({ id }) => id);
    };
    const expectLoss = (member: string, on: boolean): void => room.must({ do: 'expect-loss', room: 'r', member, on });
    assert.deepEqual(transformed(), []);
    for (const { id } of [...peers, listener]) expectLoss(id, false);
    assert.equal(transformed().length, tones.length + 1);
    expectLoss('m0', true);
    expectLoss('m7', true);
    // The one has a mix of its own, the other one shares it with all who are not heard.
    assert.deepEqual(transformed(), ['m1', 'm2', 'm3']);
    for (const i of [1, 2, 3, 4, 5, 6, 7]) peer(i).gain = 0;
    expectLoss('m0', false);
    expectLoss('m7', false);
    room.run(1000);
    assert.deepEqual(transformed(), []);
  });

  it('decodes nobody who is muted, and has it heard at once when it is not any more', () => {
    for (const { id } of peers) room.must({ do: 'mute', room: 'r', member: id, on: true });
    room.run(100);
    assert.equal(decodedIn(1000), 50, 'the listener alone');
    room.must({ do: 'mute', room: 'r', member: 'm2', on: false });
    room.run(60);
    assert.ok(toneStrength(listener.ear(20), tones[2] ?? 0, 48000) > 0.08);
    assert.deepEqual(heard(listener, 20), [tones[2]]);
  });

  it('stays in time with who waits when packets come late or not at all', () => {
    const late = peer(6);
    late.manual = true;
    for (let t = 0; t < 3000; t += 20) {
      const payload = late.payload();
      // One in ten is lost.
      if (t % 200 !== 0) room.push(late, payload, room.now - 10);
      late.seq = (late.seq + 1) & 0xffff;
      late.timestamp += 960;
      room.run(20);
    }
    assert.ok(speaking().includes(late.id));
    late.manual = false;
    for (const i of [0, 1, 2]) peer(i).gain = 0;
    room.run(500);
    assert.deepEqual(heard(listener), tones.slice(3, 7));
    assert.ok(room.reports.every((report) => report.tell !== 'counted' || !('undecodable' in report.counts)));
  });
});

describe('mixer, a room where many talk in words', () => {
  it('tells of no change though each of them pauses between syllables', async () => {
    const room = new BenchRoom('r');
    const sound = voice(300);
    const peers = tones.map((hz, i) => Object.assign(room.join(`m${i}`, 'opus', hz), { manual: true }));
    await settleOpus();
    for (let f = 0; f < 250; f += 1) {
      // Said at different times.
      for (const [i, peer] of peers.entries()) {
        room.push(peer, peer.encoder.encode(sound[f + 5 * i] ?? new Float32Array(960)), room.now - 10);
        peer.seq += 1;
        peer.timestamp += 960;
      }
      if (f === 50) room.reports.length = 0;
      room.run(20);
    }
    assert.deepEqual(
      room.reports.filter(({ tell }) => tell === 'speaking'),
      [],
    );
  });
});

describe('mixer, an echo room with many', () => {
  it('has each hear itself, however many they are', async () => {
    const room = new BenchRoom('echo', true);
    const peers = tones.map((hz, i) => room.join(`m${i}`, 'opus', hz, 0.15));
    await settleOpus();
    room.run(600);
    for (const peer of peers) assert.deepEqual(tonesHeard(peer.ear(100), 48000, tones, 0.05), [peer.hz]);
  });
});
