import assert from 'node:assert/strict';
import { pcma, pcmu } from '../../../scripts/endpoint/audio/g711.js';
import { parseWav, toneSource } from '../../../scripts/endpoint/audio/source.js';
import { findTones, holdsTone, loudness } from '../../../scripts/endpoint/audio/spectrum.js';
import { Depacketizer, type AccessUnit } from '../../../scripts/endpoint/rtp/depacketize.js';
import { packetizeH264 } from '../../../scripts/endpoint/rtp/packetize.js';
import { writePps, writeSps } from '../../../scripts/endpoint/pattern/parameter-sets.js';
import { Viewer } from '../../../scripts/endpoint/view/viewer.js';
import { emptyRtpHeader, readRtp, writeRtpHeader } from '../../../src/protocol/rtp/header.js';
import { ManualClock } from '../../support/manual-clock.js';

describe('endpoint audio', () => {
  it('hears three tones through both laws', () => {
    for (const codec of [pcmu, pcma]) {
      const sound = codec.decode(codec.encode(toneSource([440, 700, 1000], 8000).read(8000)));
      const tones = findTones(sound, 8000).map((tone) => tone.frequency);
      assert.equal(tones.length, 3);
      for (const wanted of [440, 700, 1000]) assert.ok(holdsTone(tones, wanted, 1), `${wanted} in ${tones.join()}`);
    }
  });

  it('hears nothing in silence', () => {
    assert.deepEqual(findTones(pcma.decode(pcma.encode(new Int16Array(8000))), 8000), []);
    assert.equal(loudness(new Int16Array(80)), -100);
  });

  it('agrees with the values of G.711', () => {
    assert.deepEqual(
      [...pcmu.decode(Uint8Array.of(0x00, 0x80, 0x7f, 0xff))],
      [-32124, 32124, -0, 0].map((v) => v + 0),
    );
    assert.deepEqual([...pcma.decode(Uint8Array.of(0xaa, 0x2a, 0xd5, 0x55))], [32256, -32256, 8, -8]);
    for (let octet = 0; octet < 256; octet++) {
      const value = pcma.decode(Uint8Array.of(octet));
      assert.equal(pcma.encode(value)[0], octet);
    }
  });

  it('reads a stereo WAV file', () => {
    const data = Buffer.alloc(44 + 8);
    data.write('RIFF', 0).toString();
    data.write('WAVEfmt ', 8);
    data.writeUInt32LE(16, 16);
    data.writeUInt16LE(1, 20);
    data.writeUInt16LE(2, 22);
    data.writeUInt32LE(48000, 24);
    data.writeUInt16LE(16, 34);
    data.write('data', 36);
    data.writeUInt32LE(8, 40);
    for (const [i, value] of [100, 300, -50, -150].entries()) data.writeInt16LE(value, 44 + i * 2);
    assert.deepEqual(parseWav(data), { rate: 48000, samples: Int16Array.of(200, -100) });
    assert.throws(() => parseWav(data.subarray(0, 40)), /not a WAV/);
  });
});

describe('endpoint H.264 packets', () => {
  const nals = [
    Buffer.from([0x67, 1, 2]),
    Buffer.from([0x68, 3]),
    Buffer.concat([Buffer.from([0x65]), Buffer.alloc(3000, 7)]),
  ];

  function send(payloads: Buffer[], lose = -1): AccessUnit[] {
    const units: AccessUnit[] = [];
    const depacketizer = new Depacketizer((unit) => units.push(unit));
    const header = emptyRtpHeader();
    for (const [i, payload] of payloads.entries()) {
      if (i === lose) continue;
      const packet = Buffer.concat([Buffer.alloc(12), payload]);
      writeRtpHeader(packet, 97, i === payloads.length - 1, 65534 + i, 900, 5);
      assert.equal(readRtp(packet, header), null);
      depacketizer.push(header, packet);
    }
    return units;
  }

  it('come back whole in mode 1, over the wrap of the sequence', () => {
    const payloads = packetizeH264(nals, 1, 1200);
    assert.equal(payloads.length, 4);
    assert.deepEqual(send(payloads), [{ nals, timestamp: 900, idr: true, damaged: false }]);
  });

  it('show a loss', () => {
    assert.equal(send(packetizeH264(nals.slice(0, 2), 0, 1200), 0)[0]?.damaged, false);
    assert.equal(send(packetizeH264([...nals.slice(0, 2), Buffer.from([0x41, 1])], 0, 1200), 1)[0]?.damaged, true);
  });

  it('leave out a NAL unit whose beginning is lost', () => {
    assert.deepEqual(send(packetizeH264([...nals, Buffer.from([0x41, 1])], 1, 1200), 1)[0]?.nals, [
      ...nals.slice(0, 2),
      Buffer.from([0x41, 1]),
    ]);
  });

  it('are asked for again when a keyframe came without its parameter sets', () => {
    const asked: number[] = [];
    const heard = { sees: () => undefined, needKeyframe: () => asked.push(asked.length) };
    const viewer = new Viewer(new ManualClock(), heard);
    const unit = (idr: boolean, ...units: Buffer[]): AccessUnit => ({ nals: units, timestamp: 0, idr, damaged: false });
    viewer.push(unit(true, nals[2]!), true);
    viewer.push(unit(false, Buffer.from([0x41, 1])), true);
    assert.equal(asked.length, 2);
    viewer.push(unit(true, writeSps({ width: 640, height: 360 }, 30), writePps(), nals[2]!), true);
    viewer.push(unit(false, Buffer.from([0x41, 1])), true);
    assert.equal(asked.length, 2);
    viewer.close();
  });

  it('refuse large NAL units in mode 0', () => {
    assert.throws(() => packetizeH264(nals, 0, 1200), RangeError);
  });
});
