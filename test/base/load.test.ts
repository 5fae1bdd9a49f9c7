import assert from 'node:assert/strict';
import { busyMeter } from '../../src/base/load.js';

const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('busy meter', () => {
  it('tells a busy thread from an idle one', async () => {
    const busy = busyMeter();
    // utilization counts from the first turn of the loop
    await rest(20);
    busy();
    const until = performance.now() + 60;
    while (performance.now() < until);
    const hot = busy();
    assert.ok(hot > 0.8, `busy: ${hot}`);
    const seen: number[] = [];
    // a thread that is kept from the processor counts as busy: one rest in peace is enough
    for (let i = 0; i < 20; i++) {
      await rest(100);
      seen.push(busy());
      if (seen[i]! < hot / 2) return;
    }
    assert.fail(`never idle: ${seen.join(' ')}`);
  });
});
