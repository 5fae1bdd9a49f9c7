import assert from 'node:assert/strict';
import { fromNtp, ntpMiddle, toNtp } from '../../../src/protocol/rtp/ntp.js';
import { Reception } from '../../../src/protocol/rtp/reception.js';
import { seqAdd, seqDelta, tsAdd, tsDelta } from '../../../src/protocol/rtp/sequence.js';

describe('rtp arithmetic', () => {
  for (const [a, b, delta] of [
    [1, 0, 1],
    [0, 65535, 1],
    [65535, 0, -1],
    [32767, 0, 32767],
    [32768, 0, -32768],
  ] as const)
    it(`${a} is ${delta} from ${b}`, () => {
      assert.equal(seqDelta(a, b), delta);
      assert.equal(seqAdd(b, delta), a);
    });

  it('wraps timestamps', () => {
    assert.equal(tsDelta(100, 0xffffffff), 101);
    assert.equal(tsAdd(0xffffffff, 2), 1);
  });

  it('converts NTP time', () => {
    const wall = Date.UTC(2026, 0, 1) + 250;
    const ntp = toNtp(wall);
    assert.equal(ntp.fraction, 0x40000000);
    assert.ok(Math.abs(fromNtp(ntp) - wall) < 0.001);
    assert.equal(ntpMiddle({ seconds: 0x12345678, fraction: 0x9abcdef0 }), 0x56789abc);
  });
});

describe('reception', () => {
  it('counts loss, also over a wrap, and takes late packets back', () => {
    const reception = new Reception(1, 8000);
    for (const seq of [65533, 65534, 1, 2, 0]) reception.input(seq, 0, 0);
    assert.equal(reception.lost, 1);
    const report = reception.report(0);
    assert.equal(report.fractionLost, Math.floor(256 / 6));
    assert.equal(report.cumulativeLost, 1);
    assert.equal(report.highestSeq, 0x10002);
    reception.input(3, 0, 0);
    assert.equal(reception.report(0).fractionLost, 0);
  });

  it('measures jitter', () => {
    const reception = new Reception(1, 8000);
    for (let i = 0; i < 200; i++) reception.input(i, i * 160, i * 20 + (i % 2) * 8);
    assert.ok(Math.abs(reception.jitterMs - 8) < 0.1, String(reception.jitterMs));
  });

  it('answers a sender report with its middle bits and the delay since', () => {
    const reception = new Reception(1, 8000);
    reception.input(1, 0, 0);
    reception.senderReport(0xabcd1234, 1000);
    const report = reception.report(1500);
    assert.equal(report.lastSr, 0xabcd1234);
    assert.equal(report.delaySinceLastSr, 32768);
  });

  it('ignores a lone stray packet and follows a restarted sender', () => {
    const reception = new Reception(1, 90000);
    for (const seq of [10, 11, 12]) assert.equal(reception.input(seq, 0, 0), true);
    assert.equal(reception.input(40000, 0, 0), false);
    assert.equal(reception.input(13, 0, 0), true);
    assert.equal(reception.input(50000, 0, 0), false);
    assert.equal(reception.input(50001, 0, 0), true);
    assert.equal(reception.restarts, 1);
    assert.equal(reception.input(50002, 0, 0), true);
    assert.equal(reception.lost, 0);
  });
});
