import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { FecRecovery } from '../../../src/protocol/rtp/fec-recovery.js';
import { decodeFec, encodeFec } from '../../../src/protocol/rtp/ulpfec.js';
import { seeded } from '../../support/seeded.js';
import { kept, packet } from './fec-support.js';

interface Golden {
  sent: string[];
  wire: string[];
}

const golden = JSON.parse(readFileSync(new URL('../../golden/fec/gstreamer.json', import.meta.url), 'utf8')) as Golden;
const RED = 116;
const FEC = 117;

/** Packets of the other stack: media as it was before it was wrapped, and payloads of FEC. */
const wire = golden.wire.map((hex) => {
  const bytes = Buffer.from(hex, 'hex');
  assert.equal(bytes[1]! & 0x7f, RED);
  const inner = bytes[12]!;
  if (inner === FEC) return { fec: bytes.subarray(13), media: null };
  const media = Buffer.concat([bytes.subarray(0, 12), bytes.subarray(13)]);
  media[1] = (bytes[1]! & 0x80) | inner;
  return { fec: null, media };
});
const media = wire.flatMap((one) => one.media ?? []);

function recover(lost: ReadonlySet<Buffer>): Buffer[] {
  const recovery = new FecRecovery();
  const found: Buffer[] = [];
  for (const { fec, media: one } of wire) {
    if (fec) assert.notEqual(recovery.protection(fec), null);
    else if (one && !lost.has(one)) recovery.put(kept(one));
    for (let next = recovery.next(0x11223344); next; next = recovery.next(0x11223344)) {
      found.push(next);
      recovery.put(kept(next));
    }
  }
  return found;
}

describe('FEC of another stack (RFC 5109)', () => {
  it('protects what was sent', () => {
    // that stack numbers anew: all but the number is as it was sent
    const told = (bytes: Buffer): string => bytes.toString('hex', 0, 2) + bytes.toString('hex', 4);
    assert.deepEqual(
      media.map(told),
      golden.sent.map((hex) => told(Buffer.from(hex, 'hex'))),
    );
    assert.equal(wire.length - media.length, 7);
  });

  it('brings back any one packet, octet by octet', () => {
    let had = 0;
    for (const one of media) {
      const found = recover(new Set([one]));
      for (const packet of found) assert.deepEqual(packet, one);
      had += found.length;
    }
    // one small picture is left unprotected
    assert.ok(had >= media.length - 1, `${had} of ${media.length}`);
  });

  it('brings back two, one by the help of the other', () => {
    // the first is protected by the first FEC packet only, together with the second; the second by the next one too
    const [first, , third] = media;
    const found = recover(new Set([first!, third!]));
    assert.deepEqual(new Set(found.map(String)), new Set([String(first), String(third)]));
  });
});

