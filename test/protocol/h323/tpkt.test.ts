import assert from 'node:assert/strict';
import { FramingError } from '../../../src/base/framer.js';
import { H323Fault } from '../../../src/protocol/h323/fault.js';
import { tpkt, tpktFramer, tpktLimit } from '../../../src/protocol/h323/tpkt.js';
import { seeded } from '../../support/seeded.js';
import { h245Vectors, q931Vectors } from './goldens.js';

describe('tpkt', () => {
  it('puts the header of the captured packets before their payloads', () => {
    for (const { hex, tpkt: packet } of h245Vectors)
      assert.equal(tpkt(Buffer.from(hex, 'hex')).toString('hex'), packet);
  });

  it('cuts a stream the same whatever the pieces, and drops keep-alives', () => {
    const random = seeded(1720);
    const payloads = q931Vectors.slice(0, 100).map(({ hex }) => Buffer.from(hex, 'hex'));
    const keepAlive = tpkt(Buffer.alloc(0));
    assert.equal(keepAlive.toString('hex'), '03000004');
    const stream = Buffer.concat(payloads.flatMap((payload) => [keepAlive, tpkt(payload), keepAlive]));
    for (let round = 0; round < 30; round++) {
      const framer = tpktFramer();
      const frames: Buffer[] = [];
      for (let at = 0; at < stream.length;) {
        const length = round === 0 ? 1 : 1 + random(900);
        frames.push(...framer.push(stream.subarray(at, at + length)));
        at += length;
      }
      assert.deepEqual(frames, payloads);
    }
  });

  it('ends a stream of another protocol, and at impossible lengths', () => {
    for (const hex of ['16030100', '03000003', '0300ffff']) {
      assert.throws(() => tpktFramer().push(Buffer.from(hex, 'hex')), FramingError, hex);
    }
    const framer = tpktFramer();
    assert.throws(() => framer.push(Buffer.concat([tpkt(Buffer.from('ab')), Buffer.from('GET /')])), {
      frames: [Buffer.from('ab')],
    });
    assert.throws(() => framer.push(tpkt(Buffer.alloc(1))), FramingError);
  });

  it('takes what is within the limit, and holds no more than that', () => {
    const most = Buffer.alloc(tpktLimit - 4, 1);
    assert.deepEqual(tpktFramer().push(tpkt(most)), [most]);
    assert.throws(() => tpktFramer().push(tpkt(Buffer.alloc(tpktLimit - 3))), FramingError);
    assert.throws(() => tpkt(Buffer.alloc(0xfffc)), H323Fault);
  });
});
