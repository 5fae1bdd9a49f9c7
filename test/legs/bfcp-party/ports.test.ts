import assert from 'node:assert/strict';
import { bindNext, portRange } from '../../../src/legs/bfcp-party/ports.js';

describe('bfcp ports', () => {
  it('goes round the range', () => {
    const ports = portRange(20_000, 20_002, 20_001);
    assert.deepEqual(
      [1, 2, 3, 4].map(() => ports.next()),
      [20_001, 20_002, 20_000, 20_001],
    );
  });

  it('tries the next port when one is taken, and passes other errors on', async () => {
    const tried: number[] = [];
    const bind = (port: number): Promise<number> => {
      tried.push(port);
      return port === 5 ? Promise.resolve(port) : Promise.reject(new Error('bind EADDRINUSE'));
    };
    assert.equal(await bindNext(portRange(3, 9), bind), 5);
    assert.deepEqual(tried, [3, 4, 5]);
    await assert.rejects(
      bindNext(portRange(3, 9), () => Promise.reject(new Error('EADDRNOTAVAIL'))),
      /EADDRNOTAVAIL/,
    );
  });
});
