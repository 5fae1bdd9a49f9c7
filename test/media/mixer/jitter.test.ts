import assert from 'node:assert/strict';
import { JitterBuffer } from '../../../src/media/mixer/jitter.js';
import type { Push } from '../../../src/media/mixer/jitter.js';

interface Sent {
  seq: number;
  timestamp: number;
  at: number;
}

/** Deterministic chance, 0..1. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 0x100000000;
  };
}

/** `n` packets of 20 ms, sent from time 0, each delayed by `delay` ms or lost (null). */
function stream(n: number, delay: (i: number) => number | null, seq = 10, timestamp = 1000): Sent[] {
  const sent: Sent[] = [];
  for (let i = 0; i < n; i += 1) {
    const late = delay(i);
    if (late === null) continue;
    sent.push({ seq: (seq + i) & 0xffff, timestamp: (timestamp + i * 160) >>> 0, at: i * 20 + late });
  }
  return sent.sort((a, b) => a.at - b.at);
}

interface Outcome {
  /** Sequence numbers in playing order. */
  order: number[];
  /** Time from sending to playing by packet, ms. */
  delays: number[];
  lost: number;
  dry: number;
  idle: number;
  pushes: Record<Push, number>;
}

/** Ticks every 20 ms at `phase`; plays until `until` ms. */
function play(sent: readonly Sent[], until: number, phase = 10, buffer = new JitterBuffer(8000)): Outcome {
  const pushes = { taken: 0, late: 0, duplicate: 0, jump: 0, full: 0 };
  const out: Outcome = { order: [], delays: [], lost: 0, dry: 0, idle: 0, pushes };
  const first = Math.min(...sent.map((s) => s.timestamp));
  let next = 0;
  const pull = (now: number): void => {
    const pulled = buffer.pull(now);
    if (pulled.kind !== 'packet') {
      out[pulled.kind] += 1;
      return;
    }
    out.order.push(pulled.packet.seq & 0xffff);
    out.delays.push(now - ((pulled.packet.from - first) / 160) * 20);
  };
  for (let now = phase; now < until; now += 20) {
    for (let s = sent[next]; s && s.at <= now; s = sent[(next += 1)]) {
      pushes[buffer.push(s.seq, s.timestamp, 160, s.at, new Uint8Array(1))] += 1;
    }
    pull(now);
    if (buffer.surplus !== 'none') {
      pull(now);
      buffer.shortened();
    }
  }
  return out;
}

const last = (delays: number[], n: number): number[] => delays.slice(-n);

