import assert from 'node:assert/strict';
import { NativeSockets } from '../../../src/media/io/native-sockets.js';
import { UDP_INTERFACE, type UdpModule } from '../../../src/media/native/udp-module.js';
import { nodeSockets } from '../../../src/media/io/node-sockets.js';
import type { MediaSocket, MediaSockets, OnDatagram } from '../../../src/media/io/sockets.js';
import { loadNative } from '../../../src/media/native/load.js';
import { sockets as socketsHeld } from '../../support/visits.js';
import { waitUntil } from '../../support/wait.js';

const here = '127.0.0.1';
const implementations: Record<string, ((onError: (code: string) => void) => MediaSockets) | string> = {
  'Node.js': nodeSockets,
  'the native module': nativeSockets(),
};

function nativeSockets(): ((onError: (code: string) => void) => MediaSockets) | string {
  const loaded = loadNative<UdpModule>('udp', UDP_INTERFACE);
  return 'missing' in loaded ? loaded.missing : (onError) => new NativeSockets(loaded.module, onError);
}

interface Heard {
  text: string;
  address: string;
  port: number;
}

for (const [name, make] of Object.entries(implementations)) {
  describe(`media sockets by ${name}`, () => {
    const errors: string[] = [];
    const opened: MediaSocket[] = [];
    let sockets: MediaSockets;

    before(function () {
      if (typeof make === 'string') return this.skip();
      sockets = make((code) => errors.push(code));
    });
    afterEach(() => {
      for (const socket of opened.splice(0)) socket.close();
      errors.length = 0;
    });

    async function bind(onDatagram: OnDatagram = () => undefined, address = here, port = 0): Promise<MediaSocket> {
      const socket = await sockets.bind(address, port, onDatagram);
      opened.push(socket);
      return socket;
    }
    /** A socket that writes down what it hears. */
    async function ear(address = here): Promise<{ socket: MediaSocket; heard: Heard[] }> {
      const heard: Heard[] = [];
      const take: OnDatagram = (data, from, port) => heard.push({ text: data.toString(), address: from, port });
      return { socket: await bind(take, address), heard };
    }
    const codeOf = (work: Promise<unknown>): Promise<unknown> =>
      work.then(
        () => 'none',
        (error: NodeJS.ErrnoException) => error.code,
      );
    const text = (words: string): Uint8Array[] => [Buffer.from(words)];

    it('bind the port that is asked for, once', async () => {
      const first = await bind();
      assert.ok(first.port > 1023);
      assert.equal(await codeOf(bind(undefined, here, first.port)), 'EADDRINUSE');
      first.close();
      await waitUntil(() => true, 10);
      assert.equal((await bind(undefined, here, first.port)).port, first.port);
    });

    it('name the port that is taken', async () => {
      const { port } = await bind();
      await assert.rejects(bind(undefined, here, port), {
        message: `bind EADDRINUSE ${here}:${port}`,
        syscall: 'bind',
      });
    });

    it('refuse addresses that are not ours, or none', async () => {
      assert.equal(await codeOf(bind(undefined, '192.0.2.1')), 'EADDRNOTAVAIL');
      assert.equal(await codeOf(bind(undefined, '2001:db8::1')), 'EADDRNOTAVAIL');
      assert.notEqual(await codeOf(bind(undefined, 'nonsense')), 'none');
      assert.notEqual(await codeOf(bind(undefined, '1::2::3')), 'none');
    });

    it('leave IPv4 alone where they take all of IPv6', async () => {
      // somebody else may have that port of IPv4, but not of each
      let [tries, six] = [0, await bind(undefined, '::')];
      const together = async (): Promise<MediaSocket> => {
        try {
          return await bind(undefined, '0.0.0.0', six.port);
        } catch (error) {
          if ((tries += 1) === 5) throw error;
          six = await bind(undefined, '::');
          return together();
        }
      };
      assert.equal((await together()).port, six.port);
    });

    for (const address of [here, '::1'])
      it(`carry datagrams both ways at ${address}`, async () => {
        const [one, other] = [await ear(address), await ear(address)];
        one.socket.send(text('there'), other.socket.port, address);
        await waitUntil(() => other.heard.length === 1, 2000);
        assert.deepEqual(other.heard, [{ text: 'there', address, port: one.socket.port }]);
        other.socket.send(text('back'), other.heard[0]!.port, other.heard[0]!.address);
        await waitUntil(() => one.heard.length === 1, 2000);
        assert.deepEqual(one.heard, [{ text: 'back', address, port: other.socket.port }]);
      });

    it('tell who sent each, whoever sent before', async () => {
      const { socket, heard } = await ear();
      const senders = [await bind(), await bind(), await bind(undefined, '127.0.0.2')];
      for (let n = 0; n < 30; n++) senders[n % 3]!.send(text(`${n}`), socket.port, here);
      await waitUntil(() => heard.length === 30, 2000);
      for (const { text: n, address, port } of heard) {
        assert.equal(port, senders[Number(n) % 3]!.port);
        assert.equal(address, Number(n) % 3 === 2 ? '127.0.0.2' : here);
      }
    });

    it('send to several in one turn, each in order', async () => {
      const from = await bind();
      const ears = [await ear(), await ear(), await ear()];
      for (let n = 0; n < 300; n++) from.send(text(`${n}`), ears[n % 3]!.socket.port, here);
      await waitUntil(() => ears.every(({ heard }) => heard.length === 100), 2000);
      for (const [i, { heard }] of ears.entries())
        assert.deepEqual(
          heard.map((one) => one.text),
          Array.from({ length: 100 }, (_, n) => `${n * 3 + i}`),
        );
    });

    it('make one datagram of several parts, whatever becomes of these later', async () => {
      const [from, to] = [await bind(), await ear()];
      const parts = [Buffer.from('head'), Buffer.alloc(0), Buffer.from('-body')];
      from.send(parts, to.socket.port, here);
      parts[2]!.fill(0x21);
      from.send(parts, to.socket.port, here);
      from.send([], to.socket.port, here);
      await waitUntil(() => to.heard.length === 3, 2000);
      assert.deepEqual(
        to.heard.map((one) => one.text),
        ['head-body', 'head!!!!!', ''],
      );
    });

    it('carry every length that UDP has, and count those that it has not', async () => {
      const lengths = [0, 1, 12, 172, 1472, 1473, 9000, 65_507];
      const seen: { length: number; sum: number }[] = [];
      const sumOf = (data: Uint8Array): number => data.reduce((sum, octet) => (sum * 31 + octet) >>> 0, 7);
      const [from, to] = [await bind(), await bind((data) => seen.push({ length: data.length, sum: sumOf(data) }))];
      const wanted: typeof seen = [];
      for (const length of lengths) {
        const data = Buffer.from(Array.from({ length }, (_, i) => (i * 7 + length) & 0xff));
        wanted.push({ length, sum: sumOf(data) });
        from.send([data.subarray(0, 12), data.subarray(12)], to.port, here);
      }
      await waitUntil(
        () => seen.length === lengths.length,
        2000,
        () => JSON.stringify(seen),
      );
      assert.deepEqual(seen, wanted);
      for (const length of [65_508, 70_000, 300_000]) from.send([Buffer.alloc(length)], to.port, here);
      from.send(text('after'), to.port, here);
      await waitUntil(
        () => errors.length === 3 && seen.length > lengths.length,
        2000,
        () => errors.join(),
      );
      assert.deepEqual(errors, ['EMSGSIZE', 'EMSGSIZE', 'EMSGSIZE']);
    });

    it('count what cannot be sent by its code, and go on', async () => {
      const [from, to] = [await bind(), await ear()];
      for (const port of [0, 65_536, -1, NaN]) from.send(text('x'), port, here);
      await waitUntil(
        () => errors.length === 4,
        2000,
        () => errors.join(),
      );
      assert.deepEqual([...new Set(errors.splice(0))], ['ERR_SOCKET_BAD_PORT']);
      for (const address of ['nonsense', '::1', '1.2.3', '256.1.1.1']) from.send(text('x'), 9, address);
      await waitUntil(
        () => errors.length === 4,
        2000,
        () => errors.join(),
      );
      assert.deepEqual([...new Set(errors.splice(0))], ['EINVAL']);
      from.send(text('x'), 9, '255.255.255.255');
      await waitUntil(
        () => errors.length === 1,
        2000,
        () => errors.join(),
      );
      assert.match(errors.splice(0)[0]!, /^(EACCES|ENETUNREACH|EPERM)$/);
      from.send(text('x'), to.socket.port, here);
      await waitUntil(() => to.heard.length === 1, 2000);
    });

    it('do not mind that nobody listens there', async () => {
      const [from, to] = [await bind(), await ear()];
      const gone = await bind();
      gone.close();
      for (let n = 0; n < 5; n++) from.send(text('nobody'), gone.port, here);
      from.send(text('somebody'), to.socket.port, here);
      await waitUntil(() => to.heard.length === 1, 2000);
      assert.deepEqual(errors, []);
    });

    it('send what was sent before they close, and nothing after', async () => {
      const [from, to] = [await bind(), await ear()];
      for (let n = 0; n < 3; n++) from.send(text(`${n}`), to.socket.port, here);
      from.close();
      from.close();
      from.send(text('after'), to.socket.port, here);
      const other = await bind();
      other.send(text('other'), to.socket.port, here);
      await waitUntil(() => to.heard.some((one) => one.text === 'other'), 2000);
      assert.deepEqual(
        to.heard.map((one) => one.text),
        ['0', '1', '2', 'other'],
      );
    });

    it('tell nothing once they are closed, and nothing of one to another', async () => {
      const later: string[] = [];
      let told = 0;
      let next: Promise<MediaSocket> | null = null;
      const from = await bind();
      const to: MediaSocket = await bind(() => {
        told++;
        to.close();
        next ??= bind((data) => later.push(data.toString()));
      });
      for (let n = 0; n < 20; n++) from.send(text('old'), to.port, here);
      await waitUntil(() => next !== null, 2000);
      const second = await next!;
      from.send(text('new'), second.port, here);
      await waitUntil(() => later.length > 0, 2000);
      assert.equal(told, 1);
      assert.deepEqual(later, ['new']);
    });

    it('lose nothing that the buffer holds', async () => {
      const [from, count, bursts] = [await bind(), 100, 50];
      const numbers: number[] = [];
      const to = await bind((data) => numbers.push(data.readUInt32BE(0)));
      for (let burst = 0; burst < bursts; burst++) {
        for (let n = 0; n < count; n++) {
          const data = Buffer.alloc(200);
          data.writeUInt32BE(burst * count + n);
          from.send([data], to.port, here);
        }
        await waitUntil(
          () => numbers.length === (burst + 1) * count,
          2000,
          () => `${numbers.length}`,
        );
      }
      assert.deepEqual(
        numbers,
        Array.from({ length: count * bursts }, (_, n) => n),
      );
    });

    it('let others have their turn in a flood', async () => {
      const flooder = await bind();
      let flood = 0;
      let turns = 0;
      const flooded = await bind(() => flood++);
      let before = -1;
      const other = await bind(() => (before = flood));
      for (let n = 0; n < 1200; n++) flooder.send(text('flood'), flooded.port, here);
      flooder.send(text('one'), other.port, here);
      const count = (): void => {
        turns++;
        if (flood < 1200) setImmediate(count);
      };
      setImmediate(count);
      await waitUntil(
        () => flood === 1200 && before >= 0,
        5000,
        () => `${flood}, ${before}`,
      );
      assert.ok(before < 1200, `${before} of the flood came first`);
      assert.ok(turns > 2, `${turns} turns`);
    });

    it('survive who fails to take a datagram, and tell the others', async () => {
      const faults: unknown[] = [];
      const mochas = process.listeners('uncaughtException');
      process.removeAllListeners('uncaughtException');
      process.on('uncaughtException', (error) => faults.push(error));
      try {
        const from = await bind();
        const bad = await bind(() => {
          throw new Error('no');
        });
        const good = await ear();
        for (let n = 0; n < 3; n++) {
          from.send(text('x'), bad.port, here);
          from.send(text(`${n}`), good.socket.port, here);
        }
        await waitUntil(
          () => good.heard.length === 3 && faults.length === 3,
          2000,
          () => `${faults.length}`,
        );
      } finally {
        process.removeAllListeners('uncaughtException');
        for (const listener of mochas) process.on('uncaughtException', listener);
      }
    });

    it('leave nothing open behind', async () => {
      const before = socketsHeld();
      for (let n = 0; n < 100; n++) {
        const [one, other] = [await bind(), await bind()];
        one.send(text('x'), other.port, here);
        await Promise.all([codeOf(bind(undefined, here, one.port)), codeOf(bind(undefined, '192.0.2.1'))]);
        one.close();
        other.close();
      }
      await waitUntil(
        () => socketsHeld() === before,
        2000,
        () => `${socketsHeld()} of ${before}`,
      );
    });
  });
}
