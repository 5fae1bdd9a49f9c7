import assert from 'node:assert/strict';
import { systemClock } from '../src/base/clock.js';
import { systemChance } from '../src/base/ids.js';
import type { Datagrams } from '../src/base/net.js';
import { systemNet } from '../src/base/system-net.js';
import { detected, stunServer } from '../src/external-address.js';
import { SkewClock } from './support/skew-clock.js';
import { waitUntil } from './support/wait.js';

const tools = { net: systemNet, clock: systemClock, chance: systemChance };
const seen = Buffer.from([0, 1, 0xa1, 0x47, 203, 0, 113, 9]);

/** Answers every request after the first `deaf` ones with 203.0.113.9. */
async function server(deaf = 0): Promise<{ socket: Datagrams; asked: () => number }> {
  const socket = await systemNet.udp({ address: '127.0.0.1', port: 0 });
  let asked = 0;
  socket.onMessage((data, from) => {
    asked += 1;
    if (asked <= deaf) return;
    const header = Buffer.from(data.subarray(0, 20));
    header.writeUInt16BE(0x0101, 0);
    header.writeUInt16BE(12, 2);
    socket.send(Buffer.concat([header, Buffer.from([0, 1, 0, 8]), seen]), from);
  });
  return { socket, asked: () => asked };
}

describe('external addresses', () => {
  it('are asked for where a STUN server is named', () => {
    assert.deepEqual(stunServer('stun:stun.example.org'), { address: 'stun.example.org', port: 3478 });
    assert.deepEqual(stunServer('stun:192.0.2.1:19302'), { address: '192.0.2.1', port: 19302 });
    assert.deepEqual(stunServer('stun:[2001:db8::1]:5'), { address: '2001:db8::1', port: 5 });
    for (const other of ['203.0.113.9', 'stun:', 'stuns:a', 'stun:a b', '']) assert.equal(stunServer(other), null);
  });

  it('are what the server says; what is written down stays', async () => {
    const { socket } = await server();
    const entries = [
      { interface: 'eth0', lan: '10.0.0.2', wan: `stun:127.0.0.1:${socket.local.port}` },
      { wan: '198.51.100.1' },
    ];
    try {
      assert.deepEqual(await detected(entries, tools, assert.fail), [
        { interface: 'eth0', lan: '10.0.0.2', wan: '203.0.113.9' },
        { wan: '198.51.100.1' },
      ]);
    } finally {
      socket.close();
    }
  });

  it('are asked for again when a packet is lost, and missed in the end', async () => {
    const clock = new SkewClock();
    const { socket, asked } = await server(99);
    const problems: string[] = [];
    try {
      const pending = detected([{ wan: `stun:127.0.0.1:${socket.local.port}` }], { ...tools, clock }, (one) =>
        problems.push(one),
      );
      for (const count of [1, 2, 3]) {
        await waitUntil(() => asked() === count, 2000);
        clock.skip(2000);
      }
      assert.deepEqual(await pending, [{ wan: undefined }]);
      assert.match(problems.join(), /no answer from the STUN server 127\.0\.0\.1/);
      assert.equal(clock.pending, 0);
    } finally {
      socket.close();
    }
  });
});
