import assert from 'node:assert/strict';
import { FrameRing, createRingMemory, emptyFrame } from '../../../src/media/frames.js';
import { MixerEngine } from '../../../src/media/mixer/engine.js';
import { PHASES, PHASE_MS, bestPhase } from '../../../src/media/mixer/phases.js';
import { createDecoder, createEncoder } from '../../../src/media/mixer/codecs/factory.js';
import { ToneSource } from '../../support/tones.js';
import { formats } from './bench-room.js';

const format = formats.PCMU;
const listener = 9;
/** Says 200 ms of a tone every 1.5 s. */
const period = 75;
const burst = 10;

interface Talker {
  /** First packet, ms. */
  from: number;
  /** How much too fast or slow its clock is. */
  ppm?: number;
  /** What is added to the way of packet `n`, ms. */
  jitter?: (n: number) => number;
  /** It never pauses. */
  always?: boolean;
}

interface Outcome {
  /** From a burst's first packet to the frame that has its begin, ms, for each talker in turn. */
  delays: number[];
  concealed: number;
  /** Of what the listener was sent. */
  stamps: number[];
  markers: number;
  /** From one frame to the next, ms. */
  gaps: number[];
}

/** A room whose ticks come as the thread has them, or (fixed) at one moment always. */
class Room {
  private readonly rings = { toMixer: createRingMemory(), fromMixer: createRingMemory() };
  private readonly engine = new MixerEngine(this.rings, (report) => {
    if (report.tell === 'counted') this.concealed += report.counts.concealed ?? 0;
  });
  private readonly toMixer = new FrameRing(this.rings.toMixer);
  private readonly fromMixer = new FrameRing(this.rings.fromMixer);
  private readonly decoder = createDecoder(format);
  private readonly out = new Float32Array(960);
  private readonly frame = emptyFrame();
  private concealed = 0;
  private readonly outcome: Outcome = { delays: [], concealed: 0, stamps: [], markers: 0, gaps: [] };
  private readonly sent: { at: number; nominal: number; slot: number; n: number }[] = [];
  private began = NaN;
  private silent = 0;
  private lastAt = NaN;

  constructor(
    private readonly talkers: readonly Talker[],
    private readonly ms: number,
    private readonly fixed = false,
  ) {
    this.must({ do: 'open', room: 'r', echo: false });
    for (const slot of [...talkers.keys(), listener])
      this.must({ do: 'join', room: 'r', member: `m${slot}`, slot, receive: [format], send: format });
    for (const [slot, { from, ppm = 0, jitter = () => 0 }] of talkers.entries())
      for (let n = 0; from + n * 20 < ms; n += 1) {
        const nominal = 1000 + from + n * 20 * (1 + ppm * 1e-6);
        this.sent.push({ nominal, at: nominal + jitter(n), slot, n });
      }
    this.sent.sort((a, b) => a.at - b.at);
  }

  run(): Outcome {
    let phase = 0;
    for (let due = 1000, next = 0; due < 1000 + this.ms;) {
      for (let sent = this.sent[next]; sent && sent.at <= due; sent = this.sent[(next += 1)]) this.deliver(sent);
      this.engine.tick(due, this.fixed ? undefined : { phase, due });
      this.take(due);
      if (this.fixed) due += 20;
      else
        for (let n = 0; n < PHASES; n += 1) {
          due += PHASE_MS;
          phase = (phase + 1) % PHASES;
          if (this.engine.uses(phase)) break;
        }
    }
    return { ...this.outcome, concealed: this.concealed };
  }

  private must(command: Parameters<MixerEngine['command']>[0]): void {
    assert.equal(this.engine.command(command), null);
  }

  /** Talkers speak one after the other. */
  private deliver({ at, nominal, slot, n }: { at: number; nominal: number; slot: number; n: number }): void {
    const place = (n + slot * 37) % period;
    const loud = (place < burst && n >= period) || this.talkers[slot]?.always === true;
    if (loud && place === 0) this.began = nominal;
    const tone = new ToneSource(500, 8000, loud ? 0.3 : 0);
    const payload = createEncoder(format).encode(tone.next(160));
    this.toMixer.write({ slot, pt: 0, marker: false, seq: n & 0xffff, timestamp: n * 160, at, payload });
  }

  private take(now: number): void {
    while (this.fromMixer.read(this.frame)) {
      if (this.frame.slot !== listener) continue;
      this.outcome.stamps.push(this.frame.timestamp);
      if (this.frame.marker) this.outcome.markers += 1;
      if (!Number.isNaN(this.lastAt)) this.outcome.gaps.push(now - this.lastAt);
      this.lastAt = now;
      const onset = this.out.subarray(0, this.decoder.decode(this.frame.payload, this.out)).findIndex((v) => v > 0.05);
      if (onset >= 0 && this.silent > 10) this.outcome.delays.push(now + onset / 8 - this.began);
      this.silent = onset < 0 ? this.silent + 1 : 0;
    }
  }
}

const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;

