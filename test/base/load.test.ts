import assert from 'node:assert/strict';
import { busyMeter } from '../../src/base/load.js';

describe('busy meter', () => {
  it('tells a busy thread from an idle one', async () => {
    const busy = busyMeter();
    // utilization counts from the first turn of the loop
    await new Promise((resolve) => setTimeout(resolve, 20));
    busy();
    const until = performance.now() + 60;
    while (performance.now() < until);
    const hot = busy();
    await new Promise((resolve) => setTimeout(resolve, 200));
    const cold = busy();
    assert.ok(hot > 0.8, `busy: ${hot}`);
    assert.ok(cold < hot / 2, `idle: ${cold}`);
  });
});
