import assert from 'node:assert/strict';
import { tonesHeard } from '../../support/tones.js';
import { BenchRoom } from './bench-room.js';
import type { Peer } from './bench-room.js';

const all = [400, 700, 1100];

function ears(peer: Peer, ms = 200): number[] {
  return tonesHeard(peer.ear(ms), peer.decoder.rate, all);
}

describe('mixer engine, G.711', () => {
  it('lets each hear the others and not itself', () => {
    const room = new BenchRoom();
    const a = room.join('a', 'PCMU', 400);
    const b = room.join('b', 'PCMA', 700);
    const c = room.join('c', 'PCMU', 1100);
    room.run(600);
    assert.deepEqual(ears(a), [700, 1100]);
    assert.deepEqual(ears(b), [400, 1100]);
    assert.deepEqual(ears(c), [400, 700]);
  });

  it('numbers a stream in the codec clock, with one marker at its begin', () => {
    const room = new BenchRoom();
    const a = room.join('a', 'PCMU', 400);
    room.run(200);
    assert.equal(a.frames.length, 10);
    assert.deepEqual(
      a.frames.map((f) => f.timestamp),
      Array.from({ length: 10 }, (_, i) => (i + 1) * 160),
    );
    assert.deepEqual(
      a.frames.map((f) => f.marker),
      [true, ...Array.from({ length: 9 }, () => false)],
    );
    assert.ok(a.frames.every((f) => f.bytes === 160 && f.pt === 0));
  });

  it('goes on with the timestamps of a line that moves to another room', () => {
    const bench = new BenchRoom();
    const a = bench.join('a', 'PCMU', 400);
    bench.run(100);
    bench.must({ do: 'leave', room: 'r', member: 'a' });
    bench.run(60);
    bench.must({ do: 'open', room: 'other', echo: false });
    const { slot, format } = a;
    bench.must({ do: 'join', room: 'other', member: 'a', slot, receive: [format], send: format });
    bench.run(40);
    assert.deepEqual(
      a.frames.map((f) => f.timestamp / 160),
      [1, 2, 3, 4, 5, 9, 10],
    );
    assert.deepEqual(
      a.frames.map((f) => f.marker),
      [true, false, false, false, false, true, false],
    );
  });

  it('silences a muted member for the others and brings it back', () => {
    const room = new BenchRoom();
    room.join('a', 'PCMU', 400);
    const b = room.join('b', 'PCMU', 700);
    room.must({ do: 'mute', room: 'r', member: 'a', on: true });
    room.run(600);
    assert.deepEqual(ears(b), []);
    room.must({ do: 'mute', room: 'r', member: 'a', on: false });
    room.run(600);
    assert.deepEqual(ears(b), [400]);
  });

  it('feeds a deaf member silence and goes on sending', () => {
    const room = new BenchRoom();
    const a = room.join('a', 'PCMU', 400);
    const b = room.join('b', 'PCMU', 700);
    room.must({ do: 'deafen', room: 'r', member: 'b', on: true });
    room.run(600);
    assert.deepEqual(ears(b), []);
    assert.equal(b.frames.length, 30);
    assert.deepEqual(ears(a), [700]);
  });

  it('applies gain and refuses what is out of range', () => {
    const room = new BenchRoom();
    room.join('a', 'PCMU', 400, 0.1);
    const b = room.join('b', 'PCMU', 700);
    room.must({ do: 'gain', room: 'r', member: 'a', db: 12 });
    room.run(600);
    assert.deepEqual(tonesHeard(b.ear(200), 8000, all, 0.37), [400]);
    assert.deepEqual(tonesHeard(b.ear(200), 8000, all, 0.43), []);
    assert.equal(room.engine.command({ do: 'gain', room: 'r', member: 'a', db: 31 }), 'gain out of range');
    assert.equal(room.engine.command({ do: 'gain', room: 'r', member: 'a', db: NaN }), 'gain out of range');
  });

  it('sends nothing to and hears nothing from a held member, and marks the return', () => {
    const room = new BenchRoom();
    const a = room.join('a', 'PCMU', 400);
    const b = room.join('b', 'PCMU', 700);
    room.run(400);
    room.must({ do: 'update', room: 'r', member: 'a', receive: [], send: null });
    room.run(400);
    assert.equal(a.frames.length, 20);
    assert.deepEqual(ears(b), []);
    room.must({ do: 'update', room: 'r', member: 'a', receive: [a.format], send: a.format });
    room.run(400);
    assert.equal(a.frames.length, 40);
    assert.equal(a.frames[20]?.marker, true);
    assert.deepEqual(ears(b), [400]);
  });

  it('forgets who leaves', () => {
    const room = new BenchRoom();
    room.join('a', 'PCMU', 400);
    const b = room.join('b', 'PCMU', 700);
    room.run(400);
    room.must({ do: 'leave', room: 'r', member: 'a' });
    room.must({ do: 'leave', room: 'r', member: 'a' });
    room.run(400);
    assert.deepEqual(ears(b), []);
    assert.equal(room.engine.idle, false);
    room.must({ do: 'close', room: 'r' });
    assert.equal(room.engine.idle, true);
  });

  it('reports who speaks and who is active', () => {
    const room = new BenchRoom();
    const a = room.join('a', 'PCMU', 400);
    const b = room.join('b', 'PCMU', 700);
    b.talking = false;
    room.run(1000);
    a.talking = false;
    b.talking = true;
    room.run(2000);
    const speakers = room.reports.flatMap((r) => (r.tell === 'speaking' ? [r.members.join()] : []));
    const active = room.reports.flatMap((r) => (r.tell === 'active' ? [r.member] : []));
    assert.deepEqual(active, ['a', 'b']);
    assert.equal(speakers[0], 'a');
    assert.equal(speakers.at(-1), 'b');
  });

  it('survives garbage and counts it', () => {
    const room = new BenchRoom();
    const a = room.join('a', 'PCMU', 400);
    const b = room.join('b', 'PCMU', 700);
    for (let i = 0; i < 400; i += 1) {
      const payload = new Uint8Array((i * 37) % 1400).fill(i);
      const slot = i % 3 === 0 ? 99 : a.slot;
      const at = i % 7 === 0 ? NaN : room.now;
      room.toMixer.write({
        slot,
        pt: i % 128,
        marker: true,
        seq: (i * 7919) & 0xffff,
        timestamp: i * 1e6,
        at,
        payload,
      });
      if (i % 50 === 0) room.run(20);
    }
    room.run(3000);
    assert.deepEqual(ears(b), [400]);
    const counts = room.reports.flatMap((r) => (r.tell === 'counted' ? Object.keys(r.counts) : []));
    assert.ok(counts.includes('nobody') && counts.includes('unknown_payload_type'));
    assert.ok(!counts.includes('tick_failed') && !counts.includes('push_failed'));
  });
});
