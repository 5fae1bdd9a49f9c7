import assert from 'node:assert/strict';
import { systemNet } from '../../../src/base/system-net.js';
import { systemSockets } from '../../../src/media/io/sockets.js';
import { sockets } from '../../support/visits.js';

const here = '127.0.0.1';
const tries = 100;

describe('ports that are taken', () => {
  const binders = {
    'media sockets': (port: number) => systemSockets(() => undefined).bind(here, port, () => undefined),
    'the network': (port: number) => systemNet.udp({ address: here, port }),
  };
  for (const [name, bind] of Object.entries(binders)) {
    it(`leave no socket of ${name} behind`, async () => {
      const taken = await systemNet.udp({ address: here, port: 0 });
      const before = sockets() ?? 0;
      for (let n = 0; n < tries; n++) {
        await assert.rejects(async () => bind(taken.local.port), { code: 'EADDRINUSE' });
      }
      // closed one turn later
      await new Promise((resolve) => setImmediate(resolve));
      const left = (sockets() ?? 0) - before;
      assert.ok(left < tries / 10, `${left} are left of ${tries}`);
      taken.close();
    });
  }
});
