import assert from 'node:assert/strict';
import { createMetrics } from '../../src/base/metrics.js';

describe('base/metrics', () => {
  it('counts by label and prints for Prometheus', async () => {
    const metrics = createMetrics();
    metrics.count('dualstream_things_total', { kind: 'a' });
    metrics.count('dualstream_things_total', { kind: 'b' }, 3);
    metrics.count('dualstream_things_total', { kind: 'a' });
    metrics.gauge('dualstream_level', 4);
    assert.equal(metrics.counted('dualstream_things_total', { kind: 'a' }), 2);
    assert.equal(metrics.counted('dualstream_things_total', { kind: 'c' }), 0);
    const text = await metrics.text();
    assert.match(text, /dualstream_things_total\{kind="b"\} 3/);
    assert.match(text, /dualstream_level 4/);
  });
});
