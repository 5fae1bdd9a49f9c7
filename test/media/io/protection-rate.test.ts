import assert from 'node:assert/strict';
import { ProtectionRate } from '../../../src/media/io/protection-rate.js';

describe('how much is protected by FEC', () => {
  it('follows the loss reported: up at once, down by and by', () => {
    const rate = new ProtectionRate();
    const after = (loss: number): number => {
      rate.reported(loss);
      return Math.round(rate.share(false, null) * 100);
    };
    assert.deepEqual([0, 0.008, 0.02, 0.05, 0.4].map(after), [0, 0, 20, 30, 30]);
    const down = Array.from({ length: 14 }, () => after(0));
    assert.deepEqual(down.slice(0, 3), [30, 30, 30]);
    assert.ok(down.every((share, i) => i === 0 || share <= down[i - 1]!));
    assert.equal(down.at(-1), 0);
  });

  it('is guessed of who can only ask for keyframes', () => {
    const rate = new ProtectionRate();
    const shares = [1, 2, 3, 4, 5].map(() => {
      rate.pictureLost();
      return Math.round(rate.share(false, null) * 100);
    });
    assert.deepEqual(shares, [20, 25, 30, 30, 30]);
  });

  it('is nothing where what is lost is sent again in time', () => {
    const rate = new ProtectionRate();
    rate.reported(0.05);
    assert.deepEqual(
      [null, 20, 99, 100, 400].map((trip) => rate.share(true, trip) > 0),
      [false, false, false, true, true],
    );
  });
});