describe('FEC (RFC 5109)', () => {
  const three = [packet(65535, false, 1000, Buffer.from('aabbcc', 'hex')), packet(0, true, 1000, Buffer.from([1]))];
  three.push(packet(20, true, 4000, Buffer.from('0102030405', 'hex')));

  it('is written as the RFC says', () => {
    const packets = three.map((bytes) => kept(bytes));
    assert.equal(
      encodeFec(65535, [0, 1], packets.slice(0, 2)).toString('hex'),
      '0080ffff00000000000200' + '03c000' + 'abbbcc',
    );
    // the third is 21 numbers away: a long mask
    assert.equal(
      encodeFec(65535, [0, 21], [packets[0]!, packets[2]!]).toString('hex'),
      '4080ffff00000c48000600' + '05800004000000' + 'abb9cf0405',
    );
  });

  it('brings back headers with everything in them', () => {
    const odd = packet(7, true, 0xfffffff0, Buffer.from('00000001 bede0000 41ff03'.replaceAll(' ', ''), 'hex'), 0xb1);
    const other = packet(6, false, 5, Buffer.alloc(30, 7));
    const fec = encodeFec(6, [0, 1], [kept(other), { ...kept(other), ...whole(odd) }]);
    const recovery = new FecRecovery();
    recovery.put(kept(other));
    recovery.protection(fec);
    assert.deepEqual(recovery.next(0x11223344), odd);
    assert.equal(recovery.next(0x11223344), null);
  });

  it('is read level by level', () => {
    const long = packet(1, false, 9, Buffer.from('000102030405060708', 'hex'));
    const short = packet(2, false, 9, Buffer.from('1011', 'hex'));
    const second = packet(3, true, 9, Buffer.from('20212223242526272829', 'hex'));
    // level 0 protects four octets of all three, level 1 the other six of the first and the third
    const sum = encodeFec(1, [0, 1, 2], [long, short, second].map(kept));
    const head = Buffer.concat([sum.subarray(0, 10), Buffer.from('0004e000', 'hex'), sum.subarray(14, 18)]);
    const rest = Buffer.from('0006a000' + '202022222028', 'hex');
    // 04^24 05^25 06^26 07^27 08^28 29
    rest.set(Buffer.from('202020202029', 'hex'), 4);
    const fec = Buffer.concat([head, rest]);
    assert.equal(decodeFec(fec)?.levels.length, 2);
    const restore = (known: Buffer[]): Buffer | null => {
      const recovery = new FecRecovery();
      for (const one of known) recovery.put(kept(one));
      recovery.protection(fec);
      return recovery.next(0x11223344);
    };
    assert.deepEqual(restore([short, second]), long);
    assert.deepEqual(restore([long, second]), short);
    assert.deepEqual(restore([short, long]), second);
    // without the second level the long ones are not whole
    const cut = new FecRecovery();
    cut.put(kept(short));
    cut.put(kept(second));
    cut.protection(head);
    assert.equal(cut.next(0x11223344), null);
  });

  it('is refused when malformed', () => {
    const good = encodeFec(1, [0, 1], three.slice(0, 2).map(kept));
    const bad: Record<string, Buffer> = {
      short: good.subarray(0, 13),
      'cut in its data': good.subarray(0, good.length - 1),
      'more than its data': Buffer.concat([good, Buffer.of(0)]),
      'extension bit': Buffer.concat([Buffer.of(0x80), good.subarray(1)]),
      'empty mask': Buffer.concat([good.subarray(0, 12), Buffer.of(0, 0), good.subarray(14)]),
      'long mask cut': Buffer.concat([Buffer.of(0x40), good.subarray(1, 14)]),
    };
    for (const [name, bytes] of Object.entries(bad)) assert.equal(decodeFec(bytes), null, name);
  });

  it('neither throws nor makes packets up that are longer than what protects them, whatever comes', () => {
    const random = seeded(11);
    const recovery = new FecRecovery();
    const good = encodeFec(
      100,
      [0, 1, 2, 40],
      Array.from({ length: 4 }, (_, i) => kept(packet(100 + i, i === 3, 5, Buffer.alloc(9, i)))),
    );
    let made = 0;
    for (let i = 0; i < 20_000; i++) {
      const bytes = Buffer.from(good);
      for (let n = random(5); n > 0; n--) bytes[random(bytes.length)] = random(256);
      const seq = 60 + random(120);
      recovery.put(kept(packet(seq, random(2) === 0, random(9), Buffer.alloc(random(20), 1))));
      recovery.protection(bytes.subarray(0, bytes.length - random(3)));
      for (let next = recovery.next(1); next; next = recovery.next(1)) {
        made++;
        assert.ok(next.length <= 12 + bytes.length);
      }
      if (random(50) === 0) recovery.reset();
    }
    assert.ok(made > 100, `${made}`);
  });
});

function whole(bytes: Buffer): Pick<ReturnType<typeof kept>, 'flags' | 'second' | 'timestamp' | 'body'> {
  return { flags: bytes[0]! & 0x3f, second: bytes[1]!, timestamp: bytes.readUInt32BE(4), body: bytes.subarray(12) };
}