describe('jitter buffer', () => {
  for (const phase of [1, 4.9, 5, 10, 19]) {
    it(`plays a steady stream untouched with at most 25 ms of delay (tick ${phase} ms after arrival)`, () => {
      const out = play(
        stream(500, () => 0),
        10_000,
        phase,
      );
      assert.deepEqual([out.lost, out.dry], [0, 0]);
      assert.ok(Math.max(...out.delays) <= 25);
      assert.ok(out.order.every((seq, i) => seq === 10 + i));
    });
  }

  it('goes across the wrap of sequence numbers and timestamps', () => {
    const sent = stream(200, () => 3, 65500, 0xffffffff - 100 * 160);
    const out = play(
      sent.map((s) => ({ ...s })),
      4000,
    );
    assert.equal(out.order.length, 200);
    assert.deepEqual([out.lost, out.dry], [0, 0]);
  });

  it('conceals each lost packet once and keeps its delay', () => {
    const random = chance(1);
    const sent = stream(1000, () => (random() < 0.1 ? null : 2));
    const out = play(sent, 20_000);
    const missing = 1000 - sent.length;
    assert.ok(out.lost + out.dry <= missing + 2, `${out.lost}+${out.dry} concealed for ${missing} lost`);
    assert.ok(Math.max(...last(out.delays, 500)) <= 50);
    assert.equal(out.order.length, sent.length);
  });

  it('learns jitter of up to 60 ms, and forgets it', () => {
    const random = chance(2);
    const sent = stream(2000, (i) => (i < 1000 ? random() * 60 : 0));
    const out = play(sent, 40_000);
    // From the third second on nearly all arrive in time.
    const early = play(
      sent.filter((s) => s.at < 3000),
      3000,
    );
    assert.ok(out.pushes.late - early.pushes.late <= 8, `${out.pushes.late} late, ${early.pushes.late} of them early`);
    assert.ok(out.dry <= 10, `${out.dry} dry`);
    assert.ok(Math.max(...out.delays.slice(500, 900)) <= 110);
    assert.ok(Math.max(...last(out.delays, 100)) <= 45, `${Math.max(...last(out.delays, 100))} ms at the end`);
  });

  it('aims at whole frames from 20 to 200 ms by the jitter measured', () => {
    for (const [jitter, target] of [
      [0, 20],
      [12, 20],
      [30, 40],
      [70, 80],
      [500, 200],
    ] as const) {
      const buffer = new JitterBuffer(8000);
      for (const s of stream(300, (i) => (i % 10 === 9 ? jitter : 0)))
        buffer.push(s.seq, s.timestamp, 160, s.at, new Uint8Array(1));
      assert.equal(buffer.targetMs, target, `jitter ${jitter}`);
    }
  });

  it('puts swapped packets back in order', () => {
    const sent = stream(400, (i) => (i % 10 === 4 ? 25 : 0));
    const out = play(sent, 8000);
    assert.ok(out.order.every((seq, i) => i === 0 || seq > (out.order[i - 1] ?? 0)));
    assert.ok(out.pushes.late <= 4, `${out.pushes.late} late`);
  });

  it('drops duplicates, early or late', () => {
    const sent = stream(100, () => 0).flatMap((s) => [s, { ...s, at: s.at + 1 }, { ...s, at: s.at + 70 }]);
    const out = play(
      sent.sort((a, b) => a.at - b.at),
      2100,
    );
    assert.equal(out.pushes.duplicate, 200);
    assert.equal(out.order.length, 100);
    assert.equal(out.lost, 0);
  });

  it('begins anew with another stream, but not for one stray packet', () => {
    const one = stream(100, () => 0);
    const two = stream(100, () => 2000, 40_000, 0x80000000);
    const stray = { seq: 30_000, timestamp: 77, at: 1005 };
    const out = play(
      [...one, stray, ...two].sort((a, b) => a.at - b.at),
      4100,
    );
    assert.equal(out.order.length, 200);
    assert.equal(out.lost, 0);
    assert.equal(out.pushes.jump, 2);
  });

  it('sleeps through a pause of the sender and wakes without delay', () => {
    const talk = stream(50, () => 0);
    const again = stream(50, () => 5000, 60, 1000 + 250 * 160);
    const out = play([...talk, ...again], 6100);
    assert.equal(out.order.length, 100);
    assert.equal(out.lost, 0);
    // Ten at each of the two ends.
    assert.ok(out.dry <= 20);
  });

  it('takes no standstill of timestamps for jitter', () => {
    // The sender's timestamps stop while it is silent for half a second, four times.
    const sent = stream(250, () => 0).map((s, i) => ({ ...s, at: s.at + Math.floor(i / 50) * 500 }));
    const buffer = new JitterBuffer(8000);
    const out = play(sent, 7100, 10, buffer);
    assert.equal(buffer.targetMs, 20);
    assert.equal(out.order.length, 250);
    assert.equal(out.lost, 0);
  });

  it('pauses also when its delay had grown before', () => {
    const sent = stream(300, (i) => (i === 100 ? 70 : i > 200 ? null : 0));
    const buffer = new JitterBuffer(8000);
    const out = play(sent, 5000, 10, buffer);
    assert.ok(out.dry < 20, `${out.dry} dry`);
    assert.match(buffer.describe(), /^idle/);
  });

  it('plays on when timestamps jump forwards or back while sequence numbers go on', () => {
    for (const jump of [-1_000_000, 1_000_000, 0x60000000]) {
      const sent = stream(200, () => 0).map((s, i) => (i < 100 ? s : { ...s, timestamp: (s.timestamp + jump) >>> 0 }));
      const out = play(sent, 4100);
      assert.ok(out.order.length >= 198, `${out.order.length} played after a jump by ${jump}`);
      assert.ok(out.lost + out.dry <= 10);
    }
  });

  it('does not keep the delay of a network that stalled', () => {
    const sent = stream(500, (i) => (i >= 100 && i < 150 ? (150 - i) * 20 : 0));
    const buffer = new JitterBuffer(8000);
    const out = play(sent, 10_000, 10, buffer);
    assert.ok(buffer.takeFlooded() > 20);
    assert.ok(Math.max(...last(out.delays, 50)) <= 65, `${Math.max(...last(out.delays, 50))} ms`);
  });

  for (const ppm of [300, -300]) {
    it(`follows a sender whose clock is off by ${ppm} ppm for five minutes`, () => {
      const sent = stream(15_000, (i) => i * 20 * ppm * 1e-6);
      const out = play(sent, 300_200);
      assert.ok(out.lost + out.dry <= 20, `${out.lost} lost, ${out.dry} dry`);
      assert.equal(out.order.length, sent.length);
    });
  }

  it('keeps payloads whole though their memory serves again, and the memory that it is given is written anew', () => {
    const buffer = new JitterBuffer(8000);
    const wire = new Uint8Array(400);
    const length = (i: number): number => 1 + ((i * 37) % 400);
    const played: number[] = [];
    for (let i = 0; i < 300; i += 1) {
      wire.fill(i & 0xff);
      buffer.push(i, i * 160, 160, i * 20, wire.subarray(0, length(i)));
      const pull = buffer.pull(i * 20 + 10);
      if (pull.kind !== 'packet') continue;
      const { packet } = pull;
      assert.equal(packet.payload.length, length(packet.seq));
      assert.ok(packet.payload.every((octet) => octet === (packet.seq & 0xff)));
      played.push(packet.seq);
      // Some stay with who took them.
      if (packet.seq % 3 !== 0) buffer.recycle(packet);
    }
    assert.ok(played.length > 290);
  });

  it('never keeps more than its slots, whatever comes', () => {
    const buffer = new JitterBuffer(8000);
    const random = chance(7);
    for (let i = 0; i < 20_000; i += 1) {
      const seq = Math.floor(random() * 65536);
      buffer.push(i % 3 ? i & 0xffff : seq, Math.floor(random() * 2 ** 32), 160, i, new Uint8Array(1));
      if (i % 20 === 0) buffer.pull(i);
    }
    assert.match(buffer.describe(), /target \d+ ms/);
  });
});
