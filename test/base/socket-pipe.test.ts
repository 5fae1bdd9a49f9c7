import assert from 'node:assert/strict';
import net from 'node:net';
import { once } from 'node:events';
import { lendConnection, socketPipe } from '../../src/base/socket-pipe.js';

describe('a connection inside the process', () => {
  it('says that it is connected once its user can listen', async () => {
    const { socket } = socketPipe();
    await once(socket, 'connect');
    socket.destroy();
  });

  it('carries bytes both ways in order', async () => {
    const { socket, stream } = socketPipe();
    const there: string[] = [];
    const here: string[] = [];
    stream.onData((data) => there.push(data.toString()));
    socket.on('data', (data) => here.push(data.toString()));
    socket.write('eins');
    socket.write(Buffer.from('zwei'));
    socket.write('größer');
    stream.write('one');
    stream.write(Buffer.from('two'));
    await turn();
    assert.deepEqual(there, ['eins', 'zwei', 'größer']);
    assert.deepEqual(here, ['one', 'two']);
    socket.destroy();
  });

  it('lets everything that waits for one piece run before the next', async () => {
    const { socket, stream } = socketPipe();
    const seen: string[] = [];
    const chain = async (name: string): Promise<void> => {
      for (let step = 0; step < 5; step++) await Promise.resolve();
      seen.push(`${name} done`);
    };
    socket.on('data', (data) => {
      seen.push(data.toString());
      void chain(data.toString());
    });
    stream.write('one');
    stream.write('two');
    await turn();
    assert.deepEqual(seen, ['one', 'one done', 'two', 'two done']);
    socket.destroy();
  });

  it('never answers inside the call that asked', async () => {
    const { socket, stream } = socketPipe();
    const seen: string[] = [];
    stream.onData(() => stream.write('answer'));
    socket.on('data', () => seen.push('answered'));
    socket.write('question');
    seen.push('asked');
    await turn();
    assert.deepEqual(seen, ['asked', 'answered']);
    socket.destroy();
  });

  for (const end of ['end', 'destroy'] as const) {
    it(`is over on both sides when the library says ${end}`, async () => {
      const { socket, stream } = socketPipe();
      socket.on('data', () => undefined);
      let gone = 0;
      stream.onClose(() => gone++);
      const closed = once(socket, 'close');
      socket[end]();
      await closed;
      await turn();
      assert.equal(gone, 1);
      assert.equal(stream.write('late'), false);
    });

    it(`is over on both sides when we say ${end}`, async () => {
      const { socket, stream } = socketPipe();
      const heard: string[] = [];
      socket.on('data', (data) => heard.push(data.toString()));
      let gone = 0;
      stream.onClose(() => gone++);
      const closed = once(socket, 'close');
      stream.write('last words');
      stream[end]();
      await closed;
      await turn();
      assert.equal(gone, 1);
      assert.deepEqual(heard, end === 'end' ? ['last words'] : []);
    });
  }

  it('is given to a library that connects, once', () => {
    const { socket } = socketPipe();
    const real = net.connect;
    let got: unknown = null;
    lendConnection(socket, () => (got = net.connect(1, '127.0.0.1')));
    assert.equal(got, socket);
    assert.equal(net.connect, real);
    assert.throws(() =>
      lendConnection(socket, () => {
        throw new Error('no');
      }),
    );
    assert.equal(net.connect, real);
    socket.destroy();
  });
});

async function turn(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}
