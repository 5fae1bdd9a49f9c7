import assert from 'node:assert/strict';
import { slopePerHour, troughs, type Sample } from '../../scripts/soak/slope.js';

/** Memory that is collected every 10 s and grows by `perHour` beneath. */
function memory(perHour: number): Sample[] {
  return Array.from({ length: 1800 }, (_, at) => ({ at, value: 100 + (at % 10) * 5 + (perHour * at) / 3600 }));
}

describe('slope of a soak', () => {
  it('is that of what stays, not of what is collected', () => {
    for (const perHour of [0, 12, -3]) {
      const slope = slopePerHour(troughs(memory(perHour), 60));
      assert.ok(Math.abs(slope - perHour) < 0.2, `${slope} for ${perHour}`);
    }
  });

  it('is none without samples', () => {
    assert.equal(slopePerHour([]), 0);
    assert.equal(slopePerHour([{ at: 1, value: 5 }]), 0);
  });
});
