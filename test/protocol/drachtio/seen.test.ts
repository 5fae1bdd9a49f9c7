import assert from 'node:assert/strict';
import type { SeenMessage } from '../../../src/base/seen.js';
import { memoryEngine, requestOf, type MemoryEngine } from '../../support/memory-engine.js';

describe('who looks on at an engine', () => {
  let rig: MemoryEngine;
  let seen: string[];

  beforeEach(async () => {
    seen = [];
    const note = ({ outgoing, way, local, remote, bytes }: SeenMessage): void => {
      const [start = ''] = Buffer.from(bytes).toString().split('\r\n');
      const ends = `${local.address}:${local.port} ${outgoing ? '->' : '<-'} ${remote.address}:${remote.port}`;
      seen.push(`${ends} ${way} ${start.replace(/ (sip:\S+ )?SIP\/2\.0$/, '')}`);
    };
    const screen = {
      screen: ({ agent }: { agent: string }) => (agent === 'scanner' ? ('drop' as const) : ('take' as const)),
      malformed: () => true,
    };
    rig = await memoryEngine({ seen: note, screen });
  });
  afterEach(async () => {
    await rig.close();
    assert.equal(rig.clock.pending, 0);
  });

  const say = async (text: string): Promise<void> => {
    rig.peer.send(Buffer.from(text), rig.at);
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
  };

  it('sees what comes in and goes out, repetitions too, with both ends', async () => {
    const ends = '127.0.0.1:5070';
    await say(requestOf('INVITE'));
    await say(requestOf('INVITE'));
    await say(requestOf('CANCEL', { Via: 'SIP/2.0/UDP 127.0.0.1:6001;branch=z9hG4bKINVITE1;rport' }));
    assert.deepEqual(seen, [
      `${ends} <- 127.0.0.1:6001 udp INVITE`,
      `${ends} -> 127.0.0.1:6001 udp SIP/2.0 100 Trying`,
      `${ends} <- 127.0.0.1:6001 udp INVITE`,
      `${ends} -> 127.0.0.1:6001 udp SIP/2.0 100 Trying`,
      `${ends} <- 127.0.0.1:6001 udp CANCEL`,
      `${ends} -> 127.0.0.1:6001 udp SIP/2.0 200 OK`,
      `${ends} -> 127.0.0.1:6001 udp SIP/2.0 487 Request Terminated`,
    ]);
  });

  it('sees nothing of what is dropped without an answer', async () => {
    await say(requestOf('INVITE', { 'User-Agent': 'scanner' }));
    assert.deepEqual(seen, []);
  });
});
