// Tries a taken port many times, says how many sockets that left behind, and ends: sockets that stay open would keep it running.
import assert from 'node:assert/strict';
import { systemNet } from '../../../src/base/system-net.js';
import { nodeSockets } from '../../../src/media/io/node-sockets.js';
import { systemSockets } from '../../../src/media/io/system-sockets.js';
import { sockets } from '../../support/visits.js';

const here = '127.0.0.1';
const { sockets: media } = systemSockets('auto', () => undefined);
const binders: Record<string, (port: number) => Promise<unknown>> = {
  node: (port) => nodeSockets(() => undefined).bind(here, port, () => undefined),
  media: (port) => media.bind(here, port, () => undefined),
  network: (port) => systemNet.udp({ address: here, port }),
};
const [, , name = '', tries = '0'] = process.argv;
const bind = binders[name];
assert.ok(bind, `no way of binding called ${name}`);
const taken = await systemNet.udp({ address: here, port: 0 });
const before = sockets() ?? 0;
for (let n = 0; n < Number(tries); n++)
  await assert.rejects(async () => bind(taken.local.port), { code: 'EADDRINUSE' });
// closed one turn later
await new Promise((resolve) => setImmediate(resolve));
process.stdout.write(`${(sockets() ?? 0) - before}\n`, () => process.exit(0));