/** Chance, 0..1, the same each time. */
function chance(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

describe('moments at which rooms are mixed', () => {
  it('has packets wait least in the mean, and stays where nothing is won', () => {
    assert.equal(bestPhase([3], 100, 0), 1);
    assert.equal(bestPhase([3, 4], 100, 0), 1);
    assert.equal(bestPhase([1019.5], 100, 0), 0);
    assert.equal(bestPhase([1001], 115, 3), 1);
    assert.equal(bestPhase([0, 5, 10, 15], 100, 2), 2);
    assert.equal(bestPhase([2, 3, 12], 110, 2), 1);
    assert.equal(bestPhase([2, 13], 115, 3), 3);
    // There it would be 1.7 ms less.
    assert.equal(bestPhase([19, 5, 14], 100, 0), 0);
  });

  for (let from = 0.5; from < 20; from += 3)
    it(`passes on what comes ${from} ms after a tick within 12.5 ms, by one step of the stream's time`, () => {
      const { delays, concealed, stamps, markers, gaps } = new Room([{ from }], 12_000).run();
      assert.ok(delays.length > 5);
      assert.ok(Math.max(...delays) < 12.5, delays.map((v) => v.toFixed(1)).join(' '));
      assert.ok(concealed <= 1, `${concealed} concealed`);
      assert.ok(stamps.every((stamp, i) => i === 0 || stamp === (stamps[i - 1] ?? 0) + 160));
      assert.equal(markers, 1);
      assert.ok(gaps.filter((gap) => gap !== 20).length <= 1, `${gaps.filter((gap) => gap !== 20).join(' ')}`);
      assert.ok(Math.min(...gaps) >= 5 && Math.max(...gaps) <= 35);
    });

  it('stays where it is while somebody speaks', () => {
    const { gaps } = new Room([{ from: 3, always: true }, { from: 12 }], 12_000).run();
    assert.deepEqual(new Set(gaps), new Set([20]));
  });

  it('suits two who talk in turn as well as it can', () => {
    for (const apart of [2, 7, 12, 17]) {
      const talkers = [{ from: 3 }, { from: 3 + apart }];
      const [is, was] = [new Room(talkers, 20_000).run(), new Room(talkers, 20_000, true).run()];
      assert.ok(is.delays.length > 15 && was.delays.length > 15);
      // Half of the shorter way around from one to the other, the step, and what fading in takes.
      const most = 5 + Math.min(apart, 20 - apart) / 2 + 7.5;
      assert.ok(mean(is.delays) < most, `${mean(is.delays).toFixed(1)} ms with ${apart} ms between them, ${most}`);
      assert.ok(mean(is.delays) < mean(was.delays) + 1);
      assert.ok(is.concealed <= was.concealed + 1, `${is.concealed} concealed, ${was.concealed} before`);
    }
  });

  for (const ppm of [120, -120])
    it(`follows a sender whose clock is off by ${ppm} ppm for ten minutes`, () => {
      const talkers = [{ from: 3, ppm }];
      const [is, was] = [new Room(talkers, 600_000).run(), new Room(talkers, 600_000, true).run()];
      assert.ok(
        mean(is.delays) < Math.min(11, mean(was.delays) - 2),
        `${mean(is.delays)} ms, ${mean(was.delays)} before`,
      );
      // Some moves cost a frame, while nobody speaks.
      assert.ok(is.concealed <= was.concealed + 3, `${is.concealed} concealed, ${was.concealed} before`);
    });

  it('conceals no more than before where packets come late', () => {
    for (const most of [5, 12, 30, 60]) {
      const roll = chance(most);
      const way = Array.from({ length: 3000 }, () => most * roll());
      const talkers = [{ from: 3, jitter: (n: number): number => way[n] ?? 0 }];
      const [is, was] = [new Room(talkers, 60_000).run(), new Room(talkers, 60_000, true).run()];
      const told = `jitter ${most}: ${mean(is.delays).toFixed(1)} ms, ${mean(was.delays).toFixed(1)} before`;
      assert.ok(is.concealed <= was.concealed + 2, `${told}; ${is.concealed} concealed, ${was.concealed} before`);
      assert.ok(mean(is.delays) < mean(was.delays) + 2, told);
    }
  });

  for (const [every, most] of [
    [25, 60],
    [25, 150],
    [200, 300],
  ] as const)
    it(`does not follow a sender that stalls once in ${every} packets for up to ${most} ms`, () => {
      const roll = chance(every + most);
      let hold = 0;
      const way = Array.from({ length: 3000 }, () => {
        hold = Math.max(hold - 20, roll() < 1 / every ? roll() * most : 0);
        return hold + 3 * roll();
      });
      const talkers = [{ from: 3, jitter: (n: number): number => way[n] ?? 0 }];
      const [is, was] = [new Room(talkers, 60_000).run(), new Room(talkers, 60_000, true).run()];
      const moves = is.gaps.filter((gap) => gap !== 20).length;
      assert.ok(moves <= 5, `${moves} moves`);
      assert.ok(is.concealed <= 1.15 * was.concealed + 5, `${is.concealed} concealed, ${was.concealed} before`);
    });
});
