import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { startThread } from '../../../src/base/thread.js';
import { NativeSockets } from '../../../src/media/io/native-sockets.js';
import { UDP_INTERFACE, type UdpModule } from '../../../src/media/native/udp-module.js';
import { systemSockets } from '../../../src/media/io/system-sockets.js';
import { loadNative } from '../../../src/media/native/load.js';
import { heapMegabytes } from '../../support/heap.js';
import { sockets as socketsHeld } from '../../support/visits.js';
import { waitUntil } from '../../support/wait.js';

const here = '127.0.0.1';

function sets(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === 'anon_inode:[eventpoll]';
    } catch {
      return false;
    }
  }).length;
}

describe('sockets of the native module', () => {
  let udp: UdpModule;
  before(function () {
    const loaded = loadNative<UdpModule>('udp', UDP_INTERFACE);
    if ('missing' in loaded) return this.skip();
    udp = loaded.module;
  });

  const create = (): NativeSockets => new NativeSockets(udp, () => undefined);

  it('are those of the machine where the module is there, unless it is refused', () => {
    assert.deepEqual(systemSockets('auto', () => undefined).state, { native: true, why: '' });
    const refused = systemSockets('off', () => undefined);
    assert.deepEqual(refused.state, { native: false, why: 'refused by media.native' });
    assert.ok(!(refused.sockets instanceof NativeSockets));
  });

  it('know addresses as the system writes them', () => {
    const words = new Int32Array(5);
    for (const [address, family, written = address] of [
      ['127.0.0.1', 4],
      ['255.255.255.255', 4],
      ['::1', 6],
      ['2001:DB8:0:0::1', 6, '2001:db8::1'],
      ['::ffff:192.0.2.1', 6],
      ['fe80::1%lo', 6],
      ['fe80::1%1', 6, 'fe80::1%lo'],
    ] as const) {
      assert.equal(udp.parse(address, words), family, address);
      assert.equal(udp.format(words, family), written);
    }
    for (const nonsense of [
      '',
      '1.2.3',
      '1.2.3.4.5',
      '::1::',
      'localhost',
      `::${'1'.repeat(500)}`,
      '%lo',
      '127.0.0.1%lo',
    ])
      assert.equal(udp.parse(nonsense, words), 0, nonsense);
  });

  it('refuse what makes no sense, and stay whole', () => {
    const bare = udp as unknown as Record<string, (...given: unknown[]) => unknown>;
    for (const name of ['open', 'bind', 'port', 'flush', 'parse', 'format'])
      for (const given of [[], [1], [{}, 2], [null, null, null], [new Int32Array(1), new Int32Array(1)]])
        assert.throws(() => bare[name]!(...given), TypeError, name);
    const [large, small] = [new Uint8Array(32 * 65_536), new Uint8Array(16)];
    const lines = new Int32Array(2048);
    assert.throws(() => udp.open(small, lines, large, lines, () => undefined), TypeError);
    assert.throws(() => udp.open(large, new Int32Array(8), large, lines, () => undefined), TypeError);
    const hub = udp.open(large, lines, large, lines, () => undefined);
    for (const count of [-1, 257, 1 << 30]) assert.throws(() => udp.flush(hub, count), TypeError);
    for (const index of [-1, 0, 63, 64, 1 << 30]) {
      assert.throws(() => udp.port(hub, index), TypeError);
      udp.close(hub, index);
      lines.set([index, 10, 9, 0, 0, 0, 0, 0]);
      assert.equal(udp.flush(hub, 1), 1);
    }
    const index = udp.bind(hub, here, 0);
    for (const length of [-1, 65_537, 1 << 30, -(1 << 31)]) {
      lines.set([index, length, 9, 0, 0, 0, 0, 0]);
      assert.equal(udp.flush(hub, 1), 1);
      assert.ok(lines[1]! < 0);
    }
    udp.close(hub, index);
  });

  it('use one place of many again and again', async () => {
    const sockets = create();
    for (let round = 0; round < 3; round++) {
      const open = await Promise.all(Array.from({ length: 200 }, () => sockets.bind(here, 0, () => undefined)));
      assert.equal(new Set(open.map(({ port }) => port)).size, 200);
      for (const socket of open) socket.close();
    }
  });

  it('go on while nobody but the system knows them, and are gone when they are closed', async () => {
    const before = sets();
    const heard: string[] = [];
    const [one, other] = await (async () => {
      const sockets = create();
      return [
        await sockets.bind(here, 0, (data) => heard.push(data.toString())),
        await sockets.bind(here, 0, () => undefined),
      ];
    })();
    await heapMegabytes();
    other.send([Buffer.from('x')], one.port, here);
    await waitUntil(() => heard.length === 1, 2000);
    one.close();
    other.close();
    for (let n = 0; n < 20; n++) (await create().bind(here, 0, () => undefined)).close();
    for (let tries = 0; tries < 20 && sets() > before + 2; tries++) await heapMegabytes();
    // whoever is on the stack may be held
    assert.ok(sets() <= before + 2, `${sets()} sets of ${before}`);
  });

  it('hear again after a time without any of them', async () => {
    const sockets = create();
    (await sockets.bind(here, 0, () => undefined)).close();
    await heapMegabytes();
    const heard: string[] = [];
    const socket = await sockets.bind(here, 0, (data) => heard.push(data.toString()));
    socket.send([Buffer.from('x')], socket.port, here);
    await waitUntil(() => heard.length === 1, 2000);
    socket.close();
  });

  it('end with a thread that is ended while it is busy', async function () {
    this.timeout(30_000);
    // what earlier tests left to the collector goes first, as it may go at any time
    await heapMegabytes();
    const before = [sets(), socketsHeld() ?? 0];
    for (let n = 0; n < 3; n++) {
      const thread = startThread(import.meta.url, './native-thread', null);
      const [message] = (await once(thread, 'message')) as [unknown];
      assert.equal(message, 'busy');
      await thread.terminate();
    }
    const after = [sets(), socketsHeld() ?? 0];
    assert.ok(
      after.every((count, index) => count <= before[index]!),
      `${after.join(' and ')} of ${before.join(' and ')}`,
    );
  });
});
