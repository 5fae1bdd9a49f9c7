import assert from 'node:assert/strict';
import { Serial } from '../../src/base/serial.js';
import { sameSecret } from '../../src/base/ids.js';

describe('base/serial', () => {
  it('runs jobs in order and goes on after one that failed', async () => {
    const serial = new Serial();
    const order: number[] = [];
    const job =
      (n: number, fails = false) =>
      (): Promise<number> => {
        order.push(n);
        return fails ? Promise.reject(new Error(`job ${n}`)) : Promise.resolve(n);
      };
    const first = serial.run(job(1));
    const second = serial.run(job(2, true));
    const third = serial.run(job(3));
    assert.equal(await first, 1);
    await assert.rejects(second, /job 2/);
    assert.equal(await third, 3);
    assert.deepEqual(order, [1, 2, 3]);
  });
});

describe('base/ids', () => {
  it('compares secrets of any length', () => {
    assert.equal(sameSecret('1234', '1234'), true);
    assert.equal(sameSecret('1234', '1235'), false);
    assert.equal(sameSecret('1234', '123'), false);
    assert.equal(sameSecret('', ''), true);
  });
});
